"""QWeather (和风天气): alerts, hourly and five-minute rain.

Sources: dev.qweather.com, "weatheralert/v1/current", "weather/v1/hourly", "v7/minutely/5m", and the
older "v7/warning/now" and "v7/weather/24h". Each account has its own host. Rain of an hour is that
of the hour that begins at the time (当前小时累计降水量), of five minutes likewise; the documents
leave it open. A quiet answer (``zeroResult``) is an empty list and cancels nothing.
"""

from datetime import datetime, timedelta

from weather import message_codes
from weather.hazards import LEVEL, canonical
from weather.model import Action, Alert, BadPayload, RainSeries, RainStep, Severity, SourceDown
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
        return [_alert(_v1(one), received_at) for one in answer.records("alerts")]
    if "warning" in answer:
        return [_alert(_v7(one), received_at) for one in answer.records("warning")]
    raise BadPayload("feed.missing", provider=PROVIDER, field="alerts")


def parse_rain(payload: bytes, fetched_at: datetime) -> RainSeries:
    """Rain of an answer: hours of v1 or v7, or steps of five minutes.

    Raises
    ------
    SourceDown, BadPayload
        As ``parse``; ``feed.no_rain`` if no step has an amount.
    """
    answer = _answer(payload)
    if "hours" in answer:
        steps = [_v1_hour(one) for one in answer.records("hours")]
    elif "hourly" in answer:
        steps = [_v7_step(one, timedelta(hours=1)) for one in answer.records("hourly")]
    else:
        steps = [_v7_step(one, timedelta(minutes=5)) for one in answer.records("minutely")]
    known = sorted((step for step in steps if step), key=lambda step: step.start)
    if not known:
        raise BadPayload("feed.no_rain", provider=PROVIDER)
    return RainSeries(
        provider=PROVIDER,
        run_at=answer.time("updateTime"),
        fetched_at=fetched_at,
        steps=tuple(known),
    )


def _answer(payload: bytes) -> Record:
    answer = json_reading.load(payload, PROVIDER)
    code = answer.text("code")
    if "error" in answer or (code is not None and code not in ("200", "204")):
        status = answer.record("error").text("status") if "error" in answer else code
        raise SourceDown("feed.refused", provider=PROVIDER, status=(status or "?")[:20])
    return answer


def _v1(one: Record) -> dict:
    kind = one.record("messageType")
    return {
        "id": one.need("id"),
        "issuer": one.text("senderName"),
        "issued_at": one.time("issuedTime"),
        "kind": kind.text("code"),
        "supersedes": kind.texts("supersedes"),
        "type": one.record("eventType").need("name"),
        "colour": one.record("color").text("code"),
        "severity": one.text("severity"),
        "effective_at": one.time("effectiveTime"),
        "onset_at": one.time("onsetTime"),
        "expires_at": one.time("expireTime"),
        "headline": one.text("headline"),
        "text": one.text("description"),
        "instruction": one.text("instruction"),
    }


def _v7(one: Record) -> dict:
    related = one.text("related")
    return {
        "id": one.need("id"),
        "issuer": one.text("sender"),
        "issued_at": one.time("pubTime"),
        "kind": one.text("status"),
        "supersedes": related.split(",") if related else [],
        "type": one.need("typeName"),
        "colour": one.text("severityColor") or one.text("level"),
        "severity": one.text("severity"),
        "effective_at": one.time("startTime"),
        "onset_at": None,
        "expires_at": one.time("endTime"),
        "headline": one.text("title"),
        "text": one.text("text"),
        "instruction": None,
    }


def _alert(one: dict, received_at: datetime | None) -> Alert:
    """One alert; its Chinese text says more exactly what is done, and how much rain is meant."""
    kind = (one["kind"] or "issue").lower()
    if kind not in _ACTIONS:
        raise BadPayload("feed.bad_value", provider=PROVIDER, field="messageType", said=kind[:40])
    name = canonical(one["type"])
    said = json_reading.words(one["text"], one["issued_at"], name) or json_reading.words(
        one["headline"], one["issued_at"], name
    )
    action, doubts = _ACTIONS[kind], []
    if said and action is not Action.CANCEL and said.action is not Action.ISSUE:
        action = said.action
    severity = next(
        (value for value in Severity if value.lower() == (one["severity"] or "").lower()),
        Severity.UNKNOWN,
    )
    level = json_reading.COLOURS.get((one["colour"] or "").lower()) or (
        said.level if said else None
    )
    if level is None and said and severity in LEVEL:
        level = LEVEL[severity]
        doubts.append("doubt.level_from_severity")
    issuers = said.issuers if said and said.issuers else (one["issuer"],) if one["issuer"] else ()
    if not issuers:
        doubts.append("doubt.no_issuer")
    if _ends_before_start(one):
        doubts.append("doubt.end_before_start")
    kept = {
        key: one[key]
        for key in (
            "issued_at",
            "effective_at",
            "headline",
            "instruction",
        )
    }
    return Alert(
        provider=PROVIDER,
        provider_id=one["id"],
        issuers=issuers,
        type=name,
        level=level,
        severity=severity,
        action=action,
        supersedes=tuple(one["supersedes"]),
        received_at=received_at,
        text=one["text"] or "",
        previous_level=said.previous_level if said else None,
        areas=said.areas if said else (),
        refers_to_issued_at=said.refers_to_issued_at if said else None,
        doubts=tuple(doubts),
        confidence=message_codes.confidence(tuple(doubts)),
        onset_at=one["onset_at"] or (said.onset_at if said else None),
        expires_at=one["expires_at"] or (said.expires_at if said else None),
        status=notice.status_of(one["headline"], one["text"]),
        **kept,
        **notice.rain_fields(said, one["text"], one["issued_at"]),
    )


def _ends_before_start(one: dict) -> bool:
    """Whether its end is none (``in_force.ends_at``)."""
    starts = [one[name] for name in ("issued_at", "onset_at") if one[name]]
    return bool(one["expires_at"] and starts and one["expires_at"] <= max(starts))


def _v1_hour(one: Record) -> RainStep | None:
    rain = one.record("precipitation")
    amount = rain.record("amount")
    if amount.text("unit") not in (None, "mm"):
        raise amount.bad("unit", amount.text("unit"))
    return _step(
        one.time("forecastTime"),
        timedelta(hours=1),
        amount.number("value", least=0, most=1999),
        rain.number("probability", least=0, most=1),
    )


def _v7_step(one: Record, length: timedelta) -> RainStep | None:
    share = one.number("pop", least=0, most=100)
    return _step(
        one.time("fxTime"),
        length,
        one.number("precip", least=0, most=1999),
        None if share is None else share / 100,
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
