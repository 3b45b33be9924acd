"""Sends what is due: claims a notice, lets go of the database, sends, marks; to each channel in
order, side by side.

At least once: a sender that dies between sending and marking leaves a notice that is sent again,
with the same number.
"""

import hashlib
import logging
import random
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from data.model.account import Role
from data.model.city import City
from data.model.message import Message
from data.model.notice import DeskMessage, Notice, Outgoing
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.permissions import Actor
from ops.base.messages import Translator
from ops.notifications.channels import Channel, ChannelSettings, DeliveryError
from ops.notifications.notices import (
    NotifySettings,
    call_of,
    escalations,
    repeated,
    rerouted,
    text_of,
)
from ops.notifications.reached import call_answered
from ops.notifications.webhook import Call

log = logging.getLogger(__name__)
HOLD = timedelta(minutes=5)  # longer than any sending takes
MINUTE = timedelta(minutes=1)
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 300.0  # while the other side is down
MEND_WAIT_S = 600.0  # where somebody has to mend something
MOST_WAIT_S = 3600.0  # whatever the other side asks
GATEWAY = Actor(name="gateway", role=Role.PLATFORM)
"""Who tells that somebody was reached: the channel, by its name."""
MOST_AT_ONCE = 8  # channels that are sent to side by side: one that hangs holds up no other


@dataclass(slots=True)
class _Line:
    """How one channel is: what went through it within the last minute, and until when it is left
    alone.
    """

    recent: deque[datetime] = field(default_factory=deque)
    seeded: bool = False
    failures: int = 0
    rest_until: datetime | None = None

    def room(self, most: int, now: datetime) -> int:
        """Messages that may go now; an instant ahead of us was written before the clock was put
        back.
        """
        while self.recent and not now - MINUTE < self.recent[0] <= now:
            self.recent.popleft()
        return most - len(self.recent)

    def rests(self, now: datetime) -> bool:
        return self.rest_until is not None and now < self.rest_until <= now + timedelta(
            seconds=MOST_WAIT_S
        )


