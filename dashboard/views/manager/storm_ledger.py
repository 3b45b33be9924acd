"""The ledger of one storm, replayed on a slider: which plan was in force then, and how every
segment stood.
"""

from datetime import datetime, timedelta

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.browser import probe_browser
from dashboard.core.render_cache import show_chart, show_map
from dashboard.model.situation import Situation
from dashboard.render import frames, manager_charts, maps, markup
from dashboard.render.colours import paint_of
from dashboard.views import photos
from data.model.city import City
from data.model.plan import PlanVersion
from data.model.wall_clock import instant_of
from ops.analytics.case import Case
from ops.analytics.history import History
from ops.analytics.storm_ledger import STATES, Entry, Storm, figures, in_force_at, segments_at
from ops.base.messages import Translator
from ops.field.photos import pictures_of

STEP = timedelta(minutes=5)
MAP_HEIGHT = 380


def show(
    board: Board,
    situation: Situation,
    history: History,
    storm: Storm,
    cases: tuple[Case, ...],
    entries: tuple[Entry, ...],
) -> None:
    """The slider and what it shows: version, map, time line, entries up to then."""
    t, city = board.t, situation.city
    st.html(_figures(storm, history, cases, t))
    at = _slider(storm, entries, t)
    outline = in_force_at(history, at)
    version = board.version(history.operation.id, outline.number) if outline else None
    states = segments_at(version, history, city, at)
    left, right = st.columns([0.42, 0.58], gap="small")
    with left:
        st.html(_version(version, at, t) + _latest(entries, at, t))
    with right:
        _map(states, version, city, at, board)
    _timeline(entries, storm, at, board)
    _pictures(storm, history, at, board)
    with st.expander(t("manager.all_entries", n=len(entries)), key="fold_entries"):
        st.html(_list(list(entries), t))


def _slider(storm: Storm, entries: tuple[Entry, ...], t: Translator) -> datetime:
    """The moment looked at. The slider knows no zones: it is given the district's wall clock."""
    begin = storm.begin_at.astimezone(t.zone).replace(tzinfo=None, second=0, microsecond=0)
    latest = max((storm.end_at, *(entry.at for entry in entries)))
    end = latest.astimezone(t.zone).replace(tzinfo=None, second=0, microsecond=0) + STEP
    steps = -(-(end - begin) // STEP)
    wall = st.slider(
        t("manager.moment"),
        min_value=begin,
        max_value=begin + steps * STEP,
        value=begin + steps * STEP,
        step=STEP,
        format="MM-DD HH:mm",
        key=f"moment_{storm.number}",
    )
    return instant_of(wall, t.zone)


def _figures(storm: Storm, history: History, cases: tuple[Case, ...], t: Translator) -> str:
    totals = figures(storm, history, cases)
    reported, still_open = sum(totals.incidents.values()), sum(totals.open_incidents.values())
    values = {
        "versions": f"{totals.versions}",
        "jobs": f"{totals.cleared} / {totals.jobs}",
        "inlets": f"{totals.inlets}",
        "silt": f"{totals.silt_m3:.1f}",
        "incidents": f"{reported - still_open} / {reported}",
        "calls": f"{sum(totals.calls.values())}",
    }
    boxes = (
        markup.tag("div", markup.tag("b", value), markup.tag("span", t(f"manager.figure_{name}")))
        for name, value in values.items()
    )
    return markup.tag("div", boxes, cls="xb-figures")


def _version(version: PlanVersion | None, at: datetime, t: Translator) -> str:
    if version is None:
        return markup.notice("plain", t("manager.no_version", at=at))
    return markup.notice(
        "plain",
        t("manager.version_then", number=version.number, at=version.published_at),
        [t.message(change) for change in version.changes[:4]],
    )


def _latest(entries: tuple[Entry, ...], at: datetime, t: Translator) -> str:
    past = [entry for entry in entries if entry.at <= at]
    return markup.head(t("manager.latest")) + _list(past[:-9:-1], t)


def _list(entries: list[Entry], t: Translator) -> str:
    return markup.bullets((_line(entry, t) for entry in entries), "xb-list xb-ledger")


def _line(entry: Entry, t: Translator) -> markup.Html:
    kind, text = t(f"storm.kind_{entry.kind}"), t.message(entry.what)
    by = (" ", markup.tag("em", t.actor(entry.by))) if entry.by else ()
    time = markup.tag("time", frames.hm(t, entry.at))
    return markup.html(time, " ", markup.tag("b", kind), f" {text}", by)


def _map(
    states: dict[str, str], version: PlanVersion | None, city: City, at: datetime, board: Board
) -> None:
    t, browser = board.t, probe_browser(bool(board.settings.map.tiles))
    height = 280 if browser.narrow else MAP_HEIGHT
    frame = manager_charts.segments_frame(states, version, city, at, t)
    drawing = maps.Drawing(
        outline=city.district.outline,
        segments=frame,
        stations=frames.station_frame(city, t),
        palette=manager_charts.COLOURS,
        hollow=manager_charts.HOLLOW,
        paint=paint_of(board.theme),
        ground=board.settings.map,
    )
    show_map(drawing, browser, t, height, 720, key="ledger_map")
    counts = frame["key"].value_counts()
    st.html(
        markup.legend(
            (
                markup.swatch(manager_charts.COLOURS[key], key in manager_charts.HOLLOW),
                t(f"manager.segment_{key}"),
                t("board.segments", n=int(counts[key])),
            )
            for key in STATES
            if key in counts
        )
    )


def _pictures(storm: Storm, history: History, at: datetime, board: Board) -> None:
    """The pictures of the storm until then, folded away."""
    events = [one for one in history.events if storm.has(one.happened_at) and one.happened_at <= at]
    calls = [one for one in history.incidents if storm.has(one.received_at)]
    found = pictures_of(events, [one for one in calls if one.received_at <= at])
    if found:
        with st.expander(board.t("photo.title", n=len(found)), key="fold_photos"):
            photos.show(found, board)


def _timeline(entries: tuple[Entry, ...], storm: Storm, at: datetime, board: Board) -> None:
    t = board.t
    frame = manager_charts.timeline_frame(entries, t)
    if frame.empty:
        return
    margin = timedelta(minutes=10)
    ends = (
        frames.wall_ms(t, storm.begin_at - margin),
        max(int(frame["at_ms"].max()), frames.wall_ms(t, at)) + int(margin.total_seconds() * 1000),
    )
    with st.container(key="wide_timeline"):
        show_chart(
            manager_charts.timeline_chart,
            frame,
            frames.wall_ms(t, at),
            ends,
            t,
            paint_of(board.theme),
            key="timeline",
        )
