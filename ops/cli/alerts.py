"""Commands about warnings: take one in, show what is understood, list what is in force."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ops.base.errors import CommandError
from ops.base.messages import Translator
from ops.cli.context import Context, time_of
from ops.cli.wait_for_plan import await_plan
from ops.documents.alert_lines import state_line, why
from ops.intake import alerts as intake
from ops.intake import operations
from ops.intake.alert_list import AlertState, alert_states
from weather import detect_format
from weather.model import Alert

MAX_READ = detect_format.MAX_BYTES + 1
alert_cli = typer.Typer(
    no_args_is_help=True,
    help="预警：录入、识别、清单。Warnings: take in, show what is understood, list.",
)


def read(source: str) -> bytes:
    """A payload from a file, or from standard input (``-``)."""
    if source == "-":
        return sys.stdin.buffer.read(MAX_READ)
    try:
        with Path(source).open("rb") as file:
            return file.read(MAX_READ)
    except OSError as error:
        raise CommandError(
            "cli.unreadable", path=source, detail=error.strerror or str(error)
        ) from error


@alert_cli.command("parse")
def alert_parse(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="文件或 - / file or -")],
    received: Annotated[str, typer.Option(help="收到时间 / time of receipt")] = "",
) -> None:
    """只识别，不录入（JSON）。Only show, as JSON, what is understood."""
    ctx: Context = context.obj
    received_at = ctx.instant(time_of(received)) if received else ctx.fixed_now
    alerts = detect_format.parse_any(read(source), received_at)
    print(
        json.dumps([detect_format.to_json(alert) for alert in alerts], ensure_ascii=False, indent=2)
    )


@alert_cli.command("add")
def alert_add(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="文件或 - / file or -")],
    ours: Annotated[
        bool, typer.Option("--ours", help="写的是别处，也按本辖区录入 / it holds here, too")
    ] = False,
) -> None:
    """录入预警并重新排班。Take a warning in and plan again."""
    ctx: Context = context.obj
    payload = read(source)
    store = ctx.store()
    current = ctx.operation(store)
    now = ctx.now(current)
    alerts = intake.understand(payload, now, None if store.is_empty() else store.city().district)
    operations.resume_clock(store, current, ctx.clock())
    taken = intake.take_alerts(store, current, ctx.actor(), alerts, now, for_our_area=ours)
    for each in taken:
        ctx.out.print(_understood(each.alert, ctx.t))
        if not each.new:
            ctx.step("cli.alert_known")
        elif each.elsewhere:
            ctx.step("outcome.elsewhere", type=each.alert.type)
        elif each.over:
            ctx.step("outcome.over", type=each.alert.type)
    waiting = [each.trigger for each in taken if each.trigger and each.trigger.settled_at is None]
    if waiting:
        await_plan(ctx, store, current, waiting)


def _understood(alert: Alert, t: Translator) -> str:
    lines = [
        t(
            "alert.understood",
            issuer=alert.issuers or "-",
            action=t(f"action.{alert.action}"),
            type=alert.type,
            level=t(f"level.{alert.level}") if alert.level else "",
        )
    ]
    if alert.issued_at:
        lines.append(t("alert.issued", at=alert.issued_at))
    if alert.forecast_mm is not None and alert.forecast_hours is not None:
        lines.append(t("alert.forecast", hours=alert.forecast_hours, mm=alert.forecast_mm))
    if alert.observed_mm is not None:
        lines.append(t("alert.observed", mm=alert.observed_mm))
    lines += [t("alert.doubt", what=t(code)) for code in alert.doubts]
    return "\n".join(lines)


@alert_cli.command("list")
def alert_list(
    context: typer.Context,
    at: Annotated[str, typer.Option(help="哪一刻，默认现在 / at what time; now by default")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / for machines")] = False,
) -> None:
    """哪些预警生效、从何时到何时，其余为何不生效。

    What is in force, from when to when, and why the others are not.
    """
    ctx: Context = context.obj
    store = ctx.store()
    current = store.operations.current()
    if current is None:
        raise CommandError("cli.no_operation")
    instant = ctx.instant(time_of(at)) if at else ctx.now(current)
    district = None if store.is_empty() else store.city().district
    states = alert_states(store.weather.alerts(current.id), current, district, instant)
    if as_json:
        print(json.dumps([_json(each, ctx) for each in states], ensure_ascii=False, indent=2))
        return
    if not states:
        ctx.out.print(ctx.t("alert.list_none", at=instant))
    for each in states:
        ctx.out.print(state_line(each, ctx.t))


def _json(state: AlertState, ctx: Context) -> dict:
    alert = state.alert

    def iso(instant: datetime | None) -> str | None:
        return instant.astimezone(ctx.zone).isoformat() if instant else None

    return {
        "provider": alert.provider,
        "provider_id": alert.provider_id,
        "digest": alert.digest,
        "issuers": list(alert.issuers),
        "type": alert.type,
        "level": str(alert.level) if alert.level else None,
        "action": str(alert.action),
        "status": str(alert.status),
        "area": list(alert.areas),
        "adcodes": list(alert.adcodes),
        "means": list(state.means),
        "issued_at": iso(alert.issued_at),
        "received_at": iso(alert.received_at),
        "begins_at": iso(state.begins_at),
        "onset_at": iso(alert.onset_at),
        "ends_at": iso(state.ends_at),
        "in_force": state.in_force,
        "planned": state.planned,
        "why": state.why,
        "why_text": why(state, ctx.t),
        "by": state.by.provider_id if state.by else None,
        "doubts": [ctx.t(code) for code in alert.doubts],
    }
