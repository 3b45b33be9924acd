"""The duty desk (值班台): what is in force, what comes next, where, when and why, at a glance."""

from datetime import datetime, timedelta

import streamlit as st

from dashboard.core.board import DRAW_S, REFRESH_S, Board, safe
from dashboard.core.browser import known_browser, probe_browser
from dashboard.core.render_cache import show_chart, show_map
from dashboard.model.situation import Situation
from dashboard.render import charts, colours, duty_cards, frames, markup, status
from dashboard.render.needs import needs_mark
from dashboard.views import downloads
from dashboard.views.desk import actions, ahead, job_list, needs
from dashboard.views.desk.map import PALETTES, map_drawing, map_legend, to_minute
from data.model.message import Message
from data.model.plan import PlanVersion
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.incident_jobs import named_causes
from ops.planning import plan_diff
from ops.planning.duty_sheets import station_sheets
from ops.planning.left_out_groups import left_out_groups
from ops.risk.inlet_state import overview

MAP_HEIGHT = 330
MOST_VERSIONS, MOST_RECHECKS = 20, 5


def show(board: Board) -> None:
    """The whole page; its living parts refresh by themselves."""
    if board.city is None:
        _empty(board)
        return
    _glance(board)
    actions.bar(board)
    left, right = st.columns([0.46, 0.54], gap="small")
    with left:
        ahead.ahead_card(board)
        needs.needs_list(board)
        job_list.job_list(board)
    with right:
        _outlook(board)
    _details(board)


@st.fragment(run_every=REFRESH_S)
@safe
def _empty(board: Board) -> None:
    """No district yet: how to get one; the page comes by itself when it is there."""
    if board.city is not None:
        st.rerun(scope="app")
    t = board.t
    st.html(
        markup.notice(
            "care",
            t("board.no_city"),
            [t("board.no_city_sample"), t("board.no_city_own")],
            alone=True,
        )
    )


@st.fragment(run_every=REFRESH_S)
@safe
def _glance(board: Board) -> None:
    """Drill, silence of the loop, and the four cards."""
    t, situation = board.t, board.situation
    if board.theme != st.session_state.get("painted", board.theme):
        st.rerun(scope="app")  # the reader, or his system, has turned from day to night
    if situation is None:
        st.html(
            markup.notice("care", t("board.no_operation"), [t("board.no_operation_do")], alone=True)
        )
        return
    st.html(status.drill_strip(situation, t) + status.beat(situation))
    _alarms(board, situation)
    st.html(
        needs_mark(situation.needs, t)
        + status.readiness_bar(situation, t)
        + status.off_duty(situation, t)
        + status.stale_forecast(situation, t)
        + status.held(situation, t)
        + status.status_cards(situation, t)
    )


def _alarms(board: Board, situation: Situation) -> None:
    """What keeps the planning from working: its loop silent or stuck, a fault, a failure."""
    t = board.t
    if situation.loop_silent:
        since = (
            t("board.loop_since", age=labels.span_of(t, situation.real_now - situation.beat_at))
            if situation.beat_at
            else ""
        )
        st.html(markup.notice("stop", t("board.loop_silent") + since, [t("board.loop_silent_do")]))
    if situation.loop_stuck:
        st.html(
            markup.notice(
                "stop", t("board.loop_stuck", at=situation.round_at), [t("board.loop_stuck_do")]
            )
        )
    if board.settings_fault:
        st.html(
            markup.notice(
                "care",
                t("board.settings_wrong"),
                [board.settings_fault, t("board.settings_wrong_do")],
            )
        )
    if situation.failure:
        st.html(
            markup.notice(
                "stop",
                t("board.plan_failed", at=situation.failure.at),
                [
                    t("board.plan_failed_why", error=situation.failure.error),
                    t("board.plan_failed_do"),
                ],
            )
        )


@st.fragment(run_every=DRAW_S)
@safe
def _outlook(board: Board) -> None:
    """Where and when: the map, and the rain by the hour."""
    _map(board)
    _rain(board)


@safe
def _rain(board: Board) -> None:
    """The rain by the hour, the onset marked."""
    t, situation = board.t, board.situation
    if situation is None:
        return
    rain, now = situation.version.rain if situation.version else None, to_minute(situation.now)
    frame = frames.rain_frame(situation.forecast, rain, now, t)
    st.html(markup.head(t("board.rain_title"), t("board.rain_hours")))
    if frame.empty:
        st.html(markup.faint(t("board.rain_unknown")))
        return
    onset = frames.wall_ms(t, rain.onset_at) if rain and rain.onset_at else None
    show_chart(
        charts.rain_chart,
        frame,
        frames.wall_ms(t, now),
        onset,
        t,
        116,
        key="rain",
        paint=colours.paint_of(board.theme),
    )


@safe
def _map(board: Board) -> None:
    """The district's segments by risk, by state or by time since they were served, with units and
    incidents.
    """
    t, situation = board.t, board.situation
    if situation is None:
        return
    browser = probe_browser(bool(board.settings.map.tiles))
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        key="map_head",
    ):
        st.html(markup.head(t("board.map_title"), t("board.map_tell")), width="content")
        by = st.segmented_control(
            t("board.map_by"),
            list(PALETTES),
            default="risk",
            required=True,
            key="map_by",
            format_func=lambda key: t(f"desk.by_{key}"),
            label_visibility="collapsed",
        )
    height = 300 if browser.narrow else MAP_HEIGHT
    drawing = map_drawing(board, situation, by, 340 if browser.narrow else 640)
    show_map(drawing, browser, height, 780, key="map")
    st.html(map_legend(drawing, by, t))
    st.html(markup.faint(t.message(overview(board.inlets.values(), situation.now))))


