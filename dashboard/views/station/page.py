"""A station's page, for the chief's phone: who goes where, when, with what, and why; and what he
reports back.
"""

from collections.abc import Sequence

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.core.browser import probe_browser
from dashboard.core.render_cache import show_map
from dashboard.model.situation import Situation
from dashboard.render import duty_cards, frames, maps, markup, status
from dashboard.render.colours import RISK, paint_of
from dashboard.render.map_marks import closed_frame
from dashboard.views import downloads
from dashboard.views.station import report_buttons
from data.model.city import City, Station
from data.model.message import Message
from data.model.plan import Assignment, PlanVersion
from ops.auth.permissions import Action
from ops.base.messages import Translator
from ops.documents import labels
from ops.documents.duty_sheet import open_lines
from ops.field.progress import DONE, Progress, own_jobs, progress
from ops.field.progress_reader import EARLIER
from ops.field.questions import questions
from ops.planning.duty_sheets import StationSheet, changes_for, lent_at, station_sheets
from ops.planning.left_out_groups import left_count, left_out_groups
from ops.risk.inlet_state import at_station, overview

MOST_MISSED = 10  # versions back that a chief is told of: what was longer ago is over
_SEEN = """
export default function(component) {
  const {key, number, read} = component.data;
  const kept = localStorage.getItem(key);
  if (kept === null || read) localStorage.setItem(key, String(number));
  component.setStateValue("seen", kept === null || read ? number : Number(kept));
}
"""


def show(board: Board) -> None:
    """The whole page; the station stands in its address, unless the viewer has one of his own."""
    city = board.city
    if city is None or not city.stations:
        st.html(status.no_city(board.t))
        return
    station = _pick(board, city)
    if station is None:
        st.html(markup.notice("care", board.t("station.none"), alone=True))
        return
    _sheet(board, station.id)
    _folds(board, station, city)


def _pick(board: Board, city: City) -> Station | None:
    """The station of the address, else the first; a choice goes into the address, so that it can be
    kept. A chief's own is his alone: whatever the address says, no other one is shown.
    """
    names = {
        station.id: station.name
        for station in city.stations
        if board.may(Action.SEE_STATION, station.id)
    }
    if not names:
        return None
    requested = st.query_params.get("station")
    first = requested if requested in names else next(iter(names))
    if len(names) > 1:
        first = (
            st.segmented_control(
                board.t("board.station"),
                list(names),
                default=first,
                required=True,
                format_func=lambda key: markup.plain(names[key]),
                key="station",
                label_visibility="collapsed",
            )
            or first
        )
    if first != requested:
        st.query_params["station"] = first
    return city.station_by_id[first]


@st.fragment(run_every=REFRESH_S)
@safe
def _sheet(board: Board, station_id: str) -> None:
    t, situation = board.t, board.situation
    if situation is None:
        st.html(
            markup.notice("care", t("board.no_operation"), [t("board.no_operation_do")], alone=True)
        )
        return
    st.html(
        status.operation_strip(situation, t)
        + status.beat(situation)
        + status.stale_forecast(situation, t)
        + markup.cards(status.alert_card(situation, t), status.rain_card(situation, t), kind="two")
    )
    version = situation.version
    if version is None:
        st.html(markup.notice("plain", t("board.plan_none"), [t("board.plan_none_do")]))
        return
    sheet = next(
        sheet for sheet in station_sheets(version, situation.city) if sheet.station.id == station_id
    )
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        key="station_head",
    ):
        st.html(_station_head(sheet, version, board), width="content")
        downloads.paper_buttons(board, situation, station_id)
    if lent := [t.message(one.told) for one in lent_at(situation.city, station_id, situation.now)]:
        st.html(markup.notice("care", t("loan.title"), lent))
    if own := open_lines(situation.needs, station_id, t):
        st.html(markup.notice("care", t("paper.open"), own))
    _missed(board, sheet.station, version, situation)
    _shift_of(board, sheet, version, situation)
    _below(sheet, version, situation.city, t)


def _station_head(sheet: StationSheet, version: PlanVersion, board: Board) -> str:
    t, station = board.t, sheet.station
    people = t(
        "board.station_people",
        chief=labels.chief(t, station),
        deputy=labels.deputy(t, station),
    )
    made = t("board.station_version", number=version.number, at=version.made_at)
    return markup.tag(
        "div",
        markup.tag("b", station.name),
        markup.tag("span", people),
        markup.tag("em", made),
        cls="xb-station",
    )


def _missed(board: Board, station: Station, version: PlanVersion, situation: Situation) -> None:
    """What the versions have changed here since this device last said that it has read them."""
    t = board.t
    key = f"xunban:seen:{version.operation_id}:{station.id}"
    read = st.session_state.pop("read", False)
    probe = st.components.v2.component("xunban_seen", js=_SEEN)
    answer = probe(
        key="seen",
        data={"key": key, "number": version.number, "read": read},
        default={"seen": version.number},
        height=0,
        on_seen_change=lambda: None,
    )
    seen = version.number if read else int(answer.seen)
    missed = changes_since(board, station, version, situation.city, seen)
    if missed:
        lines = "".join(status.sentences(changes, t) for _, changes in missed)
        st.html(markup.head(t("station.missed", number=seen)) + lines)
        if st.button(t("station.read"), key="have_read"):
            st.session_state["read"] = True
            st.rerun()