class Sender:
    """Sends what is due, as long as we lead.

    Parameters
    ----------
    clock
        The real clock.
    link
        The address of a notice's sheet; by default the station's page under ``base_url``.
    """

    def __init__(
        self,
        store: Store,
        channels: Sequence[Channel],
        settings: NotifySettings,
        clock: Callable[[], datetime],
        link: Callable[[Notice], str | None] | None = None,
    ):
        self._store = store
        self._channels = channels
        self._settings = settings
        self._clock = clock
        self._link = link or self._page
        self._lines: dict[str, _Line] = defaultdict(_Line)
        self._token: int | None = None
        self._chance = random.Random()
        self._stopped = False

    def stop(self) -> None:
        """Send nothing more: what is being sent is the last."""
        self._stopped = True

    def send_due(self, operation: Operation, token: int) -> int:
        """Pass on what nobody confirmed, and send what is due; how many notices went out.

        Raises
        ------
        StalePlan
            We lead no longer.
        """
        rows = [channel.settings for channel in self._channels]
        now = operation.now(self._clock())
        if token != self._token:
            self._take_over(operation, rows, now, token)
        used = [each for each in self._channels if each.settings.drill or not operation.is_drill]
        if not used:
            return 0
        city = self._store.city()
        waiting = self._store.outbox.unanswered(operation.id)
        further = escalations(waiting, now, city, rows, operation.is_drill, self._settings)
        if further:
            self._store.outbox.add(further, token)
        passed_on = {(one.version, one.station_id) for one in further}
        again = [one for one in waiting if (one.version, one.station_id) not in passed_on]
        if due := repeated(again, now, self._settings):
            self._store.outbox.repeat(due, now, token)
        with ThreadPoolExecutor(min(len(used), MOST_AT_ONCE), thread_name_prefix="send") as pool:
            begun = [  # each thread logs as this one does
                pool.submit(copy_context().run, self._send_all, channel, operation, city, token)
                for channel in used
            ]
            return sum(one.result() for one in begun)

    def tell_desk(
        self,
        operation: Operation,
        body: Message,
        now: datetime,
        token: int,
        matter: str = "",
        station_id: str | None = None,
    ) -> int:
        """Let the desk's channels tell of a matter, in a drill those of drills alone; how many did
        not have it. What was told in the same words is the same matter, unless it has a name.

        Parameters
        ----------
        station_id
            A station whose chief hears of it by his own channels, too.

        Raises
        ------
        StalePlan
            We lead no longer.
        """
        names = self._desk(operation)
        if station_id is not None:
            rows = [channel.settings for channel in self._channels]
            chief = [row for row in rows if row.role == "chief"]
            names += [row.name for row in chief if row.serves(station_id, operation.is_drill)]
        return self._store.outbox.tell_desk(
            operation.id, matter or _digest(body), body, names, now, token
        )

    def _desk(self, operation: Operation) -> list[str]:
        rows = [channel.settings for channel in self._channels]
        return [
            row.name for row in rows if row.role == "desk" and (row.drill or not operation.is_drill)
        ]

    def _take_over(
        self, operation: Operation, rows: list[ChannelSettings], now: datetime, token: int
    ) -> None:
        """With the lead, what is unsent: our settings may be others, and whoever led may have died
        with notices in hand.
        """
        moved = rerouted(self._store.outbox.unanswered(operation.id), rows, operation.is_drill)
        self._store.outbox.reroute(moved, now, token)
        self._store.outbox.release_claims(operation.id, [row.name for row in rows], now, token)
        known, desk = {row.name for row in rows}, self._desk(operation)
        for one in self._store.outbox.desk_messages(operation.id, open_only=True):
            if desk and one.channel not in known:  # the desk's other channels tell of it
                self.tell_desk(operation, one.body, now, token, one.matter)
                self._store.outbox.supersede(one, token)
        self._token = token

    def _send_all(self, channel: Channel, operation: Operation, city: City, token: int) -> int:
        """Everything that is due in one channel, until its minute is full or it fails."""
        line, sent = self._lines[channel.name], 0
        while not self._stopped and not line.rests(real_now := self._clock()):
            now = operation.now(real_now)
            if not line.seeded:
                line.recent.extend(
                    [real_now]
                    * self._store.outbox.sent_since(operation.id, channel.name, now - MINUTE)
                )
                line.seeded = True
            room = line.room(channel.per_minute, real_now)
            taken = (
                self._store.outbox.claim(operation.id, channel.name, now, HOLD, 1, token)
                if room > 0
                else []
            )
            if not taken or not self._send_one(channel, taken[0], operation, city, room):
                break
            sent += 1
        return sent

    def _send_one(
        self, channel: Channel, notice: Outgoing, operation: Operation, city: City, room: int
    ) -> bool:
        """Send one that we have claimed and mark what became of it; whether it went and there may
        be room for more.
        """
        line, text = self._lines[channel.name], self._text(notice, operation, city)
        parts = len(channel.parts(text))
        if parts > room and line.recent:
            self._store.outbox.mark_unsent(
                notice, Message("channel.full"), operation.now(line.recent[0] + MINUTE)
            )
            return False
        line.recent.extend([self._clock()] * parts)
        try:
            call = _call_of(notice, city, operation)
            reached = channel.send(text, self._clock(), call)
        except DeliveryError as error:
            self._failed(channel, notice, error, operation)
            return False
        line.failures, line.rest_until = 0, None
        now = operation.now(self._clock())
        self._store.outbox.mark_sent(notice, now)
        if reached and isinstance(notice, Notice):
            gateway = replace(GATEWAY, name=channel.name)
            call_answered(self._store, operation, gateway, notice, reached.by, now, call.key)
        log.info("sent %s channel=%s attempt=%s", _name(notice), channel.name, notice.attempts)
        return True

    def _text(self, one: Outgoing, operation: Operation, city: City) -> str:
        t = Translator.of_city(self._settings.language, city)
        if not isinstance(one, Notice):
            mark = [t("notify.desk_drill")] if operation.is_drill else []
            return "\n".join([*mark, t.message(one.body)])
        missed = self._store.outbox.missed_versions(one)
        return text_of(one, city, operation.is_drill, t, self._link(one), missed)

    def forget_waits(self) -> None:
        """The clock was put: nothing waits for a time by the old one."""
        for line in self._lines.values():
            line.rest_until = None
            line.recent.clear()

    def _failed(
        self, channel: Channel, notice: Outgoing, error: DeliveryError, operation: Operation
    ) -> None:
        """Put it off: longer each time while the other side is down (it is left alone then), and by
        chance, so that not all come back at once.
        """
        line, real_now = self._lines[channel.name], self._clock()
        line.failures += 1
        wait_s = (
            MEND_WAIT_S
            if error.lasting
            else min(FIRST_WAIT_S * 2 ** min(line.failures - 1, 10), LONGEST_WAIT_S)
        )
        wait_s = max(wait_s * self._chance.uniform(0.5, 1.0), min(error.wait_s or 0.0, MOST_WAIT_S))
        until = real_now + timedelta(seconds=wait_s)
        if not error.lasting:
            line.rest_until = until
        self._store.outbox.mark_unsent(
            notice, error.message, operation.now(until), failed=error.lasting
        )
        log.warning(
            "unsent %s channel=%s attempt=%s: %s",
            _name(notice),
            channel.name,
            notice.attempts,
            error,
        )

    def _page(self, notice: Notice) -> str | None:
        base = self._settings.base_url.rstrip("/")
        return f"{base}/station?station={notice.station_id}" if base else None


def _call_of(one: Outgoing, city: City, operation: Operation) -> Call:
    """Whom a gateway is to call; the desk by the numbers of its channel."""
    if isinstance(one, Notice):
        return call_of(one, city, operation.is_drill)
    return Call(key=f"{operation.id}-desk-{one.id}", role="desk", drill=operation.is_drill)


def _name(one: Outgoing) -> str:
    """What it is called in the log."""
    if isinstance(one, DeskMessage):
        return f"message={one.id} matter={one.matter}"
    return f"notice={one.id} version={one.version} station={one.station_id}"


def _digest(body: Message) -> str:
    return hashlib.sha256(f"{body.code} {sorted(body.facts.items())!r}".encode()).hexdigest()[:32]
