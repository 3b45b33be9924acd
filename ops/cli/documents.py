"""What the command line writes as paper: PDF and Excel, by the ending of the file."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from data.model.city import City
from data.model.plan import PlanVersion
from data.store.store import Store
from ops.base.errors import CommandError
from ops.cli.context import Context

Pdf = Annotated[Path | None, typer.Option(help="写成 PDF / write as PDF")]
Xlsx = Annotated[Path | None, typer.Option(help="写成 Excel（.xlsx）/ write as Excel")]


def files(pdf: Path | None, xlsx: Path | None) -> list[Path]:
    """The files asked for.

    Raises
    ------
    CommandError
        The Excel file has another ending, by which its form is told.
    """
    if xlsx is not None and xlsx.suffix.lower() != ".xlsx":
        raise CommandError("to_paper.not_xlsx", file=str(xlsx))
    return [file for file in (pdf, xlsx) if file]


def write(
    ctx: Context, target: Path, as_pdf: Callable[[], bytes], as_xlsx: Callable[[], bytes]
) -> None:
    """Make a document and write it to a file, and say so.

    Raises
    ------
    CommandError
        It could not be made (a font, a typesetter that fails) or written (no such folder, disk
        full).
    """
    try:
        content = as_xlsx() if target.suffix.lower() == ".xlsx" else as_pdf()
        target.write_bytes(content)
    except (OSError, RuntimeError, ValueError) as error:
        # the typesetter raises its own RuntimeError, and a font package may miss its files
        raise CommandError("to_paper.failed", detail=_last_line(error)) from error
    ctx.step("cli.exported", target=str(target))


def write_html(ctx: Context, target: Path, page: str) -> None:
    """Write a page to a file, and say so."""
    write(ctx, target, page.encode, page.encode)


def content_of(source: Path) -> bytes:
    """What a file holds that is named to a command.

    Raises
    ------
    CommandError
        It can't be opened.
    """
    try:
        return source.read_bytes()
    except OSError as error:
        detail = error.strerror or str(error)
        raise CommandError("cli.unreadable", path=str(source), detail=detail) from error


def must_be_writable(*targets: Path | None) -> None:
    """Refuse, before anything that takes long, files that could not be written in the end.

    Raises
    ------
    CommandError
        One is a folder, or lies in one that is not there or may not be written to.
    """
    for target in filter(None, targets):
        if target.is_dir() or not target.parent.is_dir() or not os.access(target.parent, os.W_OK):
            raise CommandError("to_paper.no_folder", target=str(target))


def _last_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__


def write_sheets(
    ctx: Context, store: Store, city: City, version: PlanVersion, station: str, target: Path
) -> None:
    """Write the duty sheets of a version, of one station or of all."""
    # typesetter and spreadsheets are loaded by the commands that write, not by every one
    from ops.documents.duty_sheet_pdf import duty_sheets
    from ops.documents.duty_sheet_xlsx import duty_book
    from ops.documents.sources import addresses_of, alerts_of, needs_of, order_of

    alerts, order = alerts_of(store, version), order_of(store, version)
    only = station or None
    addresses = addresses_of(store, version, ctx.settings(), ctx.actor())
    needs = needs_of(store, version, city, ctx.settings(), ctx.clock())
    write(
        ctx,
        target,
        lambda: duty_sheets(version, city, alerts, ctx.t, only, order, addresses, needs),
        lambda: duty_book(version, city, alerts, ctx.t, only, order, needs),
    )
