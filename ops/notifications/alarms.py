"""Alarms to the desk's channels: a loop that is stuck (the dead-man signal), rain that nobody
forecasts any more, a held plan that nobody approves, and gauges that are silent or stuck.

A loop that beats but has finished no round for minutes is stuck, and people must hear of it.

A forecast that turns stale while no other is fresh is no cause to plan: what is known has not
changed. A plan that is made then for another cause goes on guarding against the rain it speaks of
(`ops.risk.outlook`). Whether to trust it any longer is for people with a radar picture: they are
told, once for each silence, and the board says so as long as it lasts.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from data.model.headquarters.directives import Directive
from data.model.plan import PlanVersion
from data.store.store import DatabaseError, Store, StoreError
from ops.base.messages import Translator
from ops.base.naming import directive_words
from ops.notifications.background import BackgroundSender
from ops.notifications.channels import Channel
from ops.risk.gauges import GaugeState, GaugeStatus
from weather.model import RainSeries

log = logging.getLogger(__name__)
SILENCE = timedelta(minutes=5)
DATABASE_PATIENCE = timedelta(seconds=5)  # three beats: a lock that is waited for is no failure


class Alarms:
    """Tells the desk's channels once for each silence, without waiting for them.

    Parameters
    ----------
    channels
        All of the bureau's; those of the desk are used.
    language
        ``"zh"`` or ``"en"``.
    store
        Where the district is looked up, whose time the alarms tell.
    """

    def __init__(self, channels: Sequence[Channel], language: str, store: Store):
        desk = [channel for channel in channels if channel.settings.role == "desk"]
        self._senders = [BackgroundSender(channel) for channel in desk]
        self._t = Translator(language)
        self._store = store
        self._sent: dict[str, datetime] = {}

    def check_round(self, finished_at: datetime, now: datetime) -> bool:
        """Whether no round was finished for too long; a clock that was put back is no silence."""
        silent = now - finished_at > SILENCE
        if silent:
            self._send("notify.stuck", finished_at, now)
        return silent

    def check_database(self, failing_since: datetime | None, now: datetime, detail: str) -> bool:
        """Whether the database has refused every beat for longer than a moment: what the field
        reports meanwhile is kept nowhere.
        """
        failing = failing_since is not None and now - failing_since >= DATABASE_PATIENCE
        if failing and failing_since is not None:
            self._send("notify.database_fails", failing_since, now, detail=detail)
        return failing

    def tell_step(self, step: timedelta, now: datetime) -> None:
        """The clock was put."""
        key = "notify.clock_back" if step < timedelta(0) else "notify.clock_forward"
        self._send(key, now, now, seconds=round(abs(step).total_seconds()))

    def tell_directive(self, code: str, one: Directive, now: datetime) -> None:
        """What the desk above tells this district, while it drills or has not begun."""
        self._send(code, one.at, now, of=str(one.id), by=one.by, text=directive_words(one))

    def tell_backup(self, now: datetime, detail: str) -> None:
        """A backup was not made."""
        self._send("notify.backup_failed", now, now, detail=detail)

    def check_rain(self, forecast: RainSeries | None, now: datetime) -> bool:
        """Whether the best forecast there is has turned stale; none at all is no silence, for none
        was ever heard.
        """
        if forecast is None or not forecast.is_stale(now):
            return False
        self._send("notify.rain_stale", forecast.fetched_at, now, name=forecast.provider)
        return True

    def check_draft(self, draft: PlanVersion | None, now: datetime, patience: timedelta) -> bool:
        """Whether a plan has waited for approval longer than ``patience``; a newer one that waits
        is told of anew.
        """
        if draft is None or now - draft.made_at <= patience:
            return False
        self._send("notify.draft_waits", draft.made_at, now, number=draft.number)
        return True

    def check_gauges(self, gauges: Iterable[GaugeStatus], now: datetime) -> int:
        """How many gauges that have measured before are silent or stuck; each is told of once for
        each silence.
        """
        gauges = tuple(gauges)
        for gauge in gauges:
            if gauge.state is GaugeState.OK:
                self._sent.pop(f"notify.gauge_stuck {gauge.gauge.name}", None)
        lost = [
            gauge
            for gauge in gauges
            if gauge.state in (GaugeState.SILENT, GaugeState.STUCK) and gauge.measured_at
        ]
        for gauge in lost:
            since = gauge.measured_at or now
            if gauge.state is GaugeState.STUCK:  # its last value comes anew each time
                since = self._sent.get(f"notify.gauge_stuck {gauge.gauge.name}", since)
            key = f"notify.gauge_{gauge.state}"
            self._send(key, since, now, of=gauge.gauge.name, name=gauge.gauge.name)
        return len(lost)

    def _translator(self) -> Translator:
        """The one of the district's time, as far as it is known: an alarm must also go out when it
        is the database that fails.
        """
        with suppress(DatabaseError, StoreError):
            self._t = Translator.of_city(self._t.language, self._store.city())
        return self._t

    def _send(
        self, key: str, since: datetime, now: datetime, of: str = "", **facts: object
    ) -> None:
        told = f"{key} {of}".strip()
        if self._sent.get(told) == since:
            return
        self._sent[told] = since
        text = self._translator()(key, at=since, **facts)
        log.error("%s since %s %s", key, since.isoformat(), facts or "")
        for sender in self._senders:
            sender.send(text, now)

    def settle(self, patience_s: float) -> bool:
        """Wait until what was raised went out, or was given up; whether that came about."""
        until = time.monotonic() + patience_s
        return all(one.settle(max(until - time.monotonic(), 0.0)) for one in self._senders)
