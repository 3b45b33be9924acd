"""The wall screen (``?wall=1``): large letters, no buttons; it turns by itself through what the
desk sees.

Which screen is shown follows from the clock alone, so nothing is kept from turn to turn; the
browser loads the page anew every few hours, so that nothing it holds on to can grow for days.
"""

from collections import Counter
from html import escape

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.core.render_cache import show_chart
from dashboard.model.situation import Situation
from dashboard.render import charts, colours, frames, maps, markup
from dashboard.views.desk import job_list
from dashboard.views.desk.map import map_drawing, map_legend, to_minute
from data.model.city import Station
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.job_board import JobLine, JobState
from weather.in_force import ends_at

TURN_S = 15  # how long a screen stands
ROWS = 8  # jobs on the screen of jobs
RELOAD = "<script>setTimeout(() => location.reload(), 6 * 3600 * 1000);</script>"


def show(board: Board) -> None:
    """The whole screen."""
    st.html('<div class="xb-wall"></div>')
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
        markup.drill_strip(situation, t)
        + markup.beat(situation)
        + _head(situation, number, t)
        + markup.stale_forecast(situation, t)
        + markup.held(situation, t)
    )
    with st.container(key=f"wall_{number}"):
        SCREENS[number](board, situation)


def _head(situation: Situation, number: int, t: Translator) -> str:
    """The time, how many jobs need the desk, and which screen this is."""
    pressing = sum(line.pressing for line in job_list.todays(situation))
    tone = "bad" if pressing else "fine"
    dots = "".join("●" if i == number else "○" for i in range(len(SCREENS)))
    return (
        f'<div class="xb-wallhead"><b>{frames.hm(t, situation.now)}</b>'
        f"<span>{escape(situation.city.district.name)}</span>{_warnings(situation, t)}"
        f'<span class="xb-badge {tone}">{escape(t("desk.wall_pressing", n=pressing))}</span>'
        f'<em aria-hidden="true">{dots}</em></div>'
    )


def _warnings(situation: Situation, t: Translator) -> str:
    """Each warning in force, in its national colour and word, with its end."""
    told = []
    for alert in situation.standing:
        ground, ink = colours.LEVEL[alert.level]
        word = t("desk.wall_alert", alert=labels.alert_name(t, alert), at=ends_at(alert))
        told.append(
            f'<span class="xb-badge" style="background:{ground};color:{ink}">{escape(word)}</span>'
        )
    return "".join(told)


def _situation(board: Board, situation: Situation) -> None:
    t = board.t
    left, right = st.columns([0.4, 0.6], gap="medium")
    with left:
        st.html(
            f'<div class="xb-cards wall">{markup.alert_card(situation, t)}{markup.rain_card(situation, t)}</div>'
        )
        if situation.version:
            moves = frames.next_moves(situation.version, situation.city, situation.now, most=2)
            st.html(
                f'<div class="xb-head"><span>{escape(t("board.next_title"))}</span></div>'
                + markup.next_list(moves, situation.city, situation.now, t)
            )
    with right:
        drawing = map_drawing(board, situation, "risk", 560)
        show_chart(maps.flat_map, drawing, 660, key="wall_map", scale=2.2)
        st.html(map_legend(drawing, "risk", t))


def _jobs(board: Board, situation: Situation) -> None:
    t, lines = board.t, job_list.todays(situation)
    if not lines:
        st.html(markup.notice("plain", t("board.plan_none"), [t("board.plan_none_do")], alone=True))
        return
    open_ones = [
        line
        for line in lines
        if line.state not in (JobState.DONE, JobState.VERIFIED, JobState.UNKNOWN)
    ]
    st.html(
        f'<div class="xb-head"><span>{escape(t("desk.jobs_title"))}</span>{job_list.counts(lines, t)}</div>'
        '<div class="xb-walljobs">'
        + "".join(job_list.row(line, situation.city, t) for line in open_ones[:ROWS])
        + "</div>"
    )


def _stations(board: Board, situation: Situation) -> None:
    t, lines = board.t, job_list.todays(situation)
    st.html(
        '<div class="xb-tiles">'
        + "".join(
            station_tile(
                station, [line for line in lines if station.id in line.stations], situation, t
            )
            for station in situation.city.stations
        )
        + "</div>"
    )


def station_tile(
    station: Station, lines: list[JobLine], situation: Situation, t: Translator
) -> str:
    """One station: who leads it, how its jobs stand, what comes next there."""
    found = Counter(line.state for line in lines)
    tone = next(
        (
            colours.JOB_TONE[state]
            for state in JobState
            if found[state] and colours.JOB_TONE[state] in ("bad", "late")
        ),
        "",
    )
    ahead = min((line.leave_at for line in lines if line.leave_at >= situation.now), default=None)
    told = (
        (t("desk.wall_next", at=ahead) if ahead else t("board.next_none"))
        if lines
        else t("board.station_no_work")
    )
    badges = "".join(
        f'<span class="xb-badge {colours.JOB_TONE[state]}">{escape(job_list.signed(state, t))} '
        f"<b>{found[state]}</b></span>"
        for state in JobState
        if found[state]
    )
    return (
        f'<div class="xb-tile {tone}"><b>{escape(labels.short_station(station))}</b>'
        f"<em>{escape(labels.post(t, 'board.chief', station.chief))}</em><p>{badges}</p>"
        f"<p>{escape(told)}</p></div>"
    )


def _rain(board: Board, situation: Situation) -> None:
    t, rain = board.t, situation.version.rain if situation.version else None
    frame = frames.rain_frame(situation.forecast, rain, situation.now, t)
    st.html(
        f'<div class="xb-head"><span>{escape(t("board.rain_title"))}</span>'
        f"<em>{escape(t('board.rain_hours'))}</em></div>"
    )
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
    st.html(
        f'<div class="xb-cards wall">{markup.feed_card(situation, t)}{markup.plan_card(situation, t)}</div>'
    )


SCREENS = (_situation, _jobs, _stations, _rain)
