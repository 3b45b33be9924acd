"""The command line ``xunban``: reads settings and the clock, wires the rest."""

import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from data.db.engine import sqlite_url
from data.model.operation import Operation
from data.sheets.city import write_city
from data.store.store import MAIN, Store
from ops.auth.accounts import has_admin
from ops.auth.local_door import local_address
from ops.base.errors import CommandError
from ops.base.json_logs import log_to
from ops.base.messages import LANGUAGES
from ops.base.paths import make_private, write_privately
from ops.base.sites import ALL, Site
from ops.cli import (
    accounts,
    alerts,
    changes,
    channels,
    field,
    maintenance,
    plans,
    questions,
    reference,
    report,
    response,
    rosters,
    serve,
    weather,
    work,
)
from ops.cli.bench import city
from ops.cli.context import TYPED, Context, RenamedCommands, console, home, time_of
from ops.cli.districts import commands as districts
from ops.cli.districts import planners
from ops.cli.districts.everywhere import everywhere
from ops.cli.drills import backtest, drill, drill_lessons
from ops.cli.tables import import_files, streets
from ops.field.water.inlet_record import kept_tables
from ops.headquarters.register import Register
from ops.intake import operations
from ops.intake.sample import load_sample
from ops.runtime import supervisor
from ops.runtime.fleet import Fleet
from ops.runtime.planning_loop import Loop
from ops.settings import Settings, load

cli = typer.Typer(
    cls=RenamedCommands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="汛班：从暴雨预警到出勤单。From a storm warning to shift plans.",
)
operation_cli = typer.Typer(
    no_args_is_help=True, help="实战：由演练转入。Real operation: go over to it."
)
cli.add_typer(alerts.alert_cli, name="alert")
drill.drill_cli.add_typer(drill_lessons.simulated_cli)
cli.add_typer(drill.drill_cli, name="drill")
cli.add_typer(operation_cli, name="operation")
cli.add_typer(accounts.account_cli, name="account")
cli.add_typer(plans.plan_cli, name="plan")
cli.add_typer(changes.change_cli, name="change")
cli.command()(plans.contingency)
cli.add_typer(channels.channels_cli, name="channels")
cli.add_typer(work.work_cli, name="work")
cli.add_typer(rosters.roster_cli, name="roster")
cli.add_typer(questions.question_cli, name="question")
cli.add_typer(streets.street_cli, name="street")
cli.add_typer(districts.district_cli, name="district")
weather.add_to(cli)
field.add_to(cli)
import_files.add_to(cli)
maintenance.add_to(cli)
serve.add_to(cli)
response.add_to(cli)
report.add_to(cli)
backtest.add_to(cli)
city.add_to(cli)
reference.add_to(cli)


def real_now() -> datetime:
    """The real clock, read here and handed on as an argument."""
    return datetime.now(UTC)


@cli.callback()
def _main(
    context: typer.Context,
    db: Annotated[str, typer.Option(envvar="XUNBAN_DB", help="数据库 / database URL")] = "",
    now: Annotated[
        str, typer.Option(help="按此时间执行，属演练 / act as at this time, as a drill")
    ] = "",
    lang: Annotated[str, typer.Option(envvar="XUNBAN_LANG", help="zh | en")] = "zh",
    district: Annotated[
        str, typer.Option(help="在哪个区；hq 为市级，all 逐区 / which district, hq, or all")
    ] = "",
) -> None:
    if lang not in LANGUAGES:
        raise typer.BadParameter("zh | en", param_hint="--lang")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(
            stream, "reconfigure"
        ):  # a C locale or an old Windows console must not end in a traceback
            stream.reconfigure(encoding="utf-8", errors="replace")
    root = Site(MAIN, home(), db or sqlite_url(home() / "xunban.db"))
    wide = None if sys.stdout.isatty() else 200
    context.obj = Context(
        clock=real_now,
        db_url=root.url,
        language=lang,
        out=console(width=wide),
        err=console(stderr=True),
        given_now=time_of(now) if now else None,
        root=root,
    )
    if district == ALL:
        raise typer.Exit(everywhere(context, context.meta[TYPED]))
    if district:
        _enter(context.obj, district)


def _enter(ctx: Context, district: str) -> None:
    """Act in this district of the installation from now on."""
    site = Register(ctx.root).site(district)
    os.environ["XUNBAN_HOME"] = str(site.home)
    ctx.db_url = site.url


