"""QWeather (和风天气): alerts, hourly and five-minute rain.

Sources: dev.qweather.com, "weatheralert/v1/current", "weather/v1/hourly", "v7/minutely/5m", and the
older "v7/warning/now" and "v7/weather/24h". Each account has its own host. Rain of an hour is that
of the hour that begins at the time (当前小时累计降水量), of five minutes likewise; the documents
leave it open. A quiet answer (``zeroResult``) is an empty list and cancels nothing.
"""

import re
from datetime import datetime, timedelta

from weather import message_codes
from weather.hazards import GRADED, LEVEL, canonical, level_of
from weather.model import (
    Action,
    Alert,
    BadPayload,
    Level,
    RainSeries,
    RainStep,
    Severity,
    SourceDown,
)
from weather.notices import parse as notice
from weather.providers import json_reading, jwt
from weather.providers.json_reading import Record
from weather.providers.provider import Provider, Query, Request, Shape, alerts_by, rain_by

PROVIDER = "qweather"
_ACTIONS = {
    "issue": Action.ISSUE,
    "alert": Action.ISSUE,
    "active": Action.ISSUE,
    "update": Action.UPDATE,
    "cancel": Action.CANCEL,
}


def parse(payload: bytes, received_at: datetime | None) -> list[Alert]:
    """Alerts of an answer of v1 or v7; empty if the place is quiet.

    Raises
    ------
    SourceDown
        ``feed.refused``: the answer is an error.
    BadPayload
        ``feed.*``.
    """
    answer = _answer(payload)
    if "alerts" in answer:
        entries, read = answer.entries("alerts"), _v1
    elif "warning" in answer:
        entries, read = answer.entries("warning"), _v7
    else:
        raise BadPayload("feed.missing", provider=PROVIDER, field="alerts")
    return json_reading.each_readable(entries, lambda entry: _alert(read(entry), received_at))


def parse_rain(payload: bytes, fetched_at: datetime) -> RainSeries:
    """Rain of an answer: hours of v1 or v7, or steps of five minutes.

    Raises
    ------
    SourceDown, BadPayload
        As ``parse``; ``feed.no_rain`` if no step has an amount.
    """
    answer = _answer(payload)
    if "hours" in answer:
        steps, unread = json_reading.steps_of(answer.entries("hours"), _v1_hour)
    else:
        name, length = ("hourly", timedelta(hours=1))
        if name not in answer:
            name, length = ("minutely", timedelta(minutes=5))
        entries = answer.entries(name)
        steps, unread = json_reading.steps_of(entries, lambda record: _v7_step(record, length))
    if not steps:
        raise BadPayload("feed.no_rain", provider=PROVIDER)
    return RainSeries(
        provider=PROVIDER,
        run_at=answer.maybe_time("updateTime", []),
        fetched_at=fetched_at,
        steps=tuple(steps),
        unread=unread,
    )


def _answer(payload: bytes) -> Record:
    answer = json_reading.load(payload, PROVIDER)
    code = answer.text("code")
    if "error" in answer or (code is not None and code not in ("200", "204")):
        status = answer.record("error").text("status") if "error" in answer else code
        raise SourceDown("feed.refused", provider=PROVIDER, status=(status or "?")[:20])
    return answer


def _v1(record: Record) -> dict:
    doubts: list[str] = []
    kind = record.maybe_record("messageType", doubts)
    return {
        "id": record.named("id", doubts),
        "issuer": record.maybe("senderName", doubts),
        "issued_at": record.maybe_time("issuedTime", doubts),
        "kind": kind.maybe("code", doubts),
        "supersedes": kind.maybe_texts("supersedes", doubts),
        "type": record.maybe_record("eventType", doubts).maybe("name", doubts),
        "colour": record.maybe_record("color", doubts).maybe("code", doubts),
        "severity": record.maybe("severity", doubts),
        "effective_at": record.maybe_time("effectiveTime", doubts),
        "onset_at": record.maybe_time("onsetTime", doubts),
        "expires_at": record.maybe_time("expireTime", doubts),
        "headline": record.maybe("headline", doubts),
        "text": record.maybe("description", doubts),
        "instruction": record.maybe("instruction", doubts),
        "doubts": doubts,
    }


def _v7(record: Record) -> dict:
    doubts: list[str] = []
    related = record.maybe("related", doubts)
    return {
        "id": record.named("id", doubts),
        "issuer": record.maybe("sender", doubts),
        "issued_at": record.maybe_time("pubTime", doubts),
        "kind": record.maybe("status", doubts),
        "supersedes": related.split(",") if related else [],
        "type": record.maybe("typeName", doubts),
        "colour": record.maybe("severityColor", doubts) or record.maybe("level", doubts),
        "severity": record.maybe("severity", doubts),
        "effective_at": record.maybe_time("startTime", doubts),
        "onset_at": None,
        "expires_at": record.maybe_time("endTime", doubts),
        "headline": record.maybe("title", doubts),
        "text": record.maybe("text", doubts),
        "instruction": None,
        "doubts": doubts,
    }


