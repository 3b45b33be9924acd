"""Commands about the weather's side: the feeds, the response level, replaying recorded payloads."""

import json
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from data.model.ids import Cause, CauseKind
from data.model.operation import Operation, OperationKind, Trigger
from data.store.store import Store
from ops.base.errors import CommandError
from ops.cli.context import Context, Plainly
from ops.cli.wait_for_plan import await_plan
from ops.documents.labels import gauge_line
from ops.intake import operations
from ops.intake.alerts import planned_for
from ops.intake.feeds import report, sentence
from ops.intake.gauges import gauge_statuses
from ops.intake.replay import Recorded, recordings, take
from ops.intake.response_level import order_in_force, order_level, proposed, rule_of
from weather.model import SourceError, WeatherError

level_cli = typer.Typer(
    cls=Plainly, help="应急响应等级。The flood response level: what is proposed, what is ordered."
)


def add_to(cli: typer.Typer) -> None:
    """Give the command line these commands."""
    cli.command()(feeds)
    cli.command()(gauges)
    cli.command()(replay)
    cli.add_typer(level_cli, name="level")


def _plain(value: datetime | SourceError) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def feeds(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / for machines")] = False,
) -> None:
    """数据来源：状态、上次成功、额度。Each feed's state, last good answer, age, error and quota."""
    ctx: Context = context.obj
    lines = report(ctx.store(), ctx.settings().feeds, ctx.clock())
    if as_json:
        print(json.dumps(lines, ensure_ascii=False, indent=2, default=_plain))
        return
    if not lines:
        ctx.step("feeds_cli.none")
    for line in lines:
        ctx.out.print(_feed_text(ctx, line))
        if line["error"]:
            ctx.out.print(ctx.t("feeds_cli.error", what=sentence(line["error"], ctx.t)))
    _print_forecast(ctx)


def gauges(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / for machines")] = False,
) -> None:
    """雨量站和电子水尺：读数和状态。What each gauge measures, and which can't be trusted."""
    ctx: Context = context.obj
    store = ctx.store()
    operation = ctx.operation(store)
    found = gauge_statuses(store, operation, ctx.settings().gauges, ctx.now(operation))
    if as_json:
        lines = [
            {
                "name": each.gauge.name,
                "kind": each.gauge.kind,
                "segment": each.gauge.segment_id or None,
                "state": str(each.state),
                "value": each.value,
                "measured_at": each.measured_at,
                "hour_mm": each.hour_mm,
                "faults": each.faults,
            }
            for each in found
        ]
        print(json.dumps(lines, ensure_ascii=False, indent=2, default=_plain))
        return
    if not found:
        ctx.step("gauge.none")
    for each in found:
        ctx.out.print(gauge_line(each, ctx.t))


def _feed_text(ctx: Context, line: dict) -> str:
    """A feed with its state, its last good answer and what it has spent of its budget."""
    good = (
        ctx.t("feeds_cli.age", at=line["good_at"], minutes=line["age_minutes"])
        if line["good_at"]
        else ctx.t("feeds_cli.never")
    )
    budget = f"/{line['daily_budget']}" if line["daily_budget"] else ""
    return ctx.t(
        "feeds_cli.line",
        name=line["name"],
        kind=line["kind"],
        rank=line["rank"],
        state=ctx.t(f"health.{line['state']}") if line["state"] else ctx.t("feeds_cli.untried"),
        good=good,
        spent=f"{line['spent_today']}{budget}",
    )


