"""Taking in the district: our own tables as they are, a city's own files by a mapping that is shown
first.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from data.errors import BadSheets
from data.files.table import FileTable
from data.model.city import City
from data.sheets.foreign.mapping import TableMapping, can_be_in
from data.sheets.foreign.synonyms import TARGETS
from data.sheets.foreign.take_in import TakenIn
from data.sheets.foreign.take_in_rows import Wanted
from ops.base.errors import CommandError
from ops.base.messages import Translator
from ops.cli.context import Context
from ops.district import city_files
from ops.district.listed_roads import listed_roads, streets_in_force
from ops.district.reading_apart import Room, brought, of_the_machine, read_apart
from ops.district.tables import replace_city
from ops.district.uploads import is_foreign, read_files, read_upload
from ops.intake import operations

MOST_TOLD = 12


def add_to(cli: typer.Typer) -> None:
    """Give the command line this command."""
    cli.command("import")(import_)


def import_(
    context: typer.Context,
    sources: Annotated[
        list[Path],
        typer.Argument(
            help="本系统的 xlsx 或 CSV 文件夹；或城市自有文件（GIS、Excel、CSV）"
            " / our workbook or folder; or a city's own files"
        ),
    ],
    as_: Annotated[
        list[str] | None,
        typer.Option("--as", help="表=本系统的表，留空为不导入 / THEIRS=ours, blank: left out"),
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", help="表.列=对方表头 / THEIRS.our_column=their heading"),
    ] = None,
    crs: Annotated[
        list[str] | None,
        typer.Option(help="坐标系，或 表=坐标系 / system, or THEIRS=system"),
    ] = None,
    name: Annotated[str, typer.Option(help="辖区名称 / the district's name")] = "",
    adcode: Annotated[str, typer.Option(help="行政区划代码 / its code")] = "",
    zone: Annotated[str, typer.Option(help="时区 / time zone, e.g. Asia/Shanghai")] = "",
    aside: Annotated[
        Path | None, typer.Option(help="把未导入的行写到此 CSV / rows kept aside, as CSV")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="按所列导入 / take it as shown")] = False,
) -> None:
    """导入辖区数据。Take in the district's tables, or a city's own files."""
    ctx: Context = context.obj
    room = of_the_machine()
    city = _own(sources, room)
    if city is None:
        wanted = Wanted(
            name=name,
            adcode=adcode,
            zone=zone,
            snap_m=ctx.settings().files.snap_m,
            listed=listed_roads(ctx.store(create=True)),
        )
        said = (as_ or [], map_ or [], crs or [])
        tables = read_apart(read_files, brought(sources), room)
        city = _foreign(ctx, tables, said, wanted, aside, yes, ctx.clock())
    else:
        replace_city(ctx.store(create=True), ctx.actor(), city, ctx.clock())
    _told(ctx, city, ctx.clock())


def _own(sources: Sequence[Path], room: Room) -> City | None:
    """The city of our own tables; ``None`` where the files are somebody else's."""
    if len(sources) > 1:
        return None
    source, files = sources[0], brought(sources)
    if source.is_dir():  # our tables are CSV there, whatever lies beside them
        files = {name: files[name] for name in files if name.lower().endswith(".csv")} or files
    upload = read_apart(read_upload, files, room)
    if upload.city is None and not is_foreign(upload.errors):
        raise BadSheets(upload.errors)
    return upload.city


def _foreign(
    ctx: Context,
    tables: Sequence[FileTable],
    said: tuple[list[str], list[str], list[str]],
    wanted: Wanted,
    aside: Path | None,
    yes: bool,
    now: datetime,
) -> City:
    store = ctx.store(create=True)
    mappings = _changed(tables, city_files.proposed(store, tables), *said)
    for table, mapping in zip(tables, mappings, strict=True):
        ctx.out.print(mapping_table(table, mapping, ctx.t))
    current = None if store.is_empty() else store.tables()
    pairs = list(zip(tables, mappings, strict=True))
    found = city_files.tried(pairs, current, wanted, streets_in_force(store))
    _what_comes(ctx, found)
    if aside is not None:
        aside.write_bytes(city_files.aside_table(tables, found.aside, ctx.t))
    if not yes:
        raise CommandError("files.not_taken")
    city_files.taken(store, ctx.actor(), tables, mappings, found, now)
    return found.city


