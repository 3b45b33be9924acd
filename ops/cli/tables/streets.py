"""``xunban street``: the street map, and streets closed, slow and open again."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from data.model.city import Position
from data.store.store import Store
from data.streets.reading import streets_of_files
from ops.base.errors import CommandError
from ops.cli.context import Context, Plainly, time_of
from ops.district.listed_roads import (
    line_of_text,
    listed_roads,
    name_of,
    place_road,
    road_called,
    waiting,
)
from ops.district.reading_apart import brought, of_the_machine, read_apart
from ops.field.water.closure_table import read_closures
from ops.field.water.street_closures import ClosureOrder, close_all, close_street, open_street
from ops.intake.streets import load_streets, network_in_force, what_the_map_holds
from ops.replanning.ways_in_force import all_closures
from ops.ways.closures import line_of

street_cli = typer.Typer(
    cls=Plainly, no_args_is_help=True, help="道路：路网、封闭、恢复。Streets: map, closed, open."
)
By = Annotated[str, typer.Option("--by", help="谁 / who")]


@street_cli.command()
def load(
    context: typer.Context,
    source: Annotated[
        Path, typer.Argument(help=".osm.pbf .osm .geojson .zip (Shapefile) .gpkg .kml")
    ],
    system: Annotated[
        str, typer.Option(help="坐标系，文件里没写时 / coordinate system, where the file has none")
    ] = "",
) -> None:
    """装入路网文件，行车时间改按道路计算。Take a street file: ways go over streets from now on."""
    ctx: Context = context.obj
    store = ctx.store()
    read = partial(streets_of_files, system=system or None)
    streets = read_apart(read, brought([source]), of_the_machine())
    loaded, new = load_streets(store, ctx.actor(), streets, ctx.clock())
    ctx.step(
        "street_map.loaded" if new else "street_map.same", path=loaded.source, n=loaded.streets
    )
    _tell_map(ctx, store)


@street_cli.command()
def show(context: typer.Context) -> None:
    """路网和封闭情况。The street map, and what is closed or slow."""
    ctx: Context = context.obj
    store = ctx.store()
    _tell_map(ctx, store)
    current = store.operations.current()
    if current is None:
        return
    now = ctx.now(current)
    for closure in all_closures(store, current, store.city(), ctx.settings()):
        if not closure.is_over(now):
            line = ctx.t("street_map.line", number=closure.id or "-", what=line_of(closure))
            ctx.out.print(line, soft_wrap=True)


def _tell_map(ctx: Context, store: Store) -> None:
    city = None if store.is_empty() else store.city()
    for told in what_the_map_holds(network_in_force(store), ctx.settings().ways, city):
        ctx.step(told.code, **told.facts)


def _until(ctx: Context, written: str) -> datetime | None:
    return ctx.instant(time_of(written)) if written else None


@street_cli.command()
def close(
    context: typer.Context,
    by: By,
    segment: Annotated[str, typer.Option(help="路段编号 / segment id")] = "",
    line: Annotated[str, typer.Option(help="走向：经度,纬度 经度,纬度 / lon,lat lon,lat")] = "",
    name: Annotated[str, typer.Option(help="名称 / what it is called")] = "",
    slow: Annotated[
        float, typer.Option(help="剩余车速，0 为封闭 / share of the speed left, 0: closed")
    ] = 0.0,
    begins: Annotated[str, typer.Option("--from", help="何时起 / from when on")] = "",
    ends: Annotated[str, typer.Option("--to", help="到何时 / until when")] = "",
    reason: Annotated[str, typer.Option(help="原因 / why")] = "",
    entry: Annotated[
        bool, typer.Option(help="作业人员可步行进入 / who works there gets in on foot")
    ] = True,
) -> None:
    """封闭道路或标为缓行，并重新排班。Close or slow a street; asks for a plan."""
    ctx: Context = context.obj
    store = ctx.store()
    current = ctx.operation(store)
    order = ClosureOrder(
        segment_id=segment or None,
        line=_line(line),
        name=name,
        speed_share=slow,
        entry=entry,
        reason=reason,
        from_at=_until(ctx, begins),
        to_at=_until(ctx, ends),
    )
    kept, _ = close_street(store, current, ctx.actor(by), order, ctx.now(current))
    ctx.step("street_map.line", number=kept.id, what=line_of(kept))


def _line(written: str) -> tuple[Position, ...]:
    try:
        pairs = [tuple(map(float, pair.split(","))) for pair in written.split()]
        return tuple((lon, lat) for lon, lat in pairs)
    except ValueError:
        raise CommandError("closure.bad_line", line=written) from None


@street_cli.command("open")
def open_(context: typer.Context, number: int, by: By) -> None:
    """恢复通行，并重新排班。Open again; asks for a plan."""
    ctx: Context = context.obj
    store = ctx.store()
    current = ctx.operation(store)
    was = open_street(store, current, ctx.actor(by), number, ctx.now(current))
    ctx.step("closure.opened", name=was.name)


@street_cli.command("import")
def import_(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(help="CSV / Excel")],
    by: By,
) -> None:
    """从表格导入封闭；有错则全部不收。Take closures from a table: all or none."""
    ctx: Context = context.obj
    store = ctx.store()
    current = ctx.operation(store)
    now = ctx.now(current)
    orders = read_closures(source, store.city(), now)
    kept = close_all(store, current, ctx.actor(by), orders, now)
    new = sum(is_new for _, is_new in kept)
    ctx.step("closure.imported", new=new, known=len(kept) - new)


@street_cli.command("list")
def listed(context: typer.Context) -> None:
    """道路清单：哪些还没有位置。The road list: which roads have no place yet."""
    ctx: Context = context.obj
    store = ctx.store()
    lost = {road.id for road in waiting(store)}
    ctx.step("listed.count", n=len(listed_roads(store)), waiting=len(lost))
    for road in listed_roads(store):
        state = ctx.t("listed.waits" if road.id in lost else "listed.has_place")
        name = ctx.t.message(name_of(road))
        ctx.out.print(f"{road.id}  {name}  {road.count}  {state}", soft_wrap=True)


@street_cli.command()
def place(
    context: typer.Context,
    road: Annotated[str, typer.Argument(help="清单里的编号或路名 / its id or name in the list")],
    at: Annotated[
        str, typer.Option(help="起点、拐点、止点 / its start, bends, end: lon,lat lon,lat")
    ],
    system: Annotated[
        str, typer.Option(help="坐标系，默认 WGS-84 / coordinate system, e.g. gcj02, EPSG:4547")
    ] = "",
) -> None:
    """给清单里的道路定位置，或重新定；雨水口沿线分布。Give a listed road its place, or another."""
    ctx: Context = context.obj
    store = ctx.store()
    found = road_called(store, road)
    city = place_road(store, ctx.actor(), found.id, line_of_text(at, system), ctx.clock())
    drawn = sum(found.is_drawn(one.id) for one in city.segments)
    ctx.step("listed.placed", road=name_of(found), n=found.count, segments=drawn)
