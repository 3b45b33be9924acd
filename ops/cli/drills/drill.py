"""``xunban drill``: a drill in the own district, in place of real operation or beside it."""

import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from data.model.operation import OperationKind
from ops.auth.local_door import local_address
from ops.base.errors import CommandError
from ops.base.json_logs import log_to
from ops.base.paths import BESIDE, home
from ops.cli.context import Context, time_of
from ops.exercise import beside, injects
from ops.exercise.script import FILE as SCRIPT
from ops.exercise.script import read_script
from ops.intake import operations
from ops.intake.sample import load_sample
from ops.runtime import supervisor
from ops.runtime.planning_loop import Loop

log = logging.getLogger(__name__)
drill_cli = typer.Typer(
    no_args_is_help=True, help="演练：开始一场，或在模拟的雨和街道上试。Drills, also simulated."
)


@drill_cli.command("start")
def start(context: typer.Context) -> None:
    """用示例预警重新开始演练。Begin the bundled drill anew (not while real operation is on)."""
    ctx: Context = context.obj
    store = ctx.store()
    if store.operations.get(OperationKind.REAL):
        raise CommandError("cli.real_is_on")
    taken = load_sample(store, ctx.actor(), ctx.clock(), ctx.fixed_now, keep_city=True)
    ctx.step("cli.drill_begun", at=taken.now)


@drill_cli.command("beside")
def begin_beside(
    context: typer.Context,
    script: Annotated[
        Path | None, typer.Option(help="导调脚本 TOML / the script of events")
    ] = None,
    at: Annotated[str, typer.Option(help="演练时钟从何时走，默认现在 / begins at")] = "",
    go_on: Annotated[
        bool, typer.Option("--continue", help="接着上一场 / go on with the last")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="端口 / port")] = 8601,
) -> None:
    """在实战旁边用本辖区演练：另一个库、另一个网址，不发任何通知。

    A drill on the own district beside real operation: a database and an address of its own.
    """
    ctx: Context = context.obj
    folder = home() / BESIDE
    if not go_on:
        begins = ctx.instant(time_of(at)) if at else ctx.clock()
        folder = beside.furnish(ctx.store(), home(), script, begins, ctx.clock())
    beside.enter(folder)
    _run_beside(replace(ctx, db_url=beside.address(folder.resolve())), folder, port)


def _run_beside(ctx: Context, folder: Path, port: int) -> None:
    """Plan, serve the board and give what the script has due, until Ctrl-C."""
    stopped, settings = supervisor.stop_on_signals(), ctx.settings()
    log_to(home() / "log", settings.loop.json_logs)
    store = ctx.store()
    drill = operations.resume_clock(store, beside.drill_of(store), ctx.clock())
    file = folder / SCRIPT
    script = read_script(file) if file.is_file() else ()
    loop = Loop(store, settings, ctx.clock, monotonic=time.monotonic)

    def give_due() -> None:
        try:
            now = beside.drill_of(store).now(ctx.clock())
            injects.give_due(store, drill, script, beside.begun_at(store, drill), now)
        except Exception:  # the drill goes on, whatever an event of its script has come to
            log.exception("an event of the script was not given")

    board = supervisor.Board(
        ctx.db_url,
        "127.0.0.1",
        supervisor.free_port("127.0.0.1", port),
        home() / "log" / "board.log",
    )
    supervisor.run(
        loop,
        board,
        stopped,
        lambda url: ctx.step("drill.beside_open", url=local_address(url, home(), ctx.clock())),
        give_due,
        on_behind=ctx.tell_behind,
    )


@drill_cli.command("address")
def address(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="端口 / port")] = 8501,
) -> None:
    """再给一个打开演练看板的一次性网址。One more address that opens a drill's board, once."""
    ctx: Context = context.obj
    print(local_address(f"http://127.0.0.1:{port}", home(), ctx.clock()))