@st.fragment(run_every=DRAW_S)
@safe
def _details(board: Board) -> None:
    """What is read after the glance: the time chart, the sheets, the changes, what is left out, the
    versions.
    """
    t = board.t
    chart, sheet, changes, left, past = st.tabs(
        [t(f"board.tab_{tab}") for tab in ("chart", "sheets", "changes", "left_out", "versions")]
    )
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
    t, in_force = board.t, _in_force(board)
    if in_force is None:
        return
    situation, version = in_force
    span, machines = _gantt_head(t)
    bars = frames.gantt(version, situation.city, t, machines, situation.lines)
    if bars.frame.empty:
        st.html(markup.faint(t("board.no_jobs")))
        return
    now = to_minute(situation.now)
    window = _near_window(now, t) if span == "near" else None
    onset = frames.wall_ms(t, version.rain.onset_at) if version.rain.onset_at else None
    with st.container(key="wide_gantt"):
        pixels = 760 if known_browser().narrow else 1260
        show_chart(
            charts.gantt_chart,
            bars,
            frames.wall_ms(t, now),
            onset,
            t,
            window,
            pixels,
            colours.paint_of(board.theme),
            key="gantt",
        )


def _gantt_head(t: Translator) -> tuple[str, bool]:
    """What is chosen above the chart: the ``near`` hours or ``all``, and whether with machines."""
    with st.container(horizontal=True, vertical_alignment="center", key="gantt_head"):
        span = st.segmented_control(
            t("board.span"),
            ["near", "all"],
            default="near",
            required=True,
            key="gantt_span",
            format_func=lambda key: t(f"board.span_{key}"),
            label_visibility="collapsed",
        )
        return span, st.toggle(t("board.with_machines"), key="gantt_machines")


def _near_window(now: datetime, t: Translator) -> tuple[int, int]:
    """From the last full hour but one, eleven hours on, as the chart counts."""
    hour = now.replace(minute=0) - timedelta(hours=1)
    return frames.wall_ms(t, hour), frames.wall_ms(t, hour + timedelta(hours=11))


@safe
def _sheets(board: Board) -> None:
    """One station's sheet beside the others' names, and all of them on paper."""
    t, in_force = board.t, _in_force(board)
    if in_force is None:
        actions.standing_button(board)
        return
    situation, version = in_force
    stations = {station.id: station.name for station in situation.city.stations}
    with st.container(horizontal=True, vertical_alignment="center", key="sheets_head"):
        chosen = st.segmented_control(
            t("board.station"),
            list(stations),
            default=next(iter(stations), None),
            required=True,
            format_func=lambda key: markup.plain(stations[key]),
            key="sheets_station",
            label_visibility="collapsed",
        )
        downloads.paper_buttons(board, situation, None)
        actions.standing_button(board)
    sheet = next(
        (sheet for sheet in station_sheets(version, situation.city) if sheet.station.id == chosen),
        None,
    )
    if sheet:
        st.html(
            duty_cards.sheet_cards(sheet, situation.city, situation.now, t, situation.standings)
        )


@safe
def _changes(board: Board) -> None:
    """What the version in force changed, and why; when it was looked at again and stood."""
    t, in_force = board.t, _in_force(board)
    if in_force is None:
        return
    situation, version = in_force
    st.html(
        markup.head(
            t("board.changes_title", number=version.number),
            t("board.plan_made", at=version.made_at),
        )
        + status.sentences((*_rechecks(board, situation, version), *version.changes), t)
    )


def _rechecks(board: Board, situation: Situation, version: PlanVersion) -> tuple[Message, ...]:
    """When the version was looked at again and changed nothing, the latest few."""
    store, operation_id = board.store, version.operation_id
    triggers = store.triggers.all(operation_id)
    named = named_causes(
        store.field.incidents(operation_id), store.desk.outages(operation_id), situation.city
    )
    orders = store.level_orders.all(operation_id)
    causes = plan_diff.cause_messages(triggers, situation.alerts, orders, named)
    return plan_diff.rechecks(triggers, version.number, causes)[:MOST_RECHECKS]


@safe
def _left_out(board: Board) -> None:
    """What no one does, and the reason."""
    t, in_force = board.t, _in_force(board)
    if in_force is None:
        return
    situation, version = in_force
    if not version.left_out:
        st.html(markup.notice("plain", t("board.left_none")))
        return
    groups = left_out_groups(version.left_out, situation.city, situation.now)
    st.html(
        markup.head(t("board.left_title", n=len(version.left_out)), t("board.left_tell"))
        + status.left_out_list(groups, t)
    )
    actions.remedies_button(board)


@safe
def _versions(board: Board) -> None:
    """The latest versions of this operation, the newest first, each with what it changed."""
    in_force = _in_force(board)
    if in_force is None:
        return
    situation, _ = in_force
    lines = board.store.plans.versions(situation.operation.id)[: -MOST_VERSIONS - 1 : -1]
    folds = [
        status.version_fold(
            board.version(situation.operation.id, line.number), board.t, is_open=i == 0
        )
        for i, line in enumerate(lines)
    ]
    st.html("".join(folds))


def _in_force(board: Board) -> tuple[Situation, PlanVersion] | None:
    """The situation and the version in force; where there is none, the page says what is being
    waited for.
    """
    situation = board.situation
    if situation is not None and situation.version is not None:
        return situation, situation.version
    st.html(markup.notice("plain", board.t("board.plan_none"), [board.t("board.plan_none_do")]))
    return None
