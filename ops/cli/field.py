"""``xunban incident``, ``xunban unit`` and ``xunban link``: what the desk hears, and links taken
back.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from data.model.city import City
from data.model.message import Message
from ops.auth.api_tokens import names, new_token, revoke_token
from ops.base.errors import CommandError
from ops.cli.context import Context, Plainly
from ops.district.places import in_wgs84
from ops.field.calls import incidents
from ops.field.calls.incident_csv import read_csv
from ops.field.calls.incident_jobs import call_line, matter_line, taken
from ops.field.calls.incidents import IncidentReport
from ops.field.calls.matters import Matter, matters
from ops.field.outages import bring_back, take_out
from ops.notifications.signed_links import Links

incident_cli = typer.Typer(
    cls=Plainly, no_args_is_help=True, help="险情：报告、导入、列出、关闭、拆分、合并。Incidents."
)
unit_cli = typer.Typer(
    cls=Plainly, no_args_is_help=True, help="班组和机械：停用、恢复。Crews and machines: out, back."
)
token_cli = typer.Typer(
    cls=Plainly, no_args_is_help=True, help="平台令牌：新建、列出、收回。Tokens of platforms."
)
link_cli = typer.Typer(
    cls=Plainly, no_args_is_help=True, help="手机链接：收回。Signed links: take back."
)
By = Annotated[str, typer.Option("--by", help="谁 / who")]
MOST_BYTES = 5_000_000


def add_to(cli: typer.Typer) -> None:
    """Give the command line these commands."""
    for name, group in (
        ("incident", incident_cli),
        ("unit", unit_cli),
        ("link", link_cli),
        ("token", token_cli),
    ):
        cli.add_typer(group, name=name)


@incident_cli.command()
def report(
    context: typer.Context,
    kind: Annotated[
        str, typer.Argument(help="blocked_inlet standing_water burst_pipe fallen_tree ...")
    ],
    by: By,
    segment: Annotated[str, typer.Option(help="路段编号 / segment id")] = "",
    lon: float | None = None,
    lat: float | None = None,
    crs: Annotated[str, typer.Option(help="坐标系 / e.g. gcj02, bd09, EPSG:4547")] = "wgs84",
    depth: Annotated[float | None, typer.Option(help="积水深度，厘米 / depth in cm")] = None,
    text: Annotated[str, typer.Option(help="说明 / in words")] = "",
) -> None:
    """报告险情；有新情况即重新排班。Report an incident; what is new asks for a plan."""
    ctx: Context = context.obj
    store = ctx.store()
    current, city = ctx.operation(store), store.city()
    now = ctx.now(current)
    incident = IncidentReport(
        kind=kind,
        by=by,
        source="desk",
        reported_at=now,
        segment_id=segment or None,
        depth_cm=depth,
        text=text,
        position=in_wgs84(lon, lat, crs),
    )
    stored, _ = incidents.report(
        store, current, ctx.actor(by), incident, now, ctx.settings().incident
    )
    became = taken(stored, store.field.incidents(current.id, open_only=True), city)
    ctx.step(became.code, **became.facts)


@incident_cli.command("import")
def import_(context: typer.Context, source: Annotated[Path, typer.Argument(help="CSV")]) -> None:
    """从CSV导入险情；有错则全部不收。Take incidents from a CSV; with an error in any row, none."""
    ctx: Context = context.obj
    if not source.is_file() or source.stat().st_size > MOST_BYTES:
        raise CommandError("cli.unreadable", path=str(source), detail="-")
    store = ctx.store()
    current = ctx.operation(store)
    now = ctx.now(current)
    found = read_csv(
        source.read_bytes(), source.name, current, store.city(), now, ctx.settings().incident
    )
    kept = incidents.report_all(store, current, ctx.actor(), found, now, ctx.settings().incident)
    new = sum(is_new for _, is_new in kept)
    ctx.step("incident.imported", new=new, known=len(found) - new)


@incident_cli.command("list")
def list_(
    context: typer.Context,
    closed: Annotated[bool, typer.Option("--all", help="包括已关闭 / closed ones too")] = False,
) -> None:
    """列出险情：同一件的来电排在一起。List incidents: calls about the same matter together."""
    ctx: Context = context.obj
    store = ctx.store()
    city = store.city()
    calls = store.field.incidents(ctx.operation(store).id, open_only=not closed)
    lines = [line for matter in matters(calls) for line in _lines(matter, city)]
    for line in lines or [Message("incident.none")]:
        ctx.out.print(ctx.t.message(line), soft_wrap=True)


def _lines(matter: Matter, city: City) -> Iterator[Message]:
    """A single call in one line; of several what they add up to, and below it each of them."""
    yield matter_line(matter, city)
    if matter.count > 1:
        for one in matter.calls:
            yield Message("incident.within", {"line": call_line(one, city)})


@incident_cli.command()
def close(
    context: typer.Context,
    number: int,
    by: By,
    alone: Annotated[
        bool, typer.Option("--alone", help="只关闭这一个来电 / this call only")
    ] = False,
) -> None:
    """关闭险情，同一件的来电一并关闭。Close an incident with all calls about the same matter."""
    ctx: Context = context.obj
    store = ctx.store()
    current = ctx.operation(store)
    if number not in {one.id for one in store.field.incidents(current.id, open_only=True)}:
        raise CommandError("incident.not_open", number=number)
    ended = incidents.close(store, current, ctx.actor(by), number, ctx.now(current), alone)
    ctx.step("incident.closed_all" if ended > 1 else "incident.closed", number=number, n=ended)


@incident_cli.command()
def split(context: typer.Context, number: int, by: By) -> None:
    """拆出一个来电：不是同一件。Split a call off: it is about something else."""
    ctx: Context = context.obj
    store = ctx.store()
    current = ctx.operation(store)
    incidents.split(store, current, ctx.actor(by), number, ctx.now(current))
    ctx.step("incident.split", number=number)


@incident_cli.command()
def join(context: typer.Context, number: int, to: int, by: By) -> None:
    """合并两件险情：是同一件。Join two incidents: they are about the same."""
    ctx: Context = context.obj
    store = ctx.store()
    current = ctx.operation(store)
    incidents.join(store, current, ctx.actor(by), number, to, ctx.now(current))
    ctx.step("incident.joined", number=number, to=to)


@unit_cli.command()
def out(
    context: typer.Context,
    unit: Annotated[str, typer.Argument(help="班组或机械编号 / id")],
    by: By,
    reason: Annotated[str, typer.Option(help="原因 / why")] = "",
) -> None:
    """停用，并重新排班。Out of action; asks for a plan."""
    ctx: Context = context.obj
    store = ctx.store()
    current = ctx.operation(store)
    take_out(store, current, ctx.actor(by), unit, reason, ctx.now(current))
    ctx.step("unit.out", unit=unit)


@unit_cli.command()
def back(
    context: typer.Context, unit: Annotated[str, typer.Argument(help="班组或机械编号 / id")], by: By
) -> None:
    """恢复，并重新排班。Back again; asks for a plan."""
    ctx: Context = context.obj
    store = ctx.store()
    current = ctx.operation(store)
    bring_back(store, current, ctx.actor(by), unit, ctx.now(current))
    ctx.step("unit.back", unit=unit)


@link_cli.command()
def revoke(
    context: typer.Context,
    station: Annotated[str, typer.Argument(help="管理站编号 / station id")],
    by: By,
) -> None:
    """收回一个站现有的全部链接。Take back all links that a station has now."""
    ctx: Context = context.obj
    store = ctx.store()
    if station not in store.city().station_by_id:
        raise CommandError("cli.no_station", station=station)
    Links(store, ctx.settings().notify, ctx.clock).revoke_station(ctx.actor(by), station)
    ctx.step("link.taken_back", station=station)


@token_cli.command("new")
def token_new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="平台名 / the platform's name")],
) -> None:
    """新建令牌，只显示一次。Make a token; it is shown once."""
    ctx: Context = context.obj
    secret = new_token(ctx.store(), ctx.actor(), name, ctx.clock())
    ctx.step("token.made", name=name)
    print(secret)


@token_cli.command("list")
def token_list(context: typer.Context) -> None:
    """列出令牌。List the tokens in force."""
    ctx: Context = context.obj
    for name, token in names(ctx.store()).items():
        ctx.out.print(ctx.t("token.line", name=name, at=datetime.fromisoformat(token["made_at"])))


@token_cli.command("revoke")
def token_revoke(context: typer.Context, name: str) -> None:
    """收回令牌。Take a token back."""
    ctx: Context = context.obj
    revoke_token(ctx.store(), ctx.actor(), name, ctx.clock())
    ctx.step("token.revoked", name=name)