def _alert(record: dict, received_at: datetime | None) -> Alert:
    """One alert; its Chinese text says more exactly what is done, and how much rain is meant."""
    kind = canonical(record["type"]) if record["type"] else None
    parsed = json_reading.words(record["text"], record["issued_at"], kind) or json_reading.words(
        record["headline"], record["issued_at"], kind
    )
    name = kind or (parsed.type if parsed else "")
    if not (name or record["text"] or record["headline"]):
        raise BadPayload("feed.missing", provider=PROVIDER, field="eventType.name")
    severity = next(
        (value for value in Severity if value.lower() == (record["severity"] or "").lower()),
        Severity.UNKNOWN,
    )
    level, doubts = _level(record, parsed, severity)
    issuers = json_reading.issuers(parsed, record["issuer"])
    if not issuers:
        doubts.append("doubt.no_issuer")
    doubts = [*record["doubts"], *doubts, *([] if name else ["doubt.no_hazard"])]
    if _kind(record) not in _ACTIONS:  # a word that they have not used so far: the warning stands
        doubts.append("doubt.action_assumed")
    if _ends_before_start(record):
        doubts.append("doubt.end_before_start")
    return Alert(
        provider=PROVIDER,
        provider_id=record["id"],
        issuers=issuers,
        type=name,
        level=level,
        severity=severity,
        action=_action(record, parsed),
        supersedes=tuple(record["supersedes"]),
        received_at=received_at,
        text=record["text"] or "",
        refers_to_issued_at=parsed.refers_to_issued_at if parsed else None,
        doubts=tuple(dict.fromkeys(doubts)),
        confidence=message_codes.confidence(tuple(dict.fromkeys(doubts))),
        onset_at=record["onset_at"] or (parsed.onset_at if parsed else None),
        expires_at=record["expires_at"] or (parsed.expires_at if parsed else None),
        status=notice.status_of(record["headline"], record["text"]),
        **{name: record[name] for name in _AS_GIVEN},
        **json_reading.details(parsed, record["text"], record["issued_at"]),
    )


_AS_GIVEN = ("issued_at", "effective_at", "headline", "instruction")


def _kind(record: dict) -> str:
    return (record["kind"] or "issue").lower()


def _ends_before_start(record: dict) -> bool:
    """Whether its end is none (``validity.ends_at``)."""
    starts = [record[name] for name in ("issued_at", "onset_at") if record[name]]
    return bool(record["expires_at"] and starts and record["expires_at"] <= max(starts))


def _action(record: dict, parsed: Alert | None) -> Action:
    action = _ACTIONS.get(_kind(record), Action.ISSUE)
    if parsed and action is not Action.CANCEL and parsed.action is not Action.ISSUE:
        return parsed.action
    return action


def _level(
    record: dict, parsed: Alert | None, severity: Severity
) -> tuple[Level | None, list[str]]:
    """The colour by its code, else by the words, else by the severity; and the doubt about it."""
    colour = (record["colour"] or "").strip()
    level = (
        json_reading.COLOURS.get(colour.lower())
        or (level_of(colour)[0] if re.fullmatch(GRADED, colour) else None)
        or (parsed.level if parsed else None)
    )
    if level is None and severity in LEVEL:
        return LEVEL[severity], ["doubt.level_from_severity"]
    return level, []


def _v1_hour(record: Record) -> RainStep | None:
    rain = record.record("precipitation")
    amount = rain.record("amount")
    if amount.text("unit") not in (None, "mm"):
        raise amount.bad("unit", amount.text("unit"))
    return _step(
        record.time("forecastTime"),
        timedelta(hours=1),
        json_reading.millimetres(amount, "value"),
        json_reading.share(rain, "probability", 1),
    )


def _v7_step(record: Record, length: timedelta) -> RainStep | None:
    return _step(
        record.time("fxTime"),
        length,
        json_reading.millimetres(record, "precip"),
        json_reading.share(record, "pop", 100),
    )


def _step(
    start: datetime | None, length: timedelta, mm: float | None, share: float | None
) -> RainStep | None:
    """A step; ``None`` is a gap."""
    if start is None or mm is None:
        return None
    return RainStep(start=start, end=start + length, mm=mm, probability=share)


def _requests(query: Query) -> tuple[Request, ...]:
    base, headers = query.address.rstrip("/"), _headers(query)
    spot = f"{query.latitude:.2f}/{query.longitude:.2f}"
    return (
        Request(
            name="alerts",
            url=f"{base}/weatheralert/v1/current/{spot}",
            headers=headers,
            read=alerts_by(parse),
        ),
        Request(
            name="rain",
            url=f"{base}/weather/v1/hourly/{spot}",
            params={"hours": "72"},
            headers=headers,
            role="rain",
            read=rain_by(parse_rain),
        ),
        Request(
            name="nowcast",
            url=f"{base}/v7/minutely/5m",
            params={"location": f"{query.longitude:.2f},{query.latitude:.2f}"},
            headers=headers,
            role="nowcast",
            read=rain_by(parse_rain),
        ),
    )


def _headers(query: Query) -> dict[str, str]:
    """The key, or a token that it signs."""
    feed = query.feed
    if not feed.key_id:
        return {"X-QW-Api-Key": query.key}
    token = jwt.signed(query.key, feed.key_id, feed.project_id, query.now, feed.name)
    return {"Authorization": f"Bearer {token}"}


SOURCE = Provider(
    kind=PROVIDER,
    label="board.source_qweather",
    requests=_requests,
    needs=("url", "key_env"),
    shapes=(
        Shape(frozenset({"metadata", "alerts"}), parse),
        Shape(frozenset({"code", "warning"}), parse),
        Shape(frozenset({"error"}), parse, lambda answer: isinstance(answer["error"], dict)),
    ),
    read_rain=parse_rain,
)
