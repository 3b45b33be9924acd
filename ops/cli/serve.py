"""``xunban serve``: planning and board as a service that a system manager starts and watches."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from ops.base.errors import CommandError
from ops.base.json_logs import log_to
from ops.base.paths import make_private
from ops.cli.context import Context, home
from ops.cli.districts import planners
from ops.intake import operations
from ops.runtime import supervisor
from ops.runtime.fleet import Share
from ops.runtime.planning_loop import Loop
from ops.runtime.systemd import notifier, unit_text
from ops.settings import Settings, load


def add_to(cli: typer.Typer) -> None:
    """Give the command line this command."""
    cli.command()(serve)


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="监听地址 / address")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="端口 / port")] = 8501,
    journal: Annotated[
        bool, typer.Option("--journal", help="日志也写到标准输出 / log to stdout, too")
    ] = False,
    share: Annotated[
        str, typer.Option(help="多区：只排这一份，如 2/4 / of several districts this share")
    ] = "1/1",
    unit: Annotated[
        bool, typer.Option("--unit", help="打印 systemd 单元文件 / print a unit file")
    ] = False,
    user: Annotated[
        str, typer.Option(help="单元文件中的用户 / the user in the unit file")
    ] = "xunban",
) -> None:
    """服务方式运行：不装示例、不自行开始演练。

    Run as a service: no sample, no drill begun, no other port tried.
    """
    ctx: Context = context.obj
    if unit:
        print(_unit_file(host, port, user, share), end="")
        return
    _run(ctx, host, port, journal, share_of(share))


def share_of(written: str) -> Share:
    """The share that was typed."""
    try:
        return Share.parse(written)
    except ValueError:
        raise typer.BadParameter("1/1 ... 2/4", param_hint="--share") from None


def _run(ctx: Context, host: str, port: int, journal: bool, share: Share) -> None:
    """Plan and serve the board until a signal ends both."""
    stopped = supervisor.stop_on_signals()
    settings = ctx.settings()
    make_private(home())
    log_to(home() / "log", settings.loop.json_logs, journal)
    several = planners.holds_several(ctx)
    if share != Share() and not several:
        raise CommandError("districts.no_share")
    loop = planners.fleet_of(ctx, settings, share) if several else _one_loop(ctx, settings)
    supervisor.free_port(host, port, tries=1)
    notify = notifier(os.environ)

    def down(log: Path) -> None:
        ctx.step("cli.board_failed", detail=str(log))
        notify("READY=1")  # planning is, and is not ended with the board

    def opened(url: str) -> None:
        ctx.step("service.open", url=url)
        if not several and _is_drill(ctx):
            ctx.step("service.drill_address", port=port)
        notify("READY=1")

    board = supervisor.Board(ctx.db_url, host, port, home() / "log" / "board.log")
    supervisor.run(
        loop,
        board,
        stopped,
        opened,
        on_well=lambda: notify("WATCHDOG=1"),
        on_down=down,
        on_behind=ctx.tell_behind,
    )
    ctx.step("cli.ended")


def _one_loop(ctx: Context, settings: Settings) -> Loop:
    """The loop of the one district."""
    store = ctx.store()
    current = store.operations.current()
    if current is None:
        raise CommandError("service.not_set_up")
    current = operations.resume_clock(store, current, ctx.clock())
    ctx.step("cli.drill_on" if current.is_drill else "cli.real_on", at=current.now(ctx.clock()))

    def reread() -> Settings:
        return load(home()).settings

    return Loop(store, settings, ctx.clock, monotonic=time.monotonic, reread=reread)


def _is_drill(ctx: Context) -> bool:
    current = ctx.store().operations.current()
    return current is not None and current.is_drill


def _unit_file(host: str, port: int, user: str, share: str) -> str:
    """The unit file that starts this installation with these options."""
    if sys.platform != "linux":
        raise CommandError("service.no_unit")
    options = ["--host", host, "--port", str(port), "--journal"]
    if share_of(share) != Share():
        options += ["--share", share]
    command = [sys.executable, "-m", "ops", "serve", *options]
    return unit_text(command, Path(__file__).resolve().parents[2], home().resolve(), user)
