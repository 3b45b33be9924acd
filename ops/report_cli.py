"""``xunban report``: one page on one storm for the superior office, as PDF or as Excel."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from ops.console import Context, Refused


def add_to(cli: typer.Typer) -> None:
    """Give the command line this command."""
    cli.command()(report)


def report(context: typer.Context,
           storm: Annotated[int, typer.Option(min=0, help="第几场，默认最近一场 / number, the latest by default")] = 0,
           pdf: Annotated[Path | None, typer.Option(help="写成 PDF / write as PDF")] = None,
           excel: Annotated[Path | None, typer.Option(help="写成 Excel（.xlsx）/ write as Excel")] = None) -> None:
    """一场暴雨过程的报告：一页 PDF，或 Excel 表格。The report of one storm."""
    ctx: Context = context.obj
    if pdf is None and excel is None:
        raise Refused("report.no_target")
    if excel is not None and excel.suffix.lower() != ".xlsx":
        raise Refused("report.no_target")
    now = ctx.now(ctx.operation(ctx.store()))
    for target in filter(None, (pdf, excel)):
        _write(ctx, target, ["--now", now.isoformat(), "--storm", str(storm), "--by", ctx.actor().name])


def _write(ctx: Context, target: Path, asked: list[str]) -> None:
    """Paper is made by the board's side of the house, in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "dashboard.report", "--out", str(target), "--lang", ctx.say.language,
                           *asked], capture_output=True, text=True, encoding="utf-8", check=False,
                          env=os.environ | {"XUNBAN_DB": ctx.db_url})
    if done.returncode:
        raise Refused("cli.no_pdf", detail=done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "")
    ctx.step("cli.exported", target=str(target))
