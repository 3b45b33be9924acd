"""``xunban plan``: show the plan in force, plan again, approve a plan that is held."""

import json
from pathlib import Path
from typing import Annotated

import typer

from data.model.message import Message
from data.model.plan import PlanVersion
from data.store.store import Store
from ops.base.errors import CommandError
from ops.cli import documents
from ops.cli.context import Context, Plainly
from ops.cli.wait_for_plan import await_plan
from ops.district.listed_roads import lost_roads, waiting
from ops.documents import terminal
from ops.intake import alerts
from ops.replanning.approval import approve
from ops.replanning.contingency import ready
from ops.replanning.solver_process import Solving
from weather.hazards import SIGNAL_AMOUNTS
from weather.model import Level

plan_cli = typer.Typer(
    cls=Plainly, help="看方案；批准待批的方案。Show the plan; approve one that is held."
)


@plan_cli.callback(invoke_without_command=True)
def plan(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / for machines")] = False,
    station: Annotated[str, typer.Option(help="只看一个站 / one station")] = "",
    version: Annotated[int, typer.Option(help="第几版 / version number")] = 0,
    pdf: documents.Pdf = None,
    xlsx: documents.Xlsx = None,
    replan: Annotated[bool, typer.Option("--replan", help="先重新排班 / plan again first")] = False,
) -> None:
    """看方案：各站出勤单。Show the plan: one duty sheet for each station."""
    if context.invoked_subcommand:
        return
    ctx: Context = context.obj
    targets = documents.files(pdf, xlsx)
    store = ctx.store()
    current = ctx.operation(store)
    if replan:
        await_plan(
            ctx, store, current, [alerts.plan_again(store, current, ctx.actor(), ctx.now(current))]
        )
    found = store.plans.version(current.id, version) if version else store.plans.current(current.id)
    if found is None:
        raise (
            CommandError("cli.no_version", number=version)
            if version
            else CommandError("cli.no_plan")
        )
    _show(ctx, store, found, station, targets, as_json)


def _show(
    ctx: Context, store: Store, found: PlanVersion, station: str, files: list[Path], as_json: bool
) -> None:
    city = store.city()
    if station and not any(station in (each.id, each.name) for each in city.stations):
        raise CommandError("cli.no_station", station=station)
    for file in files:
        documents.write_sheets(ctx, store, city, found, station, file)
    if files:
        return
    if as_json:
        print(json.dumps(terminal.as_json(found, city, ctx.t), ensure_ascii=False, indent=2))
    else:
        terminal.print_sheets(found, city, ctx.t, ctx.out, station or None)
        if lost := waiting(store):
            ctx.out.print(ctx.t.message(lost_roads(lost)), ctx.t("listed.lost_do"), sep="\n")


def contingency(
    context: typer.Context,
    colour: Annotated[Level | None, typer.Argument(help="blue yellow orange red")] = None,
    station: Annotated[str, typer.Option(help="只看一个站 / one station")] = "",
    pdf: documents.Pdf = None,
    xlsx: documents.Xlsx = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / for machines")] = False,
) -> None:
    """预案：各预警颜色的备用出勤单，断网也能打印。

    Sheets kept ready for each colour, to print with the network down.
    """
    ctx: Context = context.obj
    targets = documents.files(pdf, xlsx)
    store = ctx.store()
    current, settings = ctx.operation(store), ctx.settings()
    now = ctx.now(current)
    if colour is None:
        if targets:
            raise CommandError("standing.which")
        stored = store.desk.contingency_plans(current.id)
        for each in SIGNAL_AMOUNTS:
            word = Message(f"level.{each}")
            ctx.out.print(
                ctx.t("standing.ready", colour=word, at=stored[each].made_at)
                if each in stored
                else ctx.t("standing.none", colour=word)
            )
        return
    found = ready(store, current, colour, now, Solving(), settings)
    _show(ctx, store, found.plan, station, targets, as_json)


@plan_cli.command("approve")
def plan_approve(
    context: typer.Context,
    number: Annotated[int, typer.Argument(min=1, help="第几版 / version")],
    by: Annotated[str, typer.Option(help="批准人 / who approves")] = "",
) -> None:
    """批准待批的方案，即刻生效并通知各站。Put a held plan in force and tell the stations."""
    ctx: Context = context.obj
    if not by.strip():
        raise CommandError("plan_cli.no_name")
    store, settings = ctx.store(), ctx.settings()
    current = ctx.operation(store)
    actor = ctx.actor(by)
    approve(store, current, actor, number, ctx.now(current), settings.channels, settings.notify)
    ctx.step("plan_cli.approved", number=number, by=actor.name)
