"""Sends alarms beside whoever raises them: a channel that does not answer holds up neither the beat
that keeps the lead nor another channel.
"""

import logging
import threading
import time
from collections import deque
from datetime import datetime

from ops.notifications.channels import Channel, DeliveryError

log = logging.getLogger(__name__)
MOST_WAITING = 50  # alarms: so many at once say no more than the newest of them
WAITS_S = (5.0, 20.0, 60.0)  # before it is tried again, while the other side is down


class BackgroundSender:
    """One channel's alarms, in order, by a thread that lives while there are any.

    Parameters
    ----------
    waits_s
        Before each further try; an alarm that no try delivers is given up.
    """

    def __init__(self, channel: Channel, waits_s: tuple[float, ...] = WAITS_S):
        self._channel, self._waits_s = channel, waits_s
        self._waiting: deque[tuple[str, datetime]] = deque(maxlen=MOST_WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def send(self, text: str, at: datetime) -> None:
        """Let it go out as soon as what came before it has; ``at`` is the real time."""
        with self._lock:
            self._waiting.append((text, at))
            if self._thread is None:
                name = f"alarm {self._channel.settings.name}"
                self._thread = threading.Thread(target=self._work, name=name, daemon=True)
                self._thread.start()

    def settle(self, patience_s: float) -> bool:
        """Wait until nothing waits; whether that came about within ``patience_s``."""
        thread = self._thread
        if thread is not None:
            thread.join(patience_s)
        return self._thread is None

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                text, at = self._waiting.popleft()
            try:
                self._try(text, at)
            except Exception:
                log.exception("alarm unsent channel=%s", self._channel.settings.name)

    def _try(self, text: str, at: datetime) -> None:
        for wait_s in (*self._waits_s, None):
            try:
                self._channel.send(text, at)
            except DeliveryError as error:
                log.warning("alarm unsent channel=%s: %s", self._channel.settings.name, error)
                if wait_s is None or error.lasting:
                    return
                time.sleep(wait_s)
            else:
                return
