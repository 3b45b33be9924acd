"""``xunban report``: one page on one storm for the superior office, as PDF or as Excel."""

from typing import Annotated

import typer

from ops.base.errors import CommandError
from ops.cli import documents
from ops.cli.context import Context


def add_to(cli: typer.Typer) -> None:
    """Give the command line this command."""
    cli.command()(report)


def report(
    context: typer.Context,
    storm: Annotated[
        int, typer.Option(min=0, help="第几场，默认最近一场 / number, the latest by default")
    ] = 0,
    pdf: documents.Pdf = None,
    xlsx: documents.Xlsx = None,
    by: Annotated[str, typer.Option(help="制表人 / who makes it")] = "",
) -> None:
    """一场暴雨过程的报告：一页 PDF，或 Excel 表格。The report of one storm."""
    ctx: Context = context.obj
    targets = documents.files(pdf, xlsx)
    if not targets:
        raise CommandError("report.no_target")
    now = ctx.now(ctx.operation(ctx.store()))
    for target in targets:
        documents.write(
            ctx,
            "report",
            target,
            ["--now", now.isoformat(), "--storm", str(storm), "--by", ctx.actor(by).name],
        )
