"""The board's colours, by day and by night.

Each goes with a word or a shape: no one has to tell colours apart.
"""

from dataclasses import dataclass

from ops.field.job_board import JobState
from weather.model import Level

# (ground, ink): the colours of the national warning signals, with ink that stays readable on them;
# the same by night
LEVEL = {
    Level.BLUE: ("#1F5FD0", "#FFFFFF"),
    Level.YELLOW: ("#FFD60A", "#1F1A00"),
    Level.ORANGE: ("#FF8A1F", "#2B1500"),
    Level.RED: ("#D4161C", "#FFFFFF"),
    None: ("#5B6775", "#FFFFFF"),
}
QUIET = ("var(--quiet)", "var(--quiet-ink)")
CARE = ("var(--care)", "var(--care-ink)")
STALE = ("#C8141A", "#FFFFFF")  # nothing fresh to plan on: as loud as the gravest warning
DRILL = "#6D28D9"  # a drill is violet: no warning signal is
# 四色图: the usual four colours of a risk map in China
RISK = {
    "severe": "#C8141A",
    "high": "#F07F13",
    "medium": "#E3B505",
    "low": "#4C86C6",
    "none": "#B4BDC7",
}
STATE = {
    "missed": "#C8141A",
    "there": "#0B7A4B",
    "way": "#5DAE86",
    "due": "#0B7A4B",
    "silent": "#6B7785",
    "planned": "#2F6FDE",
    "left_out": "#D97706",
    "done": "#1E5AA8",
    "none": "#C3CAD2",
}
HOLLOW = frozenset({"due", "silent", "planned"})
"""Of ``STATE``: what is only planned, and nobody has said, is drawn hollow."""
READY = {
    "missed": "#C8141A",
    "left": "#D97706",
    "planned": "#2F6FDE",
    "doing": "#0B7A4B",
    "cleared": "#1E5AA8",
    "none": "#C3CAD2",
}
"""The states of a road before the rain, as the bar on top has them."""
AGE_IN_STORM = {
    "h6": "#0B7A4B",
    "h24": "#7FB069",
    "h72": "#E3B505",
    "h_older": "#B45309",
    "none": "#B4BDC7",
}
AGE = {
    "week": "#0B7A4B",
    "month": "#7FB069",
    "quarter": "#E3B505",
    "older": "#B45309",
    "none": "#B4BDC7",
}
# how a job stands: the class of its colour in the style sheet
JOB_TONE = {
    JobState.HELP: "bad",
    JobState.REFUSED: "bad",
    JobState.SILENT: "silent",
    JobState.MISSED: "bad",
    JobState.LATE: "late",
    JobState.UNANSWERED: "open",
    JobState.ON_TIME: "fine",
    JobState.LEFT: "dim",
    JobState.OVER: "dim",
    JobState.DONE: "done",
    JobState.VERIFIED: "done",
}
DAY = {
    "ink": "#1b2733",
    "faint": "#586573",
    "line": "#dde3e9",
    "ground": "#f3f5f7",
    "card": "#ffffff",
    "crew": "#e9eff5",
    "machine": "#efece6",
    "rest": "#f6f8fa",
    "now": "#e9f7ef",
    "now-edge": "#0b7a4b",
    "soon": "#eef5ff",
    "accent": "#12507b",
    "on-accent": "#ffffff",
    "primary": "#12507b",
    "on-primary": "#ffffff",
    "drill": "#6d28d9",
    "drill-2": "#5b21b6",
    "before": "#0b756b",
    "during": "#2b5fc7",
    "after": "#86592c",
    "over": "#697684",
    "on-dark": "#ffffff",
    "stop": "#fdecec",
    "stop-ink": "#7d1215",
    "stop-edge": "#c8141a",
    "care": "#fff4e5",
    "care-ink": "#6d3900",
    "care-edge": "#d97706",
    "plain-edge": "#2f6fde",
    "quiet": "#e8f3ec",
    "quiet-ink": "#14532d",
    "asks": "#9a1115",
    "bad": "#c8141a",
    "bad-ink": "#ffffff",
    "late": "#f59e0b",
    "late-ink": "#2b1500",
    "open": "#e2e8f0",
    "open-ink": "#1f2a37",
    "fine": "#0b7a4b",
    "fine-ink": "#ffffff",
    "dim": "#eef1f4",
    "dim-ink": "#44515e",
    "done": "#dbeafe",
    "done-ink": "#163a70",
    "turn": "#9db7d3",
    "ready-done": "#1e5aa8",
}
NIGHT = DAY | {
    "ink": "#e6edf3",
    "faint": "#a3b3c2",
    "line": "#2c3947",
    "ground": "#10171e",
    "card": "#18222c",
    "crew": "#22303d",
    "machine": "#2d2a22",
    "rest": "#1c2731",
    "now": "#12301f",
    "now-edge": "#2fb47c",
    "soon": "#15263b",
    "accent": "#1b6299",
    "primary": "#5aa2e6",
    "on-primary": "#06121c",
    "stop": "#3b1416",
    "stop-ink": "#ffd7d7",
    "stop-edge": "#f05252",
    "care": "#3a2606",
    "care-ink": "#ffe2b8",
    "care-edge": "#f0a63c",
    "plain-edge": "#6ea8fe",
    "quiet": "#12301f",
    "quiet-ink": "#c9f0d8",
    "asks": "#ffb3b3",
    "open": "#3a4a5a",
    "open-ink": "#eef3f8",
    "dim": "#26323d",
    "dim-ink": "#b4c2cf",
    "done": "#1c3a63",
    "done-ink": "#cfe2ff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """What charts and maps are drawn with: they can't see the style sheet."""

    ink: str
    label: str
    grid: str
    gap: str
    rain: str
    now: str
    onset: str
    map_ground: str
    land: str
    edge: str
    station: str
    unit: str
    incident: str
    closed: str


DAY_PAINT = Paint(
    ink="#26323D",
    label="#44515E",
    grid="#EEF1F4",
    gap="#F3F5F7",
    rain="#3B82C4",
    now="#C2185B",
    onset="#1D4ED8",
    map_ground="#E7EBEF",
    land="#FFFFFF",
    edge="#788491",
    station="#3C146E",
    unit="#0F3D5E",
    incident="#9A1115",
    closed="#B0128F",
)
NIGHT_PAINT = Paint(
    ink="#E6EDF3",
    label="#B4C2CF",
    grid="#26323D",
    gap="#10171E",
    rain="#5AA2E6",
    now="#FF8FBC",
    onset="#9DBFFF",
    map_ground="#0C1319",
    land="#18222C",
    edge="#5B6B7A",
    station="#D9C2FF",
    unit="#A9D6F5",
    incident="#FFB3B3",
    closed="#FF8AE2",
)


def paint_of(theme: str) -> Paint:
    """What is drawn with under a theme: ``light`` or ``dark``."""
    return NIGHT_PAINT if theme == "dark" else DAY_PAINT


def style(theme: str) -> str:
    """The style sheet's colours under a theme."""
    tokens = NIGHT if theme == "dark" else DAY
    return ":root{" + "".join(f"--{name}:{colour};" for name, colour in tokens.items()) + "}"


def rgb(colour: str) -> list[int]:
    """``#RRGGBB`` as three numbers of 0 to 255."""
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
