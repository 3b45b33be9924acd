"""The duty desk (值班台): what is in force, what comes next, where, when and why, at a glance."""

from datetime import datetime, timedelta

import streamlit as st

from dashboard import actions, cards, charts, colours, desk_jobs, frames, maps, marks, sheets, words
from dashboard.board import DRAW_S, REFRESH_S, Board, safe
from dashboard.drawn import show_chart, show_map
from dashboard.guard import ask_browser, known_browser
from dashboard.reading import Situation
from data.entities import PlanVersion
from ops.duty import station_sheets
from ops.served import last_served
from ops.text import Speaker

MAP_HEIGHT = 330
MOST_VERSIONS = 20


def show(board: Board) -> None:
    """The whole page; its living parts refresh by themselves."""
    if board.city is None:
        _empty(board)
        return
    _glance(board)
    actions.bar(board)
    left, right = st.columns([0.46, 0.54], gap="small")
    with left:
        desk_jobs.job_list(board)
    with right:
        _outlook(board)
    _details(board)


@st.fragment(run_every=REFRESH_S)
@safe
def _empty(board: Board) -> None:
    """No district yet: how to get one; the page comes by itself when it is there."""
    if board.city is not None:
        st.rerun(scope="app")
    say = board.say
    st.html(cards.notice("care", say("board.no_city"), [say("board.no_city_sample"), say("board.no_city_own")],
                         alone=True))


@st.fragment(run_every=REFRESH_S)
@safe
def _glance(board: Board) -> None:
    """Drill, silence of the loop, and the four cards."""
    say, situation = board.say, board.situation
    if board.theme != st.session_state.get("painted", board.theme):
        st.rerun(scope="app")  # the reader, or his system, has turned from day to night
    if situation is None:
        st.html(cards.notice("care", say("board.no_operation"), [say("board.no_operation_do")], alone=True))
        return
    st.html(cards.drill_strip(situation, say) + cards.beat(situation))
    if situation.loop_silent:
        since = (say("board.loop_since", age=words.span_of(say, situation.real_now - situation.beat_at))
                 if situation.beat_at else "")
        st.html(cards.notice("stop", say("board.loop_silent") + since, [say("board.loop_silent_do")]))
    if situation.loop_stuck:
        st.html(cards.notice("stop", say("board.loop_stuck", at=situation.round_at), [say("board.loop_stuck_do")]))
    if situation.failure:
        st.html(cards.notice("stop", say("board.plan_failed", at=situation.failure.at), [
            say("board.plan_failed_why", error=situation.failure.error), say("board.plan_failed_do")]))
    st.html(cards.stale_forecast(situation, say) + cards.held(situation, say)
            + cards.undelivered(situation, say)
            + cards.status_cards(situation, say))


@st.fragment(run_every=DRAW_S)
@safe
def _outlook(board: Board) -> None:
    """Where and when: the map, and the rain by the hour."""
    _map(board)
    _rain(board)


@safe
def _rain(board: Board) -> None:
    """The rain by the hour, the onset marked."""
    say, situation = board.say, board.situation
    if situation is None:
        return
    rain, now = situation.version.rain if situation.version else None, to_minute(situation.now)
    frame = frames.rain_frame(situation.forecast, rain, now, say)
    st.html(_head(say("board.rain_title"), say("board.rain_hours")))
    if frame.empty:
        st.html(f'<p class="xb-faint">{say("board.rain_unknown")}</p>')
        return
    onset = frames.wall_ms(say, rain.onset_at) if rain and rain.onset_at else None
    show_chart(charts.rain_chart, frame, frames.wall_ms(say, now), onset, say, 116, key="rain",
               paint=colours.paint_of(board.theme))


def to_minute(instant: datetime) -> datetime:
    """The minute it is: a chart that is the same for a minute is not drawn anew at every refresh."""
    return instant.replace(second=0, microsecond=0)


@safe
def _map(board: Board) -> None:
    """The district's segments by risk, by state or by time since they were served, with units and incidents."""
    say, situation = board.say, board.situation
    if situation is None:
        return
    browser = ask_browser(bool(board.settings.map.tiles))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="map_head"):
        st.html(_head(say("board.map_title"), say("board.map_tell")), width="content")
        by = st.segmented_control(say("board.map_by"), list(PALETTES), default="risk", required=True, key="map_by",
                                  format_func=lambda key: say(f"desk.by_{key}"), label_visibility="collapsed")
    height = 300 if browser.narrow else MAP_HEIGHT
    drawing = map_drawing(board, situation, by, 340 if browser.narrow else 640)
    show_map(drawing, browser, height, 780, key="map")
    st.html(map_legend(drawing, by, say))


def map_drawing(board: Board, situation: Situation, by: str, pixels: int) -> maps.Drawing:
    """The map as of now: the segments by risk, state or age, with units and incidents, about so many pixels wide."""
    say, city = board.say, situation.city
    served = last_served(city, situation.events, {line.job.job_id: line.job.segment_id for line in situation.lines})
    return maps.Drawing(
        outline=city.district.outline,
        segments=frames.segment_frame(situation.version, city, situation.now, say, by, served),
        roads=frames.road_labels(city, pixels), stations=frames.station_frame(city, say), palette=PALETTES[by],
        marks=marks.mark_frame(situation.lines, situation.incidents, city, situation.now, say),
        paint=colours.paint_of(board.theme), ground=board.settings.map)