def _changed(
    tables: Sequence[FileTable],
    mappings: Sequence[TableMapping],
    as_: Sequence[str],
    map_: Sequence[str],
    crs: Sequence[str],
) -> list[TableMapping]:
    """The mappings with what was said on the command line."""
    by_name = {table.name: at for at, table in enumerate(tables)}
    found = list(mappings)

    def at(name: str) -> int:
        if name not in by_name:
            raise CommandError("files.no_such_sheet", sheet=name, known=tuple(by_name))
        return by_name[name]

    for entry in as_:
        name, _, target = entry.rpartition("=")
        number = at(name)
        found[number] = city_files.changed(tables[number], found[number], target=target)
    for entry in map_:
        left, _, heading = entry.partition("=")
        name, _, column = left.rpartition(".")
        number = at(name)
        found[number] = city_files.changed(tables[number], found[number], columns={column: heading})
    for entry in crs:
        name, _, system = entry.partition("=")
        numbers = [at(name)] if system else _placed_in(name, tables, found)
        for number in numbers:
            found[number] = city_files.changed(tables[number], found[number], system=system or name)
    return found


def _placed_in(
    system: str, tables: Sequence[FileTable], mappings: Sequence[TableMapping]
) -> list[int]:
    """The tables that a system said for all can be meant for: degrees are no metres."""
    pairs = zip(tables, mappings, strict=True)
    return [at for at, (table, one) in enumerate(pairs) if can_be_in(table, one.columns, system)]


def mapping_table(table: FileTable, mapping: TableMapping, t: Translator) -> Table:
    """Their headings beside ours, with samples and how sure the proposal is."""
    layout = TARGETS.get(mapping.target)
    target = layout.title(t.language) if layout else t("files.left_out")
    title = t(
        "files.mapped", sheet=table.name, target=target, n=table.count, system=mapping.system_name
    )
    if mapping.at_streets is not None:
        title += "\n" + t("files.at_streets", share=f"{mapping.at_streets:.0%}")
    shown = Table(title=title, title_justify="left")
    for word in ("ours", "theirs", "samples", "sure"):
        shown.add_column(t(f"files.col_{word}"))
    used = {one.heading: one for one in mapping.columns}
    for heading in table.headings:
        one = used.get(heading)
        ours = layout.column(one.column).heading(t.language) if layout and one else "—"
        unit = f" [{one.unit}]" if one and one.unit else ""
        samples = " | ".join(str(value)[:20] for value in table.sample(heading, 3)[:3])
        sure = f"{one.confidence:.0%}" if one else ""
        shown.add_row(ours, heading + unit, samples, sure)
    return shown


def _what_comes(ctx: Context, found: TakenIn) -> None:
    for message in found.told[:MOST_TOLD]:
        ctx.step(message.code, **message.facts)
    if len(found.told) > MOST_TOLD:
        ctx.step("files.more", n=len(found.told) - MOST_TOLD)
    rows = [f"{TARGETS[name].title(ctx.t.language)} {count}" for name, count in found.taken.items()]
    ctx.step("files.comes", rows=tuple(rows), aside=len(found.aside))
    for error in found.aside[:MOST_TOLD]:
        facts = {"sheet": error.sheet, "row": error.row or "-", "column": error.column or "-"}
        ctx.step("cli.row_error", what=error.message, **facts)


def _told(ctx: Context, city: City, now: datetime) -> None:
    store = ctx.store()
    if store.operations.current() is None:
        operations.begin_real(store, now)
    ctx.step(
        "cli.imported",
        segments=len(city.segments),
        inlets=len(city.inlets),
        crews=len(city.crews),
        machines=len(city.machines),
        blockages=len(city.blockages),
    )
