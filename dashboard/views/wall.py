"""The wall screen (``?wall=1``): large letters, no buttons. Its left third stands: clock, 实战 or
演练, warnings, how far the gravest roads are, what needs a hand. The rest turns by itself through
what the desk sees.

Which screen is shown follows from the clock alone, so nothing is kept from turn to turn; the
browser loads the page anew every few hours, so that nothing it holds on to can grow for days. All
is laid out for 1920 by 1080 and shown as large as the screen is: what there is more of than room
takes turns, and nothing is cut off.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.core.render_cache import show_chart, svg_map
from dashboard.model.situation import Situation
from dashboard.render import charts, colours, frames, markup, status
from dashboard.render.needs import needs_board
from dashboard.views.desk import job_list
from dashboard.views.desk.map import map_drawing, map_legend, to_minute
from data.model.city import Station
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.job_board import JobLine, JobState
from weather.validity import ends_at

TURN_S = 15  # how long a screen stands
ROWS, MOST_ROWS = 6, 18  # jobs on a screen of jobs, and on all of them
TILES = 6  # stations on a screen
NEEDS_ON = 2  # below the gravest need the others move up by so many at each turn
WIDTH, HEIGHT = 1920, 1080
SCRIPT = f"""<script>
(() => {{
  const fit = () => {{
    const at = Math.min(innerWidth / {WIDTH}, innerHeight / {HEIGHT});
    document.querySelector(".stApp").style.transform = `scale(${{at}})`;
  }};
  addEventListener("resize", fit);
  fit();
  setTimeout(() => location.reload(), 6 * 3600 * 1000);
}})();
</script>"""


def show(board: Board) -> None:
    """The whole screen."""
    # the scale stands before there is anything to be seen too large
    st.html(markup.tag("div", cls="xb-wall") + SCRIPT, unsafe_allow_javascript=True)
    _turning(board)


@st.fragment(run_every=REFRESH_S)
@safe
def _turning(board: Board) -> None:
    """What is always there, and the screen whose turn it is."""
    t, situation = board.t, board.situation
    if situation is None:
        st.html(
            markup.notice("care", t("board.no_operation"), [t("board.no_operation_do")], alone=True)
        )
        return
    turn = int(situation.real_now.timestamp() // TURN_S)
    screens = turns(situation)
    number = turn % len(screens)
    fixed, turning = st.columns([1, 2], gap="medium")
    with fixed:
        dots = "".join("●" if i == number else "○" for i in range(len(screens)))
        st.html(_fixed(situation, turn, dots, t) + status.beat(situation))
    screen, page = screens[number]
    with turning, st.container(key=f"wall_{SCREENS.index(screen)}"):
        screen.show(board, situation, page)


def _fixed(situation: Situation, turn: int, dots: str, t: Translator) -> markup.Html:
    """The left third."""
    needs, others = situation.needs[:1], situation.needs[1:]
    first = NEEDS_ON * turn % max(1, len(others))
    turned = (*needs, *others[first:], *others[:first])
    parts = (
        _head(situation, dots, t),
        _warnings(situation, t),
        status.readiness_bar(situation, t),
        status.stale_forecast(situation, t),
        status.held(situation, t),
        needs_board(turned, situation.city, situation.now, t, len(turned)),
    )
    return markup.tag("div", *parts, cls="xb-wallfix")


def _head(situation: Situation, dots: str, t: Translator) -> markup.Html:
    """Whether it is meant, the time, whose district, and which screen this is."""
    return markup.tag(
        "div",
        status.operation_mark(situation, t),
        markup.tag("em", dots, aria_hidden="true"),
        markup.tag("b", frames.hm(t, situation.now)),
        markup.tag(
            "span", format(t.moment(situation.now), "day"), " ", situation.city.district.name
        ),
        cls="xb-wallhead",
    )


def _warnings(situation: Situation, t: Translator) -> markup.Html:
    """Each warning in force, in its national colour and word, with its end."""
    badges = (
        markup.badge(
            t("desk.wall_alert", alert=labels.alert_name(t, alert), at=ends_at(alert)),
            paint=colours.LEVEL[alert.level],
        )
        for alert in situation.standing
    )
    return markup.tag("div", badges, cls="xb-wallalerts")


def _situation(board: Board, situation: Situation, page: int) -> None:
    """Where: the map; and who sets out next."""
    t = board.t
    drawing = map_drawing(board, situation, "risk")
    st.html(svg_map(drawing, 1220, 640, scale=2.2))
    st.html(map_legend(drawing, "risk", t))
    if situation.version:
        moves = frames.next_moves(situation.version, situation.city, situation.now, most=2)
        st.html(
            markup.head(t("board.next_title"))
            + status.next_list(moves, situation.city, situation.now, t)
        )


def _open_jobs(situation: Situation) -> list[JobLine]:
    over = (JobState.DONE, JobState.VERIFIED, JobState.LEFT, JobState.OVER)
    return [line for line in job_list.todays(situation) if line.state not in over][:MOST_ROWS]


def _jobs(board: Board, situation: Situation, page: int) -> None:
    t, lines = board.t, job_list.todays(situation)
    if not lines:
        st.html(markup.notice("plain", t("board.plan_none"), [t("board.plan_none_do")], alone=True))
        return
    shown = _open_jobs(situation)[page * ROWS : (page + 1) * ROWS]
    rows = (job_list.row(line, situation.city, t) for line in shown)
    st.html(
        markup.head(t("desk.jobs_title"), beside=job_list.counts(lines, t))
        + markup.tag("div", rows, cls="xb-walljobs")
    )


def _stations(board: Board, situation: Situation, page: int) -> None:
    t, lines = board.t, job_list.todays(situation)
    tiles = (
        station_tile(station, [line for line in lines if station.id in line.stations], situation, t)
        for station in situation.city.stations[page * TILES : (page + 1) * TILES]
    )
    st.html(markup.tag("div", tiles, cls="xb-tiles"))


def station_tile(
    station: Station, lines: list[JobLine], situation: Situation, t: Translator
) -> markup.Html:
    """One station: who leads it, how its jobs stand, what comes next there."""
    numbers = Counter(line.state for line in lines)
    tone = next(
        (
            colours.JOB_TONE[state]
            for state in JobState
            if numbers[state] and colours.JOB_TONE[state] in ("bad", "silent", "late")
        ),
        "",
    )
    ahead = min((line.leave_at for line in lines if line.leave_at >= situation.now), default=None)
    if not lines:
        following = t("board.station_no_work")
    else:
        following = t("desk.wall_next", at=ahead) if ahead else t("board.next_none")
    return markup.tag(
        "div",
        markup.tag("b", labels.short_station(station)),
        markup.tag("em", labels.chief(t, station)),
        markup.tag("p", job_list.state_badges(numbers, t)),
        markup.tag("p", following),
        cls=f"xb-tile {tone}".strip(),
    )


def _rain(board: Board, situation: Situation, page: int) -> None:
    t, rain = board.t, situation.version.rain if situation.version else None
    frame = frames.rain_frame(situation.forecast, rain, situation.now, t)
    st.html(markup.head(t("board.rain_title"), t("board.rain_hours")))
    if frame.empty:
        st.html(markup.notice("care", t("board.rain_unknown")))
    else:
        onset = frames.wall_ms(t, rain.onset_at) if rain and rain.onset_at else None
        show_chart(
            charts.rain_chart,
            frame,
            frames.wall_ms(t, to_minute(situation.now)),
            onset,
            t,
            330,
            2.4,
            colours.paint_of(board.theme),
            key="wall_rain",
        )
    cards = (status.alert_card, status.rain_card, status.feed_card, status.plan_card)
    st.html(markup.cards(*(card(situation, t) for card in cards), kind="wall"))


@dataclass(frozen=True, slots=True)
class Screen:
    """One of what takes turns; ``count`` is how many things it shows, ``room`` how many at once."""

    show: Callable[[Board, Situation, int], None]
    count: Callable[[Situation], int] = lambda _: 1
    room: int = 1

    def pages(self, situation: Situation) -> int:
        """Over how many turns it goes."""
        return max(1, -(-self.count(situation) // self.room))


SCREENS = (
    Screen(_situation),
    Screen(_jobs, lambda situation: len(_open_jobs(situation)), ROWS),
    Screen(_stations, lambda situation: len(situation.city.stations), TILES),
    Screen(_rain),
)


def turns(situation: Situation) -> Sequence[tuple[Screen, int]]:
    """Every screen with each of its pages, in the order in which they are shown."""
    return [(screen, page) for screen in SCREENS for page in range(screen.pages(situation))]
