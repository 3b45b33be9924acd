"""``xunban bench city``: how fast the plans of many districts come from an engine."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ops.cli.context import Context
from ops.runtime.city_bench import Load, measure

bench = typer.Typer(
    no_args_is_help=True,
    help="压力测试：量一量能带多少区\n\nMeasure how much the machine can carry.",
)


def add_to(cli: typer.Typer) -> None:
    """Give the command line these commands."""
    bench.command()(city)
    cli.add_typer(bench, name="bench")


@bench.callback()
def _group() -> None:
    """More than one command is to come: each keeps its name."""


def city(
    context: typer.Context,
    districts: Annotated[int, typer.Option(min=1, max=512, help="区数 / districts")] = 4,
    workers: Annotated[
        list[int] | None,
        typer.Option(min=1, max=64, help="求解进程数，可重复 / workers; may come again"),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="每次求解秒数 / of each search")] = 2.0,
    rounds: Annotated[int, typer.Option(min=1, help="每区触发次数 / triggers each")] = 2,
    worker_kills: Annotated[int, typer.Option(min=0, help="杀求解进程次数 / kills")] = 0,
    scheduler_kills: Annotated[int, typer.Option(min=0, help="杀调度进程次数 / kills")] = 0,
) -> None:
    """多区压力测试：在本机起一个 Dask 集群，各区同时触发，量从触发到发布的时间；几种进程数轮流试。

    Begin a Dask cluster on this machine, let every district ask for a plan at once, and tell how
    long each waits. Several numbers of workers take turns. Needs xunban[cluster]; touches no data
    of yours.
    """
    ctx: Context = context.obj
    load = Load(
        districts=districts,
        workers=tuple(workers or (2,)),
        seconds=seconds,
        rounds=rounds,
        worker_kills=worker_kills,
        scheduler_kills=scheduler_kills,
    )
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), load, ctx.clock)
    table = Table(box=None, pad_edge=False, show_header=False)
    for rows in zip(*(one.lines(found[0]) for one in found), strict=True):
        table.add_row(ctx.t(f"bench.{rows[0][0]}"), *(value for _, value in rows))
    ctx.out.print(table)
