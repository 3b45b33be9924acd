"""``xunban change``: lock, move, drop and add by hand; what it costs is shown first."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from data.model.city import City
from data.model.desk import ChangeAction
from data.model.plan import JobKind
from data.model.wall_clock import next_at
from ops.base.errors import CommandError
from ops.cli.context import Context, Plainly
from ops.cli.wait_for_plan import await_plan
from ops.replanning.extra_capacity import remedies
from ops.replanning.manual_changes import (
    ChangeRequest,
    PreparedChange,
    baseline,
    choices,
    confirm,
    prepare,
    preview,
)

change_cli = typer.Typer(
    cls=Plainly,
    no_args_is_help=True,
    help="手工调整：锁定、改派、取消、加派。By hand: lock, move, drop, add; unlock takes it back.",
)
Job = Annotated[str, typer.Argument(help="任务编号 / job id")]
By = Annotated[str, typer.Option("--by", help="谁 / who")]
At = Annotated[str, typer.Option("--at", help="几点，如 14:30 / local time")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只看代价 / only show what it would cost")]


@change_cli.command("candidates")
def candidates(context: typer.Context, job: Job) -> None:
    """谁能做这项任务。Who could do a job: one line for each, by place in the team."""
    ctx: Context = context.obj
    store = ctx.store()
    current = ctx.operation(store)
    base = baseline(store, current, ctx.actor(), ctx.now(current), ctx.settings())
    for number, place in enumerate(choices(base, job), 1):
        for one in place:
            ctx.out.print(
                ctx.t(
                    "by_hand.choice",
                    number=number,
                    unit=one.unit_id,
                    name=one.name,
                    station=one.station,
                    start=one.start,
                    end=one.end,
                ),
                soft_wrap=True,
            )


@change_cli.command("extra-capacity")
def extra_capacity(context: typer.Context) -> None:
    """多一个力量能多做什么。What one more crew or machine would do of what is left out."""
    ctx: Context = context.obj
    store = ctx.store()
    current = ctx.operation(store)
    found = remedies(store, current, ctx.actor(), ctx.now(current), ctx.settings())
    if found is None:
        raise CommandError("remedies.failed")
    for one in found:
        ctx.out.print(ctx.t.message(one.said), soft_wrap=True)
    if not found:
        ctx.step("remedies.none")


@change_cli.command()
def lock(context: typer.Context, job: Job, by: By, dry_run: DryRun = False) -> None:
    """锁定：人和时间不再变。Keep team and time whatever comes."""
    _do(context, ChangeRequest(action=ChangeAction.LOCK, job_id=job), by, dry_run)


@change_cli.command()
def unlock(context: typer.Context, job: Job, by: By, dry_run: DryRun = False) -> None:
    """取消手工指定。Take back what was ordered by hand."""
    _do(context, ChangeRequest(action=ChangeAction.UNLOCK, job_id=job), by, dry_run)


@change_cli.command()
def move(
    context: typer.Context,
    job: Job,
    by: By,
    at: At = "",
    to: Annotated[
        str, typer.Option(help="单元编号，按岗位顺序，逗号分开 / units in order, comma between")
    ] = "",
    dry_run: DryRun = False,
) -> None:
    """改派或改时。To others, or to another time."""
    if not at and not to:
        raise CommandError("by_hand.say_what")
    _do(
        context,
        ChangeRequest(action=ChangeAction.MOVE, job_id=job, units=_units(to)),
        by,
        dry_run,
        at,
    )


@change_cli.command()
def drop(context: typer.Context, job: Job, by: By, dry_run: DryRun = False) -> None:
    """取消一项任务。Not to be done."""
    _do(context, ChangeRequest(action=ChangeAction.DROP, job_id=job), by, dry_run)


@change_cli.command()
def add(
    context: typer.Context,
    kind: Annotated[JobKind, typer.Argument(help="clear jet guard pump ...")],
    segment: Annotated[str, typer.Argument(help="路段编号 / segment id")],
    by: By,
    minutes: Annotated[int, typer.Option(min=1, help="分钟 / minutes")] = 30,
    at: At = "",
    to: Annotated[str, typer.Option(help="单元编号 / units")] = "",
    dry_run: DryRun = False,
) -> None:
    """加派一项任务。One more job."""
    _do(
        context,
        ChangeRequest(
            action=ChangeAction.ADD,
            kind=kind,
            segment_id=segment,
            minutes=minutes,
            units=_units(to),
        ),
        by,
        dry_run,
        at,
    )


def _units(text: str) -> tuple[str, ...]:
    return tuple(unit.strip() for unit in text.replace("，", ",").split(",") if unit.strip())


def _do(
    context: typer.Context, wanted: ChangeRequest, by: str, dry_run: bool, at: str = ""
) -> None:
    ctx: Context = context.obj
    store = ctx.store()
    current = ctx.operation(store)
    now = ctx.now(current)
    if at:
        wanted = replace(wanted, start=_clock(at, now, store.city()))
    actor = ctx.actor(by)
    prepared = prepare(baseline(store, current, actor, now, ctx.settings()), wanted, actor)
    _print_cost(ctx, prepared)
    if dry_run:
        return
    trigger = confirm(store, prepared, actor, now)
    if trigger.settled_at is None:
        await_plan(ctx, store, current, [trigger])


def _print_cost(ctx: Context, prepared: PreparedChange) -> None:
    look = preview(prepared)
    if look.broken:
        raise CommandError("by_hand.broken", why=look.broken)
    if look.undone:
        ctx.step("by_hand.undone", why=look.undone)
    ctx.step(look.cost.code, **look.cost.facts)
    if look.lost:
        ctx.step("by_hand.lost", jobs=look.lost)
    if look.gained:
        ctx.step("by_hand.gained", jobs=look.gained)


def _clock(text: str, now: datetime, city: City) -> datetime:
    """The next time that the district's clock shows this, seen from an hour ago."""
    try:
        moment = datetime.strptime(text.replace("：", ":"), "%H:%M").time()
    except ValueError:
        raise CommandError("by_hand.clock", said=text) from None
    zone = ZoneInfo(city.district.time_zone)
    return next_at(moment, now - timedelta(hours=1), zone)
