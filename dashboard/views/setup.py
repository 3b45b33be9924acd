"""Setting up without a console: what is amiss in the district's tables, and new tables taken in
from Excel.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import pandas as pd
import streamlit as st

from dashboard.core.board import Board, forget, safe
from dashboard.core.render_cache import svg_map
from dashboard.core.surface import surface
from dashboard.render import colours, frames, maps, markup
from dashboard.views import setup_files, setup_roads, setup_streets, setup_ways
from data.errors import BadSheets, RowError
from data.model.city import City
from ops.auth.permissions import Action
from ops.base.messages import Translator
from ops.district.data_quality import Finding, Severity, check_data_quality
from ops.district.reading_apart import read_apart
from ops.district.tables import replace_city, template, workbook
from ops.district.uploads import Upload, is_foreign, read_upload
from ops.field.water.inlet_record import kept_tables
from ops.intake.operations import begin_real
from ops.intake.sample import load_sample

MOST_NAMES = 8  # of one finding; the rest is counted
MOST_JUDGED = 4  # districts whose findings are kept
MOST_ERRORS = 60  # more at once are not read anyway
SHEETS = ("stations", "segments", "inlets", "shifts", "crews", "machines", "drivers", "blockages")
PAINT = {"found": "#C8141A", "sound": "#7C93A8"}
SIGN = {Severity.STOPS: "stop", Severity.WORSENS: "care", Severity.NOTE: "plain"}


@safe
def show(board: Board) -> None:
    """The whole page."""
    t = board.t
    if not board.may(Action.SEE_SETUP):
        st.html(markup.notice("stop", t("setup.not_for_you"), alone=True))
        return
    city = board.city
    if city is None:
        _first_choices(board)
    else:
        _findings(board, city)
    _exchange(board, city)
    setup_streets.show(board)
    setup_roads.show(board)
    setup_ways.show(board)


def _today(board: Board) -> date:
    """The date of the operation that is on: a drill of years ago has its own."""
    operation, real_now = board.store.operations.current(), board.clock()
    return (operation.now(real_now) if operation else real_now).astimezone(board.t.zone).date()


@st.cache_resource(show_spinner=False, max_entries=MOST_JUDGED, hash_funcs={City: id})
def _judge(city: City, today: date) -> tuple[City, Sequence[Finding]]:
    """What is amiss in tables, found once and not at each turn of the page; with the tables, lest
    others get their number meanwhile.
    """
    return city, check_data_quality(city, today)


def _first_choices(board: Board) -> None:
    t = board.t
    st.html(
        markup.notice(
            "plain",
            t("setup.first_title"),
            [t("setup.first_sample"), t("setup.first_own"), t("setup.first_template")],
        )
    )
    if st.button(
        t("setup.load_sample"), type="primary", key="load_sample", icon=":material/play_circle:"
    ):
        load_sample(board.store, board.actor, board.clock())
        st.cache_resource.clear()
        st.rerun()


def _findings(board: Board, city: City) -> None:
    t = board.t
    _, problems = _judge(city, _today(board))
    st.html(markup.head(t("setup.title"), counts(city, t)))
    findings = "".join(card(finding, t) for finding in problems)
    left, right = st.columns([1.15, 1])
    with left:
        st.html(findings or markup.notice("plain", t("setup.sound"), [t("setup.sound_do")]))
    with right:
        st.html(markup.head(t("setup.map_title")))
        drawing = map_drawing(city, problems, board.clock(), t, colours.paint_of(board.theme))
        surface(svg_map(drawing, 560, 420, zoom=True), t, "setup_map")
        st.html(
            markup.legend(
                (markup.swatch(colour), t(f"setup.map_{key}"), "") for key, colour in PAINT.items()
            )
        )


def counts(city: City, t: Translator) -> str:
    """How much of everything there is, in one line."""
    return t("setup.counts", **{sheet: len(getattr(city, sheet)) for sheet in SHEETS})


def card(finding: Finding, t: Translator) -> str:
    """One finding: what, what to do, and in which sheet."""
    shown = finding.subjects[:MOST_NAMES]
    if len(finding.subjects) > MOST_NAMES:
        shown = (*shown, t("setup.and_more", n=len(finding.subjects) - MOST_NAMES))
    what = t(finding.message.code, n=len(finding.subjects), which=shown)
    return markup.notice(
        SIGN[finding.severity],
        what,
        [
            t.message(finding.remedy),
            t(
                f"setup.gravity_{finding.severity.name.lower()}",
                sheet=t(f"setup.sheet_{finding.sheet}"),
            ),
        ],
    )


def map_drawing(
    city: City, problems: Sequence[Finding], now: datetime, t: Translator, paint: colours.Paint
) -> maps.Drawing:
    """The segments coloured by whether something is amiss there, and all marked places."""
    marked = {place for finding in problems for place in finding.places}
    segments = frames.segment_frame(None, (), city, now, t, "state")
    segments["key"] = [
        "found" if city.segment_by_id[name].middle in marked else "sound"
        for name in segments["segment_id"]
    ]
    rows = [
        {
            "text": "▲ " + t("name.text", text=finding.subjects[n]),
            "lon": place[0],
            "lat": place[1],
            "detail": t.message(finding.message),
        }
        for finding in problems
        if finding.sheet in ("inlets", "stations") and len(finding.places) <= MOST_NAMES
        for n, place in enumerate(finding.places)
    ]
    stations = frames.station_frame(city, t)
    marks = [pd.DataFrame(rows, columns=stations.columns)] if rows else []
    return maps.Drawing(
        outline=city.district.outline,
        segments=segments,
        stations=pd.concat([stations, *marks]),
        palette=PAINT,
        paint=paint,
    )


def _exchange(board: Board, city: City | None) -> None:
    t = board.t
    st.html(markup.head(t("setup.exchange")))
    with st.container(horizontal=True, key="setup_downloads"):
        if city is not None:
            st.download_button(
                t("setup.export"),
                lambda: workbook(kept_tables(board.store), t.language),
                key="export_city",
                file_name=t("setup.export_file", name=city.district.name) + ".xlsx",
                on_click="ignore",
                icon=":material/download:",
            )
        st.download_button(
            t("setup.template"),
            lambda: template(t.language),
            key="template_city",
            file_name=t("setup.template_file") + ".xlsx",
            on_click="ignore",
            icon=":material/description:",
        )
    if not board.may(Action.REPLACE_CITY):
        return
    # the button's own word can't be set and is English
    word = "[data-testid=stFileUploaderDropzone] button p"
    own = f"{word}::after {{ font-size:14px; content:'{t('setup.choose_file')}' }}"
    st.html(markup.stylesheet(f"{word} {{ font-size:0 }} {own}"))
    files = st.file_uploader(
        t("setup.upload"),
        accept_multiple_files=True,
        key=f"city_files_{st.session_state.get('taken', 0)}",  # a new one once it is taken
        help=t("setup.upload_help"),
    )
    if files:
        brought = {file.name: file.getvalue() for file in files}
        upload = _read(brought)
        if upload.city is None and is_foreign(upload.errors):
            setup_files.show(board, brought, lambda taken: _taken(board, taken))
        else:
            _judged(board, city, upload)


def _read(brought: Mapping[str, bytes]) -> Upload:
    """The files as our own tables; read once, however often the page is drawn."""
    held = setup_files.held_of(setup_files.digest(brought))
    if "upload" not in held:
        try:
            held["upload"] = read_apart(read_upload, brought)
        except BadSheets as error:
            held["upload"] = Upload(None, error.errors)
    return held["upload"]


def _judged(board: Board, city: City | None, upload: Upload) -> None:
    t = board.t
    if upload.city is None:
        st.html(
            markup.notice("stop", t("setup.refused", n=len(upload.errors)), [t("setup.refused_do")])
            + error_table(upload, t)
        )
        return
    st.html(
        markup.notice(
            "plain", t("setup.readable", name=upload.city.district.name), [t("setup.readable_do")]
        )
        + difference(city, upload.city, t)
        + "".join(
            card(finding, t)
            for finding in _judge(upload.city, _today(board))[1]
            if finding.severity is Severity.STOPS
        )
    )
    if st.button(t("setup.take"), type="primary", key="take_city", icon=":material/check:"):
        _take(board, upload.city)


def _take(board: Board, city: City) -> None:
    replace_city(board.store, board.actor, city, board.clock())
    _taken(board, city)


def _taken(board: Board, city: City) -> None:
    """Begin where nothing was, and let go of what the pages held of the tables before."""
    if board.store.operations.current() is None:
        begin_real(board.store, board.clock())
    st.cache_resource.clear()
    forget()
    st.session_state["taken"] = st.session_state.get("taken", 0) + 1
    st.toast(markup.plain(board.t("setup.taken", name=city.district.name)), duration="long")
    st.rerun()


def error_table(upload: Upload, t: Translator) -> str:
    """Every error beside the row as it is written."""
    more = len(upload.errors) - MOST_ERRORS
    return markup.table(
        [t(f"setup.error_{name}") for name in ("place", "what", "row")],
        (_error_row(error, upload, t) for error in upload.errors[:MOST_ERRORS]),
        "xb-scroll",
        t("setup.more_errors", n=more) if more > 0 else "",
    )


def _error_row(error: RowError, upload: Upload, t: Translator) -> tuple[str, str, str]:
    place = t("setup.error_at", sheet=error.sheet, row=error.row or "—", column=error.column or "—")
    cells = " ｜ ".join(cell[:40] for cell in upload.row(error.sheet, error.row) if cell)
    return place, markup.tag("b", t.message(error.message)), cells


def difference(before: City | None, after: City, t: Translator) -> str:
    """How many rows each sheet has now and would have."""
    rows = (
        (
            t(f"setup.sheet_{sheet}"),
            str(len(getattr(before, sheet))) if before else "—",
            markup.tag("b", str(len(getattr(after, sheet)))),
        )
        for sheet in SHEETS
    )
    return markup.table([t(f"setup.{name}") for name in ("sheet", "before", "after")], rows, "")
