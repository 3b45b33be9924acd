"""The board's colours. Each goes with a word or a shape: no one has to tell colours apart."""

from ops.joblist import JobState
from weather.forecast import Health, Level

# (ground, ink): the colours of the national warning signals, with ink that stays readable on them
LEVEL = {Level.BLUE: ("#1F5FD0", "#FFFFFF"), Level.YELLOW: ("#FFD60A", "#1F1A00"), Level.ORANGE: ("#FF8A1F", "#2B1500"),
         Level.RED: ("#D4161C", "#FFFFFF"), None: ("#5B6775", "#FFFFFF")}
QUIET = ("#E8F3EC", "#14532D")
STALE = ("#C8141A", "#FFFFFF")  # nothing fresh to plan on: as loud as the gravest warning
DRILL = "#6D28D9"  # a drill is violet: no warning signal is

# 四色图: the usual four colours of a risk map in China
RISK = {"severe": "#C8141A", "high": "#F07F13", "medium": "#E3B505", "low": "#4C86C6", "none": "#B4BDC7"}
STATE = {"under_way": "#0B7A4B", "planned": "#2F6FDE", "left_out": "#B4235A", "over": "#8BA595", "none": "#C3CAD2"}
PHASE = {"before": "#0E8F83", "during": "#2B5FC7", "after": "#9A6A3A"}
TRAVEL, REST, NOW, ONSET = "#9AA7B4", "#E4E8ED", "#C2185B", "#1D4ED8"
HEALTH = {Health.OK: "#15803D", Health.QUIET: "#15803D", Health.STALE: "#B45309", Health.FAILED: "#B91C1C",
          Health.OVER_QUOTA: "#B91C1C"}

# how a job stands: the class of its colour in the style sheet
JOB_TONE = {JobState.HELP: "bad", JobState.REFUSED: "bad", JobState.MISSED: "bad", JobState.LATE: "late",
            JobState.UNANSWERED: "open", JobState.ON_TIME: "fine", JobState.UNKNOWN: "dim", JobState.DONE: "done",
            JobState.VERIFIED: "done"}


def rgb(colour: str) -> list[int]:
    """``#RRGGBB`` as three numbers of 0 to 255."""
    return [int(colour[i:i + 2], 16) for i in (1, 3, 5)]