@cli.command()
def init(
    context: typer.Context,
    empty: Annotated[bool, typer.Option("--empty", help="不装示例 / no sample data")] = False,
    admin: Annotated[
        str, typer.Option(help="首位管理员的名字 / the first administrator's name")
    ] = "",
    stdin: accounts.Stdin = False,
) -> None:
    """建库，设首位管理员；默认装入示例并开始演练。

    Create the database, the first account and a drill.
    """
    ctx: Context = context.obj
    store = ctx.store(create=True)
    if not store.is_empty():
        raise CommandError("cli.not_empty")
    first = None if has_admin(store) else accounts.ask_first(ctx, admin, stdin)
    with ctx.alone(store):
        if not store.is_empty() or (first and has_admin(store)):  # another one was quicker
            raise CommandError("cli.not_empty")
        if first:
            accounts.add_first(ctx, store, *first)
        if not empty:
            _sample(ctx, store)
            return
        operations.begin_real(store, real_now())
    ctx.step("cli.initialised_empty")


def _sample(ctx: Context, store: Store) -> None:
    taken = load_sample(store, ctx.actor(), real_now(), ctx.fixed_now)
    ctx.show_times_of(taken.city)
    ctx.step(
        "cli.sample_loaded",
        name=taken.city.district.name,
        segments=len(taken.city.segments),
        inlets=len(taken.city.inlets),
        crews=len(taken.city.crews),
        machines=len(taken.city.machines),
    )
    ctx.step("cli.drill_begun", at=taken.now)


@cli.command()
def up(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="监听地址 / address")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="端口 / port")] = 8501,
) -> None:
    """启动：排班与看板。Start planning and the board; Ctrl-C ends both."""
    ctx: Context = context.obj
    stopped = supervisor.stop_on_signals()
    settings = ctx.settings()
    make_private(home())
    log_to(home() / "log", settings.loop.json_logs)
    ctx.step("cli.opening", db=ctx.db_url.rpartition("@")[2])
    if planners.holds_several(ctx):
        fleet = planners.fleet_of(ctx, settings)
        _serve(ctx, fleet, host, port, stopped, lambda url: planners.tell_addresses(ctx, url))
        return
    store = ctx.store(create=True)
    current = operations.resume_clock(store, _open_operation(ctx, store), real_now())
    ctx.step("cli.drill_on" if current.is_drill else "cli.real_on", at=current.now(real_now()))

    def reread() -> Settings:
        return load(home()).settings

    loop = Loop(store, settings, real_now, monotonic=time.monotonic, reread=reread)
    _serve(ctx, loop, host, port, stopped, lambda url: _tell_address(ctx, store, url))


def _serve(
    ctx: Context,
    loop: Loop | Fleet,
    host: str,
    port: int,
    stopped: threading.Event,
    on_open: Callable[[str], None],
) -> None:
    """Plan and serve the board until Ctrl-C."""
    chosen = supervisor.free_port(host, port)
    if chosen != port:
        ctx.step("cli.port_taken", port=port, chosen=chosen)
    board = supervisor.Board(ctx.db_url, host, chosen, home() / "log" / "board.log")
    supervisor.run(
        loop,
        board,
        stopped,
        on_open,
        on_down=lambda log: ctx.step("cli.board_failed", detail=str(log)),
        on_behind=ctx.tell_behind,
    )
    ctx.step("cli.ended")


def _tell_address(ctx: Context, store: Store, url: str) -> None:
    """Where the board is; in a drill by an address that lets whoever reads it in, once."""
    operation = store.operations.current()
    is_drill = operation is not None and operation.is_drill
    ctx.step("cli.open", url=local_address(url, home(), real_now()) if is_drill else url)


def _open_operation(ctx: Context, store: Store) -> Operation:
    """The operation that is on; else the sample's, or the real one where there is a city."""
    if store.operations.current() is None:
        with ctx.alone(store):
            _begin(ctx, store)
    elif ctx.fixed_now is not None:
        operations.start_drill(store, ctx.actor(), ctx.fixed_now, real_now())
    operation = store.operations.current()
    assert operation is not None, "one was just begun where there was none"
    return operation


def _begin(ctx: Context, store: Store) -> None:
    if store.operations.current() is not None:  # another one was quicker
        return
    if store.is_empty():
        _sample(ctx, store)
    else:
        operations.begin_real(store, real_now())


@cli.command()
def export(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(help="xlsx 文件或文件夹 / file or folder")],
) -> None:
    """导出辖区数据。Write the district's tables as Excel or CSV."""
    ctx: Context = context.obj
    write_city(kept_tables(ctx.store()), target, lang=ctx.t.language)
    ctx.step("cli.exported", target=str(target))


@operation_cli.command("go-live")
def go_live(context: typer.Context) -> None:
    """结束演练，转入实战。Leave the drill for real operation."""
    ctx: Context = context.obj
    operations.leave_drill(ctx.store(), ctx.actor(), real_now())
    ctx.step("cli.real_on", at=real_now())


def main() -> None:
    """Entry of the console script."""
    write_privately()
    cli(prog_name="xunban")


if __name__ == "__main__":
    main()
