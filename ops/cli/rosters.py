"""``xunban roster``: a fair month proposed for one station or for all, put in only when asked."""

import json
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated

import typer

from data.model.city import City, Station
from data.model.message import Message
from data.model.operation import Operation
from data.store.store import Store
from ops.base.errors import CommandError, Conflict
from ops.cli.context import Context, Plainly
from ops.cli.documents import Xlsx, files, write
from ops.district.reading_apart import ApartFailed, of_the_machine
from ops.district.roster_changes import rostered_city
from ops.district.rosters import home_of
from ops.documents.spreadsheets import as_excel
from ops.documents.tables import Table
from ops.documents.workload_tables import month_table
from ops.planning.on_duty.fair_month import headline
from ops.replanning.month_proposals import Proposed, propose, proposed, take_in

roster_cli = typer.Typer(
    cls=Plainly, no_args_is_help=True, help="排班表：公平排月。Rosters: a fair month."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of one station: its month, how many days were put in (``None``: not asked for), or
    what stood in the way.
    """

    station: Station
    found: Proposed | None = None
    changed: int | None = None
    failed: Message | None = None


@roster_cli.callback()
def rosters() -> None:
    """排班表：公平排月。Rosters: a fair month."""


@roster_cli.command()
def month(
    context: typer.Context,
    of: Annotated[
        str,
        typer.Option("--month", help="哪个月，默认下个月 / which, the next by default: 2022-08"),
    ] = "",
    station: Annotated[str, typer.Option(help="一个站，默认各站 / one station, else all")] = "",
    put: Annotated[bool, typer.Option("--put-in", help="排好就采用 / put it in")] = False,
    by: Annotated[str, typer.Option("--by", help="谁 / who")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
    xlsx: Xlsx = None,
) -> None:
    """各站公平排月，存着，等人在“排班”页看过采用；加 --put-in 才改排班表。

    Propose a fair month for every station and keep it for the page Rosters; the roster changes with
    --put-in alone. Days that have come stay as they are.
    """
    ctx: Context = context.obj
    targets, store = files(None, xlsx), ctx.store()
    operation = ctx.operation(store)
    days = _days(of, ctx.now(operation).astimezone(ctx.zone).date())
    asked = _stations(rostered_city(store, operation), station)
    made = [_made(ctx, store, operation, each, days, put, by) for each in asked]
    if as_json:
        print(json.dumps([_as_json(ctx, one) for one in made], ensure_ascii=False, indent=2))
    else:
        for one in made:
            ctx.out.print("\n".join(_lines(ctx, one)), soft_wrap=True)
    city = rostered_city(store, operation)
    for target in targets:
        write(ctx, target, lambda: b"", lambda: as_excel(_tables(ctx, made, city), ctx.t))
    if any(one.failed for one in made):
        raise typer.Exit(1)


def _days(written: str, today: date) -> list[date]:
    """The days to come of a month.

    Raises
    ------
    CommandError
        It is no month, or over.
    """
    first = (today.replace(day=1) + timedelta(days=31)).replace(day=1)
    if written:
        try:
            first = date.fromisoformat(f"{written}-01")
        except ValueError:
            raise CommandError("fair_month.no_month", month=written) from None
    length = monthrange(first.year, first.month)[1]
    days = [first + timedelta(days=n) for n in range(length)]
    ahead = [day for day in days if day > today]
    if not ahead:
        raise CommandError("fair_month.over", month=f"{first:%Y-%m}")
    return ahead


def _stations(city: City, named: str) -> list[Station]:
    """The station of this id or name, or all that have people named in the tables.

    Raises
    ------
    CommandError
        There is none.
    """
    manned = {one.station_id for one in city.people if home_of(one, city)}
    if named and not any(named in (one.id, one.name) for one in city.stations):
        raise CommandError("cli.no_station", station=named)
    found = [
        one
        for one in city.stations
        if one.id in manned and (not named or named in (one.id, one.name))
    ]
    if not found:
        raise CommandError("fair_month.nobody")
    return found


def _made(
    ctx: Context,
    store: Store,
    operation: Operation,
    station: Station,
    days: list[date],
    put: bool,
    by: str,
) -> Made:
    actor, duty, now = ctx.actor(by), ctx.settings().duty, ctx.now(operation)
    try:
        propose(store, operation, actor, station.id, days, duty, now, of_the_machine())
    except ApartFailed as failure:
        return Made(station=station, failed=Message(f"fair_month.failed_{failure.code}"))
    today, first = now.astimezone(ctx.zone).date(), days[0].replace(day=1)
    made = Made(station=station, found=proposed(store, operation, station.id, first, duty, today))
    if not put or made.found is None:
        return made
    try:
        return replace(made, changed=take_in(store, operation, actor, made.found, now))
    except Conflict as refused:
        return replace(made, failed=Message(refused.code, refused.facts))


def _lines(ctx: Context, one: Made) -> Iterable[str]:
    """What is told of a station: whether all turns have somebody, why not, and what was done."""
    t = ctx.t
    yield f"{one.station.name}: {t.message(one.failed)}" if one.failed else one.station.name
    if one.found is None:
        return
    yield f"  {t.message(headline(one.found.month))}"
    yield from (f"  {t.message(why)}" for why in one.found.why)
    if one.changed is not None:
        yield f"  {t('fair_month.done', n=one.changed)}"
    elif not one.failed:
        yield f"  {t('fair_month.kept', n=len(one.found.month.entries()))}"


def _as_json(ctx: Context, one: Made) -> dict[str, object]:
    told: dict[str, object] = {
        "station": one.station.id,
        "failed": ctx.t.message(one.failed) if one.failed else None,
        "put_in": one.changed,
    }
    if one.found is None:
        return told
    month = one.found.month
    return told | {
        "days": [str(day) for day in month.days],
        "turns": month.problem.demand,
        "missing": month.missing(),
        "why": [ctx.t.message(why) for why in one.found.why],
        "people": [
            {
                "id": person.id,
                "name": person.name,
                "shifts": [month.duty(person.id, n) for n in range(len(month.days))],
                "turns": now.turns,
                "nights": now.nights,
                "weekends": now.weekends,
            }
            for person, _, _, now in month.counts()
        ],
    }


def _tables(ctx: Context, made: Iterable[Made], city: City) -> list[Table]:
    return [
        replace(table, title=f"{one.station.name} {table.title}")
        for one in made
        if one.found
        for table in (month_table(one.found.month, city, ctx.t),)
    ]
