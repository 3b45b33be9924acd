"""``xunban backtest``: would the risk have ranked the right places first in the past storms?"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, timezone
from math import isfinite
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.table import Table

from data.model.message import Message
from data.sheets.foreign.free_tables import Faults
from data.sheets.rain_record import ReadRain, read_rain
from data.sheets.report_record import ReadReports, read_places, read_reports
from ops.base.errors import CommandError
from ops.cli.context import Context
from ops.risk.judged.backtest import OURS, ReportHistory, Storm
from ops.risk.judged.backtest_result import (
    MEASURES,
    METHODS,
    NAIVE,
    BacktestResult,
    Estimate,
    backtest,
)
from ops.risk.judged.report_history import report_history
from ops.risk.past_storms import STORM_MM, storms_of_rain, storms_of_reports, within


def add_to(cli: typer.Typer) -> None:
    """Give the command line this command."""
    cli.command("backtest")(backtest_)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise typer.BadParameter(name) from None


def backtest_(
    context: typer.Context,
    history: Annotated[Path, typer.Option(help="上报记录 / record of reports (CSV, xlsx)")],
    rain: Annotated[Path | None, typer.Option(help="降雨记录 / record of rain (CSV, xlsx)")] = None,
    places: Annotated[
        Path | None, typer.Option(help="地点清单 / list of places (CSV, xlsx)")
    ] = None,
    storm_mm: Annotated[
        float, typer.Option(min=0, max=1000, help="多少毫米算一场 / mm that make a storm")
    ] = STORM_MM,
    zone: Annotated[
        ZoneInfo | None,
        typer.Option(parser=_zone, metavar="ZONE", help="记录所在时区 / their zone: Asia/Shanghai"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """用历史检验风险排序，与几种简单排法比。Try the risk on past storms, beside naive rankings.

    Each storm is judged by what was known on the day before it.
    """
    ctx: Context = context.obj
    reports, clock = _reports(history, zone, ctx.zone)
    listed = read_places(places) if places else None
    fallen = read_rain(rain, clock) if rain else None
    for faults in (reports.faults, listed and listed.faults, fallen and fallen.faults):
        if faults and faults.count:
            _tell(ctx, faults)
    if fallen:
        _tell_rain(ctx, fallen)
    past = report_history(reports.record, listed.places if listed else ())
    all_storms = storms_of_rain(fallen.record, storm_mm) if fallen else storms_of_reports(past)
    storms = within(past, all_storms)
    if all_storms and not storms:
        raise CommandError("backtest.other_times", **_times(past, all_storms))
    result = backtest(past, storms)
    if result is None:
        raise CommandError("backtest.nothing_to_judge", storms=len(storms))
    if as_json:
        print(json.dumps(_as_json(result, storms), ensure_ascii=False, indent=2))
        return
    ctx.out.print(_table(ctx, result))
    for line in _said(result, fallen is not None):
        ctx.out.print(ctx.t.message(line), soft_wrap=True)


def _reports(
    history: Path, zone: ZoneInfo | None, here: ZoneInfo
) -> tuple[ReadReports, ZoneInfo | timezone]:
    """The reports, and by whose clock they are told: by that of ``zone``, else of their own offset,
    else, as what says UTC or nothing, of the district.
    """
    if zone is not None:
        return read_reports(history, zone), zone
    reports = read_reports(history)
    if reports.offset:
        return reports, timezone(reports.offset)
    return reports if reports.offset is None else read_reports(history, here), here


def _times(past: ReportHistory, storms: Sequence[Storm]) -> dict[str, object]:
    """From when to when there are reports, and storms."""
    days = {
        "reports_from": past.starts,
        "reports_to": int(past.day[-1]),
        "storms_from": storms[0].first,
        "storms_to": storms[-1].last,
    }
    return {name: date.fromordinal(day).isoformat() for name, day in days.items()}


def _tell(ctx: Context, faults: Faults) -> None:
    """The rows that were left out, the first of them one by one."""
    for row in faults.told:
        facts = {"sheet": row.sheet, "row": row.row, "column": row.column or "-"}
        ctx.step("cli.row_error", **facts, what=row.message)
    ctx.step("backtest.left_out", sheet=faults.sheet, count=faults.count)


def _tell_rain(ctx: Context, fallen: ReadRain) -> None:
    """What was taken for granted of the rain."""
    if fallen.is_guess:
        ctx.step("backtest.unit_guessed", factor=fallen.to_mm)
    if fallen.is_running:
        ctx.step("backtest.running_total")


def _as_json(result: BacktestResult, storms: Sequence[Storm]) -> dict[str, object]:
    return {
        "method": OURS,
        **{
            measure: {method: _plain(one) for method, one in by_method.items()}
            for measure, by_method in result.measures.items()
        },
        "ahead": {
            measure: {method: _plain(one) for method, one in by_method.items()}
            for measure, by_method in result.ahead.items()
        },
        "verdict": {method: result.verdict(method) for method in NAIVE},
        "brier": {method: _plain(one) for method, one in result.brier.items()},
        "slope": _number(result.slope.value),
        "slope_se": _number(result.slope.se),
        "storms": result.storms,
        "judged": result.judged,
        "places": result.places,
        "reports": result.reports,
        "elsewhere": result.elsewhere,
        "half_life_days": _number(result.choice.half_life),
        "prior_reports": result.choice.prior,
    }


def _plain(one: Estimate) -> dict[str, float | None]:
    return {"value": _number(one.value), "se": _number(one.se)}


def _number(value: float | None) -> float | None:
    """A figure that JSON can hold; what is none or without end is none."""
    return round(value, 6) if value is not None and isfinite(value) else None


def _table(ctx: Context, result: BacktestResult) -> Table:
    t = ctx.t
    table = Table(title=t("backtest.title"), caption=t("backtest.caption"))
    table.add_column(t("backtest.method"))
    for measure in MEASURES:
        table.add_column(t(f"backtest.{measure}"), justify="right")
    table.add_column(t("backtest.ahead"), justify="right")
    for method in METHODS:
        cells = [_shown(result.measures[measure][method]) for measure in MEASURES]
        ahead = _shown(result.ahead["top10"][method], sign="+") if method in NAIVE else ""
        table.add_row(t(f"backtest.method_{method}"), *cells, ahead)
    return table


def _shown(one: Estimate, sign: str = "") -> str:
    if not isfinite(one.value):
        return "–"
    spread = "" if one.se is None else f" ± {one.se:.3f}"
    return f"{one.value:{sign}.3f}{spread}"


def _said(result: BacktestResult, has_rain: bool) -> Iterable[Message]:
    """The findings in words: what is beaten and, as plainly, what is not."""
    for method in NAIVE:
        naive = Message(f"backtest.method_{method}")
        yield Message(f"backtest.is_{result.verdict(method)}", {"method": naive})
    yield _calibration(result)
    half_life = result.choice.half_life
    if isfinite(half_life):
        yield Message("backtest.half_life", {"days": round(half_life)})
    else:
        yield Message("backtest.no_fading")
    yield Message(
        "backtest.of" if has_rain else "backtest.of_reports",
        {
            "judged": result.judged,
            "storms": result.storms,
            "places": result.places,
            "reports": round(result.reports),
            "elsewhere": round(100 * result.elsewhere, 1),
        },
    )


def _calibration(result: BacktestResult) -> Message:
    """How true the probabilities were, as far as the record can tell."""
    if not isfinite(result.slope.value):
        return Message("backtest.no_calibration")
    return Message(
        "backtest.calibration",
        {
            "slope": round(result.slope.value, 2),
            "se": round(result.slope.se or 0.0, 2),
            "brier": round(result.brier[OURS].value, 4),
            "base": round(result.brier["random"].value, 4),
        },
    )
