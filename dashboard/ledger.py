"""The ledger of one storm, replayed on a slider: which plan was in force then, and how every segment stood."""

from datetime import UTC, datetime, timedelta
from html import escape

import streamlit as st

from dashboard import cards, frames, maps, retrospect, tables
from dashboard.board import Board
from dashboard.colours import paint_of
from dashboard.drawn import show_chart, show_map
from dashboard.guard import ask_browser
from dashboard.reading import Situation
from data.entities import City, PlanVersion
from ops.history import History
from ops.response import Case
from ops.storms import STATES, Entry, Storm, figures, in_force_at, segments_at
from ops.storms import ledger as entries_of
from ops.text import Speaker

STEP = timedelta(minutes=5)
MAP_HEIGHT = 380


def table_of(city: City, history: History, storm: Storm, say: Speaker) -> tables.Table:
    """The whole ledger as a table."""
    return tables.ledger_table(entries_of(storm, history, city), city, say)


def show(board: Board, situation: Situation, history: History, storm: Storm, cases: tuple[Case, ...]) -> None:
    """The slider and what it shows: version, map, time line, entries up to then."""
    say, city = board.say, situation.city
    entries = entries_of(storm, history, city)
    st.html(_figures(storm, history, cases, say))
    at = _slider(storm, entries, say)
    outline = in_force_at(history, at)
    version = board.version(history.operation.id, outline.number) if outline else None
    states = segments_at(version, history, city, at)
    left, right = st.columns([0.42, 0.58], gap="small")
    with left:
        st.html(_version(version, at, say) + _latest(entries, at, say))
    with right:
        _map(states, version, city, at, board)
    _timeline(entries, storm, at, board)
    with st.expander(say("manager.all_entries", n=len(entries))):
        st.html(_list(list(entries), say))


def _slider(storm: Storm, entries: tuple[Entry, ...], say: Speaker) -> datetime:
    """The moment looked at. The slider knows no zones: it is given the district's wall clock."""
    begin = storm.begin_at.astimezone(say.zone).replace(tzinfo=None, second=0, microsecond=0)
    latest = max((storm.end_at, *(entry.at for entry in entries)))
    end = latest.astimezone(say.zone).replace(tzinfo=None, second=0, microsecond=0) + STEP
    steps = -(-(end - begin) // STEP)
    wall = st.slider(say("manager.moment"), min_value=begin, max_value=begin + steps * STEP, value=begin + steps * STEP,
                     step=STEP, format="MM-DD HH:mm", key=f"moment_{storm.number}")
    return wall.replace(tzinfo=say.zone).astimezone(UTC)


def _figures(storm: Storm, history: History, cases: tuple[Case, ...], say: Speaker) -> str:
    found = figures(storm, history, cases)
    told = (("versions", found.versions), ("jobs", f"{found.cleared} / {found.jobs}"), ("inlets", found.inlets),
            ("silt", f"{found.silt_m3:.1f}"),
            ("incidents", f"{sum(found.incidents.values()) - sum(found.open_incidents.values())} / "
                          f"{sum(found.incidents.values())}"))
    return '<div class="xb-figures">' + "".join(
        f'<div><b>{escape(str(value))}</b><span>{escape(say(f"manager.figure_{name}"))}</span></div>'
        for name, value in told) + "</div>"


def _version(version: PlanVersion | None, at: datetime, say: Speaker) -> str:
    if version is None:
        return cards.notice("plain", say("manager.no_version", at=at))
    return cards.notice("plain", say("manager.version_then", number=version.number, at=version.published_at),
                        [say.message(change) for change in version.changes[:4]])


def _latest(entries: tuple[Entry, ...], at: datetime, say: Speaker) -> str:
    past = [entry for entry in entries if entry.at <= at]
    title = f'<div class="xb-head"><span>{escape(say("manager.latest"))}</span></div>'
    return title + _list(past[:-9:-1], say)


def _list(entries: list[Entry], say: Speaker) -> str:
    return '<ul class="xb-list xb-ledger">' + "".join(
        f'<li><time>{frames.hm(say, entry.at)}</time> <b>{escape(say(f"storm.kind_{entry.kind}"))}</b> '
        f'{escape(say.message(entry.what))}{f" <em>{escape(entry.by)}</em>" if entry.by else ""}</li>'
        for entry in entries) + "</ul>"


def _map(states: dict[str, str], version: PlanVersion | None, city: City, at: datetime, board: Board) -> None:
    say, browser = board.say, ask_browser(bool(board.settings.map.tiles))
    height = 280 if browser.narrow else MAP_HEIGHT
    frame = retrospect.segments_frame(states, version, city, at, say)
    drawing = maps.Drawing(
        outline=city.district.outline, segments=frame, roads=frames.road_labels(city, 340 if browser.narrow else 640),
        stations=frames.station_frame(city, say), palette=retrospect.COLOURS, paint=paint_of(board.theme),
        ground=board.settings.map)
    show_map(drawing, browser, height, 720, key="ledger_map")
    counts = frame["key"].value_counts()
    st.html(cards.legend((retrospect.COLOURS[key], say(f"manager.segment_{key}"),
                          say("board.segments", n=int(counts[key]))) for key in STATES if key in counts))


def _timeline(entries: tuple[Entry, ...], storm: Storm, at: datetime, board: Board) -> None:
    say = board.say
    frame = retrospect.timeline_frame(entries, say)
    if frame.empty:
        return
    margin = timedelta(minutes=10)
    ends = (frames.wall_ms(say, storm.begin_at - margin),
            max(int(frame["at_ms"].max()), frames.wall_ms(say, at)) + int(margin.total_seconds() * 1000))
    with st.container(key="wide_timeline"):
        show_chart(retrospect.timeline_chart, frame, frames.wall_ms(say, at), ends, say, paint_of(board.theme),
                   key="timeline")
