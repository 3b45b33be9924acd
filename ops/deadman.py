"""The dead-man signal: a loop that beats but has finished no round for minutes is stuck, and people must hear of it."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from ops.channels import Channel, Unsent
from ops.text import Speaker

log = logging.getLogger(__name__)

SILENCE = timedelta(minutes=5)


class DeadMan:
    """Tells the desk's channels once for each silence.

    Parameters
    ----------
    channels
        All of the bureau's; those of the desk are used.
    """

    def __init__(self, channels: Sequence[Channel], say: Speaker):
        self._channels = [channel for channel in channels if channel.settings.role == "desk"]
        self._say = say
        self._told: datetime | None = None

    def check(self, finished_at: datetime, now: datetime) -> bool:
        """Whether no round was finished for too long; a clock that was put back is no silence."""
        silent = now - finished_at > SILENCE
        if silent and self._told != finished_at:
            self._told = finished_at
            log.error("no round finished since %s", finished_at.isoformat())
            for channel in self._channels:
                try:
                    channel.send(self._say("notify.stuck", at=finished_at), now)
                except Unsent as error:
                    log.warning("dead-man signal unsent channel=%s: %s", channel.name, error)
        return silent