def changes_since(
    board: Board, station: Station, version: PlanVersion, city: City, seen: int
) -> list[tuple[int, tuple[Message, ...]]]:
    """The changes of each version after ``seen`` that concern the station, the newest first."""
    numbers = range(version.number, max(seen, version.number - MOST_MISSED, 0), -1)
    versions = [board.version(version.operation_id, number) for number in numbers]
    return [
        (version.number, changes)
        for version in versions
        if version.published_at and (changes := changes_for(station, version, city))
    ]


def _shift_of(
    board: Board, sheet: StationSheet, version: PlanVersion, situation: Situation
) -> None:
    """The sheet of this shift or the next, job by job with the buttons to report, or crew by crew
    to read.
    """
    t, city = board.t, situation.city
    spans = duty_cards.shift_windows(city, situation.now)
    when, how = _chosen_view(t)
    shown = duty_cards.within(sheet, None if when == "all" else spans[when == "next"])
    jobs = duty_cards.jobs_of(shown, own_jobs(version, sheet.station.id, city))
    if jobs:
        st.html(duty_cards.tools(jobs, t))
    if board.may(Action.REPORT_WORK, sheet.station.id):
        report_buttons.whole_sheet(board, sheet.station, version, city, bool(jobs))
    if how == "crews":
        st.html(duty_cards.sheet_cards(shown, city, situation.now, t, situation.standings))
        return
    if notices := _question_notices(sheet.station, situation, t):
        st.html(notices)
    if not jobs:
        st.html(markup.faint(t("board.station_no_work")))
    _job_cards(board, jobs, sheet.station, version, situation)


def _job_cards(
    board: Board,
    jobs: Sequence[Assignment],
    station: Station,
    version: PlanVersion,
    situation: Situation,
) -> None:
    """Each job on a card of its own, with its buttons where the reader may report."""
    city, may_report = situation.city, board.may(Action.REPORT_WORK, station.id)
    by_job = _progress(board, version, city)
    for job in jobs:
        state = by_job.get(job.job_id, Progress())
        with st.container(border=True, key=f"card_{job.job_id}"):
            st.html(duty_cards.job_card(job, station.id, state, city, situation.now, board.t))
            if may_report and (job.state != "past" or state.stage not in DONE):
                report_buttons.one_job(board, station, version, job, state)


def _chosen_view(t: Translator) -> tuple[str, str]:
    """Which shift (``now``, ``next``, ``all``), and by ``jobs`` or by ``crews``."""
    with st.container(horizontal=True, key="shift_head"):
        when = _switch(t, "shift", "station.when", "station.shift_", ("now", "next", "all"))
        return when, _switch(t, "how", "station.how", "station.by_", ("jobs", "crews"))


def _switch(t: Translator, key: str, label: str, family: str, choices: Sequence[str]) -> str:
    """One of a few choices, called by a family of the catalogue; the first where none is made."""
    chosen = st.segmented_control(
        t(label),
        choices,
        default=choices[0],
        required=True,
        format_func=lambda choice: t(family + choice),
        key=key,
        label_visibility="collapsed",
    )
    return chosen or choices[0]


def _question_notices(station: Station, situation: Situation, t: Translator) -> str:
    """What the station asked lately, each with the desk's answer."""
    texts = labels.question_texts(t, questions(situation.events, station.id))
    return "".join(
        markup.notice("plain" if text["answered"] else "care", text["asked"], [text["told"]])
        for text in texts
    )


def _progress(board: Board, version: PlanVersion, city: City) -> dict[str, Progress]:
    events = board.store.field.events(version.operation_id)
    numbers = {event.version for event in events if version.number - event.version < EARLIER}
    return progress(
        events,
        version,
        city,
        {number: board.version(version.operation_id, number) for number in numbers},
    )


def _below(sheet: StationSheet, version: PlanVersion, city: City, t: Translator) -> None:
    """What is left out here, and what the version changed."""
    if sheet.left_out:
        st.html(
            markup.head(t("board.left_title", n=left_count(sheet.left_out)))
            + status.left_out_list(left_out_groups(sheet.left_out, city), t)
        )
    changes = changes_for(sheet.station, version, city)
    if changes:
        st.html(
            markup.head(t("board.changes_title", number=version.number))
            + status.sentences(changes, t)
        )


def _folds(board: Board, station: Station, city: City) -> None:
    """The station's crews and machines, and a small map of its roads."""
    situation = board.situation
    if situation is None:
        return
    if board.may(Action.SET_OUTAGE, station.id):
        with st.expander(board.t("station.units"), key="fold_units"):
            _units(board, station, city)
    inlets = overview(at_station(city, board.inlets, station.id), situation.now)
    st.html(markup.faint(board.t.message(inlets)))
    with st.expander(board.t("station.map"), key="fold_map"):
        _map(board, station.id, situation)


@st.fragment
@safe
def _units(board: Board, station: Station, city: City) -> None:
    report_buttons.units(board, station, city)


@safe
def _map(board: Board, station_id: str, situation: Situation) -> None:
    """The station's own roads by risk; drawn from the tables alone."""
    browser = probe_browser(bool(board.settings.map.tiles))
    city = duty_cards.own_part(situation.city, station_id)
    frame = frames.segment_frame(
        situation.version, situation.lines, city, situation.now, board.t, "risk"
    )
    drawing = maps.Drawing(
        outline=city.district.outline,
        segments=frame,
        stations=frames.station_frame(city, board.t),
        palette=RISK,
        closed=closed_frame(situation.closures, board.t),
        paint=paint_of(board.theme),
        ground=board.settings.map,
    )
    show_map(drawing, browser, board.t, 300, 900, key="station_map")
