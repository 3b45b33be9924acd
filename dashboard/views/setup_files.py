"""A city's own files on the page of set-up: whose heading is which of ours, changed by hand, tried,
and taken.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboard.core.board import Board, named
from dashboard.render import markup
from data.errors import BadSheets, RowError
from data.files.table import FileTable
from data.model.city import City
from data.sheets.columns import Column
from data.sheets.foreign.mapping import WANTED, TableMapping
from data.sheets.foreign.synonyms import TARGETS
from data.sheets.foreign.take_in import TakenIn
from data.sheets.foreign.take_in_rows import Wanted
from ops.base.errors import Conflict
from ops.base.messages import Translator
from ops.district import city_files
from ops.district.listed_roads import listed_roads, streets_in_force
from ops.district.reading_apart import read_apart
from ops.district.uploads import read_files

MOST_TOLD = 40
_HELD = "city_files_held"


def digest(files: Mapping[str, bytes]) -> str:
    """What tells one upload from another."""
    told = hashlib.sha256()
    for name in sorted(files):
        told.update(name.encode() + b"\0" + files[name] + b"\0")
    return told.hexdigest()[:16]


def show(board: Board, files: Mapping[str, bytes], take: Callable[[City], None]) -> None:
    """The mapping of every table, what would come of it, and the button that takes it.

    Parameters
    ----------
    take
        What is done once the district is taken: pages forget what they held.
    """
    t, own = board.t, digest(files)
    try:
        tables = _tables(own, files)
        mappings = [
            _mapping(board, f"{own}_{number}", table, mapping)
            for number, (table, mapping) in enumerate(_proposed(board, own, tables))
        ]
        wanted = _wanted(board, own)
        asked = st.button(t("files.try"), key=f"try_{own}")
        if not asked and not _is_tried(own, mappings, wanted):
            return
        found = _tried(board, own, tables, mappings, wanted)
    except BadSheets as error:
        said = [_place(one, t) for one in error.errors]
        st.html(markup.notice("stop", t("files.cannot"), said))
        return
    _what_comes(board, own, tables, found)
    if not found.is_named:
        st.html(markup.notice("care", t("files.name_wanted")))
    if st.button(
        t("setup.take"),
        type="primary",
        key="take_files",
        icon=":material/check:",
        disabled=not found.is_named,
    ):
        try:
            city_files.taken(board.store, board.actor, tables, mappings, found, board.clock())
        except Conflict as refused:  # it is tried anew, upon the tables as they are now
            held_of(own).pop("tried")
            st.warning(markup.plain(t(refused.code, **refused.facts)))
            return
        st.session_state.pop(_HELD, None)
        take(found.city)


def held_of(own: str) -> dict:
    """What is held of this upload from one turn of the page to the next."""
    held = st.session_state.get(_HELD)
    if held is None or held["digest"] != own:
        held = st.session_state[_HELD] = {"digest": own}
    return held


def _tables(own: str, files: Mapping[str, bytes]) -> list[FileTable]:
    held = held_of(own)
    if "tables" not in held:
        held["tables"] = read_apart(read_files, files)
    return held["tables"]


def _proposed(
    board: Board, own: str, tables: Sequence[FileTable]
) -> list[tuple[FileTable, TableMapping]]:
    held = held_of(own)
    if "proposed" not in held:
        held["proposed"] = city_files.proposed(board.store, tables)
    return list(zip(tables, held["proposed"], strict=True))


def _is_tried(own: str, mappings: Sequence[TableMapping], wanted: Wanted) -> bool:
    return held_of(own).get("tried") == (tuple(mappings), wanted)


def _tried(
    board: Board,
    own: str,
    tables: Sequence[FileTable],
    mappings: Sequence[TableMapping],
    wanted: Wanted,
) -> TakenIn:
    held = held_of(own)
    if not _is_tried(own, mappings, wanted):
        pairs = list(zip(tables, mappings, strict=True))
        city = _tables_before(board)
        held["found"] = city_files.tried(pairs, city, wanted, streets_in_force(board.store))
        held["tried"] = (tuple(mappings), wanted)
    return held["found"]


def _mapping(board: Board, key: str, table: FileTable, proposed: TableMapping) -> TableMapping:
    """One table: what it becomes, its coordinate system, and our columns with their headings."""
    t = board.t
    names = {"": t("files.left_out")} | {
        name: layout.title(t.language) for name, layout in TARGETS.items()
    }
    title = t("files.sheet", sheet=table.name, n=table.count, target=names[proposed.target])
    with st.expander(markup.plain(title), expanded=bool(proposed.target), key=f"fold_{key}"):
        if proposed.remembered:
            st.html(markup.faint(t("files.remembered")))
        target = st.selectbox(
            t("files.becomes"),
            list(names),
            index=list(names).index(proposed.target),
            format_func=named(names),
            key=f"target_{key}",
        )
        mapping = city_files.changed(table, proposed, target=target)
        if not target:
            return mapping
        if table.geometry is not None or mapping.heading("lon") or mapping.heading("wkt"):
            system = st.text_input(
                t("files.system"),
                value=mapping.system_name,
                key=f"system_{key}_{target}",
                help=t("files.system_help"),
            )
            if mapping.at_streets is not None:
                st.html(markup.faint(t("files.at_streets", share=f"{mapping.at_streets:.0%}")))
            if system != mapping.system_name:
                mapping = city_files.changed(table, mapping, system=system)
        return _columns(board, f"{key}_{target}", table, mapping)


def _columns(board: Board, key: str, table: FileTable, mapping: TableMapping) -> TableMapping:
    t = board.t
    options = ["", *table.headings]
    halves = st.columns(2)
    shown = [
        column
        for column in TARGETS[mapping.target].columns
        if column.name != "crs" and (table.geometry is None or column.name not in _PLACES)
    ]
    for at, column in enumerate(shown):
        now = mapping.heading(column.name) or ""
        chosen = halves[2 * at // len(shown)].selectbox(
            _label(column, mapping, t),
            options,
            index=options.index(now),
            format_func=lambda heading: _offered(heading, table, t),
            key=f"column_{key}_{column.name}",
        )
        if chosen != now:
            mapping = city_files.changed(table, mapping, columns={column.name: chosen})
    return mapping


_PLACES = ("lon", "lat", "wkt", "line")


def _label(column: Column, mapping: TableMapping, t: Translator) -> str:
    """Our column, how sure its heading is, in what unit its figures are."""
    one = next((each for each in mapping.columns if each.column == column.name), None)
    needed = any(group == (column.name,) for group in WANTED.get(mapping.target, ()))
    sure = f" · {one.confidence:.0%}" if one else ""
    unit = f" · {one.unit}" if one and one.unit else ""
    return f"{column.heading(t.language)}{' *' if needed else ''}{sure}{unit}"


def _offered(heading: str, table: FileTable, t: Translator) -> str:
    if not heading:
        return t("files.nothing")
    samples = " | ".join(str(value)[:16] for value in table.sample(heading, 3)[:3])
    return t("name.more", what=heading, more=samples) if samples else heading


def _tables_before(board: Board) -> City | None:
    """The district's own tables, without the units that others lend it."""
    return None if board.store.is_empty() else board.store.tables()


