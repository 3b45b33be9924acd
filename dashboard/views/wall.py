"""The wall screen (``?wall=1``): large letters, no buttons; it turns by itself through what the
desk sees.

Which screen is shown follows from the clock alone, so nothing is kept from turn to turn; the
browser loads the page anew every few hours, so that nothing it holds on to can grow for days.
"""

from collections import Counter

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
from weather.in_force import ends_at

TURN_S = 15  # how long a screen stands
ROWS = 8  # jobs on the screen of jobs
MOST_NEEDS = 6  # what needs a hand, beside every screen
RELOAD = "<script>setTimeout(() => location.reload(), 6 * 3600 * 1000);</script>"


def show(board: Board) -> None:
    """The whole screen."""
    st.html(markup.tag("div", cls="xb-wall"))
    _turning(board)
    st.html(RELOAD, unsafe_allow_javascript=True)


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
    number = int(situation.real_now.timestamp() // TURN_S) % len(SCREENS)
    st.html(
        status.drill_strip(situation, t)
        + status.beat(situation)
        + _head(situation, number, t)
        + status.readiness_bar(situation, t)
        + status.stale_forecast(situation, t)
        + status.held(situation, t)
    )
    fixed, turning = st.columns([1, 2], gap="medium")
    with fixed, st.container(key="wall_needs"):
        needs = situation.needs
        st.html(needs_board(needs, situation.city, situation.now, t, MOST_NEEDS))
    with turning, st.container(key=f"wall_{number}"):
        SCREENS[number](board, situation)


def _head(situation: Situation, number: int, t: Translator) -> markup.Html:
    """The time, the warnings, and which screen this is."""
    dots = "".join("●" if i == number else "○" for i in range(len(SCREENS)))
    return markup.tag(
        "div",
        markup.tag("b", frames.hm(t, situation.now)),
        markup.tag("span", situation.city.district.name),
        _warnings(situation, t),
        markup.tag("em", dots, aria_hidden="true"),
        cls="xb-wallhead",
    )


def _warnings(situation: Situation, t: Translator) -> markup.Html:
    """Each warning in force, in its national colour and word, with its end."""
    return markup.html(
        markup.badge(
            t("desk.wall_alert", alert=labels.alert_name(t, alert), at=ends_at(alert)),
            paint=colours.LEVEL[alert.level],
        )
        for alert in situation.standing
    )


def _situation(board: Board, situation: Situation) -> None:
    t = board.t
    left, right = st.columns([0.4, 0.6], gap="medium")
    with left:
        both = status.alert_card(situation, t), status.rain_card(situation, t)
        st.html(markup.cards(*both, kind="wall"))
        if situation.version:
            moves = frames.next_moves(situation.version, situation.city, situation.now, most=2)
            st.html(
                markup.head(t("board.next_title"))
                + status.next_list(moves, situation.city, situation.now, t)
            )
    with right:
        drawing = map_drawing(board, situation, "risk")
        st.html(svg_map(drawing, 1000, 660, scale=2.2))
        st.html(map_legend(drawing, "risk", t))


def _jobs(board: Board, situation: Situation) -> None:
    t, lines = board.t, job_list.todays(situation)
    if not lines:
        st.html(markup.notice("plain", t("board.plan_none"), [t("board.plan_none_do")], alone=True))
        return
    open_ones = [
        line
        for line in lines
        if line.state not in (JobState.DONE, JobState.VERIFIED, JobState.OVER)
    ]
    rows = (job_list.row(line, situation.city, t) for line in open_ones[:ROWS])
    st.html(
        markup.head(t("desk.jobs_title"), beside=job_list.counts(lines, t))
        + markup.tag("div", rows, cls="xb-walljobs")
    )


def _stations(board: Board, situation: Situation) -> None:
    t, lines = board.t, job_list.todays(situation)
    tiles = (
        station_tile(station, [line for line in lines if station.id in line.stations], situation, t)
        for station in situation.city.stations
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
        markup.tag("em", labels.post(t, "board.chief", station.chief)),
        markup.tag("p", job_list.state_badges(numbers, t)),
        markup.tag("p", following),
        cls=f"xb-tile {tone}".strip(),
    )


def _rain(board: Board, situation: Situation) -> None:
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
            430,
            2.4,
            colours.paint_of(board.theme),
            key="wall_rain",
        )
    both = status.feed_card(situation, t), status.plan_card(situation, t)
    st.html(markup.cards(*both, kind="wall"))


SCREENS = (_situation, _jobs, _stations, _rain)