def _print_forecast(ctx: Context) -> None:
    """Which forecast is planned on, and loudly if the best there is is stale."""
    store = ctx.store()
    current = store.operations.current()
    now = ctx.now(current) if current else ctx.clock()
    series = store.weather.latest_forecast(current.id, now) if current else None
    if series is None:
        ctx.out.print(ctx.t("feeds_cli.no_forecast"))
        return
    stale = series.is_stale(now)
    ctx.out.print(
        ctx.t(
            "feeds_cli.stale" if stale else "feeds_cli.stands",
            provider=series.provider,
            at=series.fetched_at,
            minutes=int((now - series.fetched_at).total_seconds() // 60),
        ),
        style="bold red" if stale else "",
    )


@level_cli.callback(invoke_without_command=True)
def level(context: typer.Context) -> None:
    """看：预警建议几级，已下达几级。Show what the warning proposes and what is ordered."""
    if context.invoked_subcommand:
        return
    ctx: Context = context.obj
    store = ctx.store()
    current, city = ctx.operation(store), store.city()
    holding = planned_for(
        store.weather.alerts(current.id), current, city.district, ctx.now(current)
    )
    rule = proposed(city, holding)
    ctx.out.print(
        ctx.t("level_cli.proposed", level=rule.id) if rule else ctx.t("level_cli.proposed_none")
    )
    order = order_in_force(store.level_orders.all(current.id))
    if order is None:
        ctx.out.print(ctx.t("level_cli.ordered_none"))
        return
    ordered = rule_of(city, order.level)
    ctx.out.print(
        ctx.t(
            "level_cli.ordered",
            level=order.level,
            by=order.by,
            at=order.at,
            duty=ordered.duty if ordered else "",
        )
    )


@level_cli.command("order")
def level_order(
    context: typer.Context,
    wanted: Annotated[
        str, typer.Argument(metavar="LEVEL", help="IV III II I；none 终止 / ends it")
    ],
    by: Annotated[str, typer.Option(help="下达人 / who orders")] = "",
) -> None:
    """下达（或终止）应急响应，并重新排班。Order a level, or end it, and plan again."""
    ctx: Context = context.obj
    store = ctx.store()
    chosen = None if wanted.lower() == "none" else wanted.upper()
    if not by.strip():
        raise CommandError("level_cli.no_name")
    current = ctx.operation(store)
    operations.resume_clock(store, current, ctx.clock())
    order = order_level(store, current, ctx.actor(by), chosen, ctx.now(current))
    trigger = store.triggers.get(current.id, str(Cause.of(CauseKind.LEVEL, order.id)))
    await_plan(ctx, store, current, [trigger] if trigger else [])


def replay(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="记录的文件夹 / folder of payloads")],
    speed: Annotated[
        float, typer.Option(min=0, help="倍速，0 为最快 / times real time, 0: no waiting")
    ] = 0,
) -> None:
    """把记录的预警和预报按时间回放成一次演练。

    Feed recorded payloads through the real path, as a drill.
    """
    ctx: Context = context.obj
    store = ctx.store()
    if store.operations.get(OperationKind.REAL):
        raise CommandError("cli.real_is_on")
    records = recordings(folder, ctx.zone)
    drill = operations.start_drill(store, ctx.actor(), records[0].at, ctx.clock())
    ctx.step("replay.begun", count=len(records), at=records[0].at)
    used = refused = 0
    for record in _paced(records, speed):
        store.operations.set_clock(drill.id, record.at, ctx.clock())
        try:
            waiting = _taken(ctx, store, drill, record)
        except WeatherError as error:
            refused += 1
            _print_refusal(ctx, record, error)
            continue
        used += 1
        if waiting:
            await_plan(ctx, store, drill, waiting, record.at)
    plans = len(store.plans.versions(drill.id))
    counts = {"files": len(records), "used": used, "refused": refused, "plans": plans}
    ctx.out.print(ctx.t("replay.ended", **counts))


def _print_refusal(ctx: Context, record: Recorded, error: WeatherError) -> None:
    why = sentence(error, ctx.t)
    ctx.out.print(ctx.t("replay.refused", at=record.at, file=record.path.name, why=why))


def _paced(records: Sequence[Recorded], speed: float) -> Iterator[Recorded]:
    """Each record after the pause that lay before it, ``speed`` times as fast; 0: no pause."""
    for before, record in zip([records[0], *records], records, strict=False):
        if speed:
            time.sleep((record.at - before.at).total_seconds() / speed)
        yield record


def _taken(ctx: Context, store: Store, drill: Operation, record: Recorded) -> list[Trigger]:
    """Take one payload in, say what it was; the causes that now wait for a plan."""
    brought = take(store, drill, record)
    if brought.series:
        hours = (
            brought.series.steps[-1].end - brought.series.steps[0].start
        ).total_seconds() / 3600
        ctx.out.print(
            ctx.t(
                "replay.forecast",
                at=record.at,
                file=record.path.name,
                provider=brought.series.provider,
                hours=round(hours),
            )
        )
    if brought.alerts is not None:
        ctx.out.print(
            ctx.t(
                "replay.alerts",
                at=record.at,
                file=record.path.name,
                count=len(brought.alerts),
                new=sum(each.new for each in brought.alerts),
            )
        )
    return [trigger for trigger in store.triggers.pending(drill.id) if trigger.settled_at is None]
