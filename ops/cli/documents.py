"""What the command line writes as paper: the board's side of the house makes it, in a process of
its own.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from ops.base.errors import CommandError
from ops.cli.context import Context

Pdf = Annotated[Path | None, typer.Option(help="写成 PDF / write as PDF")]
Xlsx = Annotated[Path | None, typer.Option(help="写成 Excel（.xlsx）/ write as Excel")]


def files(pdf: Path | None, xlsx: Path | None) -> list[Path]:
    """The files asked for.

    Raises
    ------
    Refused
        The Excel file has another ending, by which its form is told.
    """
    if xlsx is not None and xlsx.suffix.lower() != ".xlsx":
        raise CommandError("to_paper.not_xlsx", file=str(xlsx))
    return [file for file in (pdf, xlsx) if file]


def write(ctx: Context, maker: str, target: Path, asked: list[str]) -> None:
    """Have a module of the board write a file, and say so.

    Raises
    ------
    Refused
        It could not, with its last words.
    """
    command = [
        sys.executable,
        "-m",
        {"paper": "ops.cli.print_sheets", "report": "ops.cli.print_report"}[maker],
        "--out",
        str(target),
        "--lang",
        ctx.t.language,
        *asked,
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"XUNBAN_DB": ctx.db_url},
    )
    if done.returncode:
        raise CommandError(
            "to_paper.failed",
            detail=done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "",
        )
    ctx.step("cli.exported", target=str(target))
