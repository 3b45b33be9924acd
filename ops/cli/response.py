"""``xunban response``: how quickly the centre answered, by road, station, kind, level, version or
month.
"""

import csv
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from data.model.city import City
from data.model.message import Message
from data.model.wall_clock import clock_at
from data.sheets.cells import guard
from ops.analytics.case import CLOCKS, Case
from ops.analytics.history import History, read_history
from ops.analytics.share_kpis import Share, not_measurable, shares
from ops.analytics.time_kpis import KEYS, Group, Span, summary
from ops.analytics.workload import crew_workloads, overtime_violations, work_intervals
from ops.cli.context import Context
from ops.settings import Settings


def add_to(cli: typer.Typer) -> None:
    """Give the command line this command."""
    cli.command()(response)


def response(
    context: typer.Context,
    by: Annotated[str, typer.Option(help="|".join(KEYS))] = "all",
    from_: Annotated[str, typer.Option("--from", help="从哪天起 / first day, 2022-07-01")] = "",
    to: Annotated[str, typer.Option("--to", help="到哪天止 / last day")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / for machines")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="逐项明细 / every case as CSV")] = False,
) -> None:
    """响应时间：从预警、报告到处置完毕的各段用时。

    How quickly the centre answered; open cases are counted too.
    """
    if by not in KEYS:
        raise typer.BadParameter("|".join(KEYS), param_hint="--by")
    ctx: Context = context.obj
    store = ctx.store()
    current, city = ctx.operation(store), store.city()
    now, zone = ctx.now(current), ZoneInfo(city.district.time_zone)
    first, last = _day(from_, time.min, zone), _day(to, time.max, zone)
    history, settings = read_history(store, current), ctx.settings()
    cases = [case for case in history.cases(city) if _lies(case, first, last)]
    if as_csv:
        _write_csv(cases)
        return
    groups = summary(cases, city, now, settings.response, by)
    rates = shares(cases, history, now, settings.response)
    period = (first or datetime.min.replace(tzinfo=UTC), min(last or now, now))
    breaches = _overtime(history, city, now, period, settings)
    notes = tuple(ctx.t.message(note) for note in (breaches, *not_measurable()))
    (_print_json if as_json else _print)(ctx, groups, rates, notes)


def _overtime(
    history: History,
    city: City,
    now: datetime,
    period: tuple[datetime, datetime],
    settings: Settings,
) -> Message:
    """How often the limits of work were broken in the period."""
    worked = work_intervals(history.cases(city), now)
    return overtime_violations(
        crew_workloads(worked, history.orders, city, period, settings.workload, settings.response)
    )


def _day(text: str, at: time, zone: ZoneInfo) -> datetime | None:
    try:
        return clock_at(datetime.fromisoformat(text).date(), at, zone) if text else None
    except ValueError:
        raise typer.BadParameter(f"{text!r}: 2022-07-01") from None


def _lies(case: Case, first: datetime | None, last: datetime | None) -> bool:
    begun = next(at for at in case.clocks if at is not None)
    return (first is None or begun >= first) and (last is None or begun <= last)


def _write_csv(cases: list[Case]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(
        (
            "cause",
            "job",
            "kind",
            "segment",
            "station",
            "level",
            "version",
            "state",
            "reopened",
            "moves",
            *CLOCKS,
        )
    )
    for case in cases:
        words = (case.cause, case.job_id, case.kind, case.segment_id, case.station_id, case.level)
        writer.writerow(
            (
                *(guard(word) if word else word for word in words),
                case.version,
                case.state,
                case.reopened,
                case.moves,
                *(at.astimezone(UTC).isoformat() if at else "" for at in case.clocks),
            )
        )


def _print_json(
    _ctx: Context, groups: tuple[Group, ...], rates: tuple[Share, ...], notes: tuple[str, ...]
) -> None:
    figures = {
        "groups": [asdict(group) for group in groups],
        "shares": [asdict(rate) for rate in rates],
        "notes": notes,
    }
    print(json.dumps(figures, ensure_ascii=False, indent=2))


def _print(
    ctx: Context, groups: tuple[Group, ...], rates: tuple[Share, ...], notes: tuple[str, ...]
) -> None:
    if not groups:
        ctx.step("kpi.none")
    for group in groups:
        _print_group(ctx, group)
    for rate in rates:
        if rate.count:
            ctx.out.print(
                ctx.t(
                    "kpi.share",
                    name=ctx.t(f"kpi.{rate.name}"),
                    kept=rate.kept,
                    count=rate.count,
                    share=round(100 * rate.kept / rate.count),
                )
            )
    for note in notes:
        ctx.out.print(note, soft_wrap=True)
    ctx.out.print(ctx.t("kpi.definition"), soft_wrap=True)


def _print_group(ctx: Context, group: Group) -> None:
    """The cases of a group, its times, and the legs that took too long."""
    ctx.out.print(
        ctx.t(
            "kpi.group",
            name=group.key or ctx.t("kpi.all"),
            cases=group.cases,
            open=group.open,
            withdrawn=group.withdrawn,
        )
        + ("" if group.ranked else ctx.t("kpi.too_few"))
    )
    for span in group.spans:
        if span.count:
            ctx.out.print("  " + _span(ctx, span), soft_wrap=True)
    if group.delayed:
        legs = tuple(
            f"{ctx.t(f'leg.{leg}')} {count}"
            for leg, count in sorted(group.delayed.items(), key=lambda pair: (-pair[1], pair[0]))
        )
        ctx.out.print("  " + ctx.t("kpi.delayed", legs=legs), soft_wrap=True)


def _span(ctx: Context, one: Span) -> str:
    return ctx.t(
        "kpi.span",
        name=ctx.t(f"kpi.{one.name}"),
        ended=one.ended,
        count=one.count,
        median=_minutes(ctx, one.median),
        p90=_minutes(ctx, one.p90),
        target=round(one.target_s / 60),
        within=round(100 * (one.within or 0.0)),
    )


def _minutes(ctx: Context, seconds: float | None) -> str:
    return (
        ctx.t("kpi.not_reached")
        if seconds is None
        else ctx.t("kpi.minutes", minutes=round(seconds / 60, 1))
    )
