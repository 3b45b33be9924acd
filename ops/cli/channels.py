"""``xunban channels``: how the ways to reach people are, and a test message through them."""

import os
from datetime import timedelta
from typing import Annotated

import typer

from data.model.city import City
from data.model.notice import Notice
from ops.base.errors import CommandError
from ops.base.naming import station_name
from ops.base.paths import home
from ops.base.sites import environment_of, own_id
from ops.cli.context import Context, Plainly
from ops.notifications.channels import Channel, DeliveryError, open_channels
from ops.notifications.trial import try_channel

channels_cli = typer.Typer(
    cls=Plainly, help="通知渠道：状态、测试。The channels for notices: state and test."
)


LATELY = timedelta(days=30)  # so far back it is told how many notices went out


def _opened(ctx: Context) -> tuple[Channel, ...]:
    return open_channels(ctx.settings().channels, environment_of(own_id(home()), os.environ))


@channels_cli.callback(invoke_without_command=True)
def channels(context: typer.Context) -> None:
    """看：各通道是否可用、待送、未送达的原因。Each channel's state, what waits, and why."""
    if context.invoked_subcommand:
        return
    ctx: Context = context.obj
    opened = _opened(ctx)
    if not opened:
        ctx.step("channels_cli.none")
        return
    store = ctx.store()
    city, operation = store.city(), store.operations.current()
    waiting = store.outbox.undelivered(operation.id) if operation else []
    since = ctx.now(operation) - LATELY if operation else None
    sent = store.outbox.sent_by_channel(operation.id, since) if operation and since else {}
    for channel in opened:
        own = [one for one in waiting if one.channel == channel.name]
        _print(ctx, channel, city, own, sent.get(channel.name, 0))
    known = {channel.name for channel in opened}
    _print_errors(ctx, city, [one for one in waiting if one.channel not in known])
    bare = [
        station.name
        for station in city.stations
        if not any(each.settings.serves(station.id, drill=False) for each in opened)
    ]
    if bare:
        ctx.out.print(ctx.t("channels_cli.uncovered", stations=bare))


def _print(ctx: Context, channel: Channel, city: City, waiting: list[Notice], sent: int) -> None:
    settings, missing = channel.settings, channel.missing()
    ready = (
        ctx.t("channel.no_variable", variable=missing) if missing else ctx.t("channels_cli.ready")
    )
    stations = [station_name(one, city) for one in settings.stations] or ctx.t("channels_cli.all")
    ctx.out.print(
        ctx.t(
            "channels_cli.line",
            name=channel.name,
            kind=settings.kind,
            ready=ready,
            role=ctx.t(f"role.{settings.role}"),
            waiting=len(waiting),
            stations=stations,
            sent=sent,
        )
    )
    if unknown := [one for one in settings.stations if one not in city.station_by_id]:
        ctx.out.print(ctx.t("channels_cli.unknown_station", stations=unknown))
    _print_errors(ctx, city, waiting)


def _print_errors(ctx: Context, city: City, waiting: list[Notice]) -> None:
    for one in waiting:
        if one.last_error:
            station, what = station_name(one.station_id, city), ctx.t.message(one.last_error)
            ctx.out.print(
                ctx.t(
                    "channels_cli.error",
                    number=one.id,
                    version=one.version,
                    attempts=one.attempts,
                    station=station,
                    what=what,
                )
            )


@channels_cli.command("test")
def try_out(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help="通道名，缺省为全部 / a channel's name; none: all")
    ] = "",
) -> None:
    """发一条测试消息。Send a test message through one channel, or through all."""
    ctx: Context = context.obj
    opened = _opened(ctx)
    chosen = [each for each in opened if name in ("", each.name)]
    if not opened:
        raise CommandError("channels_cli.none")
    if not chosen:
        raise CommandError(
            "channels_cli.unknown", name=name, names=tuple(each.name for each in opened)
        )
    failed = 0
    for channel in chosen:
        try:
            try_channel(ctx.store(), ctx.actor(), channel, ctx.t, ctx.clock())
            ctx.step("channels_cli.tested", name=channel.name)
        except DeliveryError as error:
            failed += 1
            ctx.step(
                "channels_cli.not_tested", name=channel.name, what=ctx.t.message(error.message)
            )
    if failed:
        raise CommandError("channels_cli.not_all")
