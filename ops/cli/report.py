"""``xunban report``: one page on one storm for the superior office, as PDF or as Excel."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from ops.analytics.history import read_history, season, seasons
from ops.analytics.storm_ledger import storms
from ops.base.errors import CommandError
from ops.cli import documents
from ops.cli.context import Context, home

if TYPE_CHECKING:
    from ops.documents.storm_report import Report


def add_to(cli: typer.Typer) -> None:
    """Give the command line this command."""
    cli.command()(report)


def report(
    context: typer.Context,
    storm: Annotated[
        int, typer.Option(min=0, help="第几场，默认最近一场 / number, the latest by default")
    ] = 0,
    year: Annotated[
        int, typer.Option(min=0, help="哪一年，默认最近一年 / the latest by default")
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
    # typesetter and spreadsheets are loaded by the commands that write, not by every one
    from ops.documents import spreadsheets
    from ops.documents.storm_report import as_pdf, as_tables

    page = _report(ctx, year, storm, by)
    for target in targets:
        documents.write(
            ctx,
            target,
            lambda: as_pdf(page, ctx.t),
            lambda: spreadsheets.as_excel(as_tables(page, ctx.t), ctx.t),
        )


def _report(ctx: Context, year: int, number: int, by: str) -> "Report":
    """The report of a storm, by its number in a year; 0: of the latest."""
    from ops.documents.storm_report import Report

    store = ctx.store()
    operation, settings = ctx.operation(store), ctx.settings().response
    now = ctx.now(operation)
    zone = ctx.t.zone
    year = year or next(iter(seasons(store, operation, zone)), now.astimezone(zone).year)
    history = read_history(store, operation, gauges=ctx.settings().gauges, span=season(year, zone))
    found = storms(history, now, timedelta(hours=settings.storm_gap_hours))
    storm = next((each for each in reversed(found) if number in (0, each.number)), None)
    if storm is None:
        raise CommandError("report.no_storm", n=len(found))
    return Report(
        storm=storm,
        history=history,
        city=store.city(),
        settings=settings,
        now=now,
        by=ctx.actor(by).name,
        photos=home() / "photos",
        store=store,
    )
