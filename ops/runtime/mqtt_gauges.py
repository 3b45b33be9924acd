"""Gauges that send by MQTT: what they publish is taken as what is pushed over HTTP is.

Needs the extra ``xunban[mqtt]`` (paho-mqtt, the Eclipse Foundation's client), which is asked for
only where a broker is set up.
"""

import json
import logging
import os
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from data.model.account import Role
from data.store.store import DatabaseError, Store
from ops.auth.permissions import Actor
from ops.base.sites import environment_of
from ops.field.water.gauges import MOST, take_readings
from ops.risk.gauges import Gauge
from ops.settings import Settings
from weather.model import Health, SourceError, SourceHealth

log = logging.getLogger(__name__)
NAME = "mqtt"
#: No message of a gauge is longer.
MAX_BYTES = 200_000
_ACTOR = Actor(name="mqtt", role=Role.PLATFORM)


def matches(pattern: str, topic: str) -> bool:
    """Whether a topic is one of a pattern: ``+`` is one level, ``#`` all that follow (MQTT 3.1.1,
    4.7).
    """
    wanted, levels = pattern.split("/"), topic.split("/")
    for i, level in enumerate(wanted):
        if level == "#":
            return True
        if i >= len(levels) or level not in ("+", levels[i]):
            return False
    return len(wanted) == len(levels)


def readings_of(gauges: Sequence[Gauge], topic: str, payload: bytes) -> list[object]:
    """The readings of a message: an object, a list of them, ``{"readings": [...]}``, or a bare
    number; what names no gauge is of those whose topic it came on.
    """
    try:
        said = json.loads(payload[:MAX_BYTES])
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, Mapping) and "readings" in said:
        said = said["readings"]
    entries = said if isinstance(said, list) else [said]
    own = [gauge.name for gauge in gauges if gauge.topic and matches(gauge.topic, topic)]
    found: list[object] = []
    for entry in entries[:MOST]:
        fields = dict(entry) if isinstance(entry, Mapping) else {"value": entry}
        found += [fields] if "gauge" in fields else [fields | {"gauge": name} for name in own]
    return found


class GaugeListener:
    """Keeps the line to the broker, and takes in what comes.

    Parameters
    ----------
    clock
        The real clock.
    """

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], datetime]):
        self._store, self._settings, self._clock = store, settings, clock
        self._client: Any = None
        self._good_at: datetime | None = None
        self._refused = False

    def keep_up(self) -> None:
        """Begin to listen, if a broker is set up; from then on the client keeps the line itself."""
        mqtt = self._settings.mqtt
        if not mqtt.host or self._client is not None:
            return
        try:
            from paho.mqtt import client
        except ImportError:
            self._tell(Health.FAILED, "gauge.no_mqtt")
            return
        name = f"xunban-{socket.gethostname()}"
        self._client = client.Client(
            client.CallbackAPIVersion.VERSION2, client_id=name, clean_session=False
        )
        if mqtt.user:
            known = environment_of(self._store.site, os.environ)
            password = known.get(mqtt.password_env) if mqtt.password_env else None
            self._client.username_pw_set(mqtt.user, password)
        if mqtt.tls:
            self._client.tls_set_context(ssl.create_default_context())
        self._client.on_connect, self._client.on_message = self._connected, self._message
        self._client.on_disconnect = self._lost
        self._client.on_connect_fail = lambda *_: self._tell(Health.FAILED, "gauge.no_broker")
        self._client.reconnect_delay_set(1, 60)
        self._client.connect_async(mqtt.host, mqtt.port)
        self._client.loop_start()

    def stop(self) -> None:
        """Listen no more."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def _connected(self, client: Any, _data: object, _flags: object, why: Any, *_: object) -> None:
        self._refused = bool(why.is_failure)
        if self._refused:
            self._tell(Health.FAILED, "gauge.refused")
            return
        for topic in {gauge.topic for gauge in self._settings.gauges if gauge.topic}:
            client.subscribe(topic, qos=1)
        self._good_at = self._clock()
        self._tell(Health.OK)

    def _lost(self, _client: object, _data: object, _flags: object, why: Any, *_: object) -> None:
        if why.is_failure and not self._refused:  # who is refused is cut off besides
            self._tell(Health.FAILED, "gauge.no_broker")

    def _message(self, _client: object, _data: object, message: Any) -> None:
        """Take a message in; whatever is in it, the client's thread lives on."""
        try:
            operation = self._store.operations.current()
            if operation is None or self._store.is_empty():
                return
            gauges = self._settings.gauges
            take_readings(
                self._store,
                operation,
                _ACTOR,
                readings_of(gauges, message.topic, message.payload),
                operation.now(self._clock()),
                gauges,
                self._settings.incident,
            )
            self._good_at = self._clock()
        except DatabaseError as error:
            log.error("a reading was not kept: %s", error.orig)
        except Exception:
            log.exception("a message of a gauge was not taken in")

    def _tell(self, state: Health, code: str = "") -> None:
        error = SourceError(code=code, facts={"host": self._settings.mqtt.host}) if code else None
        try:
            self._store.weather.save_health(
                SourceHealth(
                    provider=NAME,
                    state=state,
                    tried_at=self._clock(),
                    good_at=self._good_at,
                    error=error,
                )
            )
        except DatabaseError as failed:
            log.error("how the broker is was not kept: %s", failed.orig)