PALETTES = {"risk": colours.RISK, "state": colours.STATE, "age": colours.AGE}


def map_legend(drawing: maps.Drawing, by: str, say: Speaker) -> str:
    """The colours that the map shows, and the signs on it."""
    found = drawing.segments["key"].value_counts()
    signs = [f"{marks.SIGN[kind]} {say(f'desk.mark_{kind}')}" for kind in marks.SIGN
             if kind in set(drawing.marks["kind"])]
    return cards.legend(((colour, say(frames.MAP_WORDS[by] + key), say("board.segments", n=int(found.get(key, 0))))
                         for key, colour in drawing.palette.items() if key != "none" or found.get(key, 0)), signs)


@st.fragment(run_every=DRAW_S)
@safe
def _details(board: Board) -> None:
    """What is read after the glance: the time chart, the sheets, the changes, what is left out, the versions."""
    say = board.say
    chart, sheet, changes, left, past = st.tabs([say(f"board.tab_{tab}") for tab in (
        "chart", "sheets", "changes", "left_out", "versions")])
    with chart:
        _gantt(board)
    with sheet:
        _sheets(board)
    with changes:
        _changes(board)
    with left:
        _left_out(board)
    with past:
        _versions(board)


@safe
def _gantt(board: Board) -> None:
    """The time chart by crew."""
    say, situation = board.say, board.situation
    version = _version_or_word(board)
    if version is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="gantt_head"):
        span = st.segmented_control(say("board.span"), ["near", "all"], default="near", required=True, key="gantt_span",
                                    format_func=lambda key: say(f"board.span_{key}"), label_visibility="collapsed")
        machines = st.toggle(say("board.with_machines"), key="gantt_machines")
    bars = frames.gantt(version, situation.city, say, machines)
    if bars.frame.empty:
        st.html(f'<p class="xb-faint">{say("board.no_jobs")}</p>')
        return
    now = to_minute(situation.now)
    hour = now.replace(minute=0) - timedelta(hours=1)
    window = (frames.wall_ms(say, hour), frames.wall_ms(say, hour + timedelta(hours=11))) if span == "near" else None
    onset = frames.wall_ms(say, version.rain.onset_at) if version.rain.onset_at else None
    with st.container(key="wide_gantt"):
        pixels = 760 if known_browser().narrow else 1260
        show_chart(charts.gantt_chart, bars, frames.wall_ms(say, now), onset, say, window, pixels,
                   colours.paint_of(board.theme), key="gantt")


@safe
def _sheets(board: Board) -> None:
    """One station's sheet beside the others' names, and all of them on paper."""
    say, situation = board.say, board.situation
    version = _version_or_word(board)
    if version is None:
        actions.standing_button(board)
        return
    stations = {one.id: one.name for one in situation.city.stations}
    with st.container(horizontal=True, vertical_alignment="center", key="sheets_head"):
        chosen = st.segmented_control(say("board.station"), list(stations), default=next(iter(stations), None),
                                      required=True, format_func=lambda one: cards.plain(stations[one]),
                                      key="sheets_station", label_visibility="collapsed")
        actions.paper_buttons(board, situation, None)
        actions.standing_button(board)
    sheet = next((one for one in station_sheets(version, situation.city) if one.station.id == chosen), None)
    if sheet:
        st.html(sheets.sheet_cards(sheet, situation.city, situation.now, say))


@safe
def _changes(board: Board) -> None:
    """What the version in force changed, and why."""
    version = _version_or_word(board)
    if version is None:
        return
    say = board.say
    st.html(_head(say("board.changes_title", number=version.number), say("board.plan_made", at=version.made_at))
            + cards.sentences(version.changes, say))


@safe
def _left_out(board: Board) -> None:
    """What no one does, and the reason."""
    say, version = board.say, _version_or_word(board)
    if version is None:
        return
    if not version.left_out:
        st.html(cards.notice("plain", say("board.left_none")))
        return
    groups = words.left_out_groups(say, board.situation.city, version.left_out)
    st.html(_head(say("board.left_title", n=len(version.left_out)), say("board.left_tell"))
            + cards.left_out_list(groups, say))
    actions.remedies_button(board)


@safe
def _versions(board: Board) -> None:
    """The latest versions of this operation, the newest first, each with what it changed."""
    situation = board.situation
    if _version_or_word(board) is None:
        return
    lines = board.store.versions(situation.operation.id)[:-MOST_VERSIONS - 1:-1]
    told = [cards.version_fold(board.version(situation.operation.id, line.number), board.say, is_open=i == 0)
            for i, line in enumerate(lines)]
    st.html("".join(told))


def _version_or_word(board: Board) -> PlanVersion | None:
    """The version in force; where there is none, the page says what is being waited for."""
    situation: Situation | None = board.situation
    version = situation.version if situation else None
    if version is None:
        st.html(cards.notice("plain", board.say("board.plan_none"), [board.say("board.plan_none_do")]))
    return version


def _head(title: str, tell: str = "") -> str:
    return f'<div class="xb-head"><span>{title}</span><em>{tell}</em></div>'