def _wanted(board: Board, own: str) -> Wanted:
    t, city = board.t, board.city
    kept = city if city is not None and not city.district.sample else None
    name = st.text_input(
        t("files.name"), value=kept.district.name if kept else "", key=f"name_{own}"
    )
    zone = st.text_input(
        t("files.zone_of"),
        value=kept.district.time_zone if kept else "",
        placeholder="Asia/Shanghai",
        key=f"zone_{own}",
    )
    return Wanted(
        name=name.strip(),
        zone=zone.strip(),
        snap_m=board.settings.files.snap_m,
        listed=listed_roads(board.store),
    )


def _what_comes(board: Board, own: str, tables: Sequence[FileTable], found: TakenIn) -> None:
    t = board.t
    rows = tuple(f"{TARGETS[name].title(t.language)} {n}" for name, n in found.taken.items())
    told = [t.message(one) for one in found.told[:MOST_TOLD]]
    comes = t("files.comes", rows=rows, aside=len(found.aside))
    st.html(markup.notice("plain", comes, told))
    if not found.aside:
        return
    st.html(
        markup.table(
            [t("setup.error_place"), t("setup.error_what")],
            [(_where(one, t), t.message(one.message)) for one in found.aside[:MOST_TOLD]],
            "xb-scroll",
            t("setup.more_errors", n=len(found.aside) - MOST_TOLD)
            if len(found.aside) > MOST_TOLD
            else "",
        )
    )
    st.download_button(
        t("files.aside"),
        lambda: city_files.aside_table(tables, found.aside, t),
        key=f"aside_{own}",
        file_name=t("files.aside_file") + ".csv",
        on_click="ignore",
        icon=":material/download:",
    )


def _where(error: RowError, t: Translator) -> str:
    return t("setup.error_at", sheet=error.sheet, row=error.row or "—", column=error.column or "—")


def _place(error: RowError, t: Translator) -> str:
    said = t.message(error.message)
    return t("name.said", what=error.sheet, said=said) if error.sheet else said
