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
        steps, unread = json_reading.steps_of(entries, lambda one: _v7_step(one, length))
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


def _v1(one: Record) -> dict:
    kind, doubts = one.record("messageType"), list[str]()
    return {
        "id": one.need("id"),
        "issuer": one.maybe("senderName", doubts),
        "issued_at": one.maybe_time("issuedTime", doubts),
        "kind": kind.maybe("code", doubts),
        "supersedes": kind.texts("supersedes"),
        "type": one.record("eventType").need("name"),
        "colour": one.record("color").maybe("code", doubts),
        "severity": one.maybe("severity", doubts),
        "effective_at": one.maybe_time("effectiveTime", doubts),
        "onset_at": one.maybe_time("onsetTime", doubts),
        "expires_at": one.maybe_time("expireTime", doubts),
        "headline": one.maybe("headline", doubts),
        "text": one.maybe("description", doubts),
        "instruction": one.maybe("instruction", doubts),
        "doubts": doubts,
    }


def _v7(one: Record) -> dict:
    related, doubts = one.text("related"), list[str]()
    return {
        "id": one.need("id"),
        "issuer": one.maybe("sender", doubts),
        "issued_at": one.maybe_time("pubTime", doubts),
        "kind": one.maybe("status", doubts),
        "supersedes": related.split(",") if related else [],
        "type": one.need("typeName"),
        "colour": one.maybe("severityColor", doubts) or one.maybe("level", doubts),
        "severity": one.maybe("severity", doubts),
        "effective_at": one.maybe_time("startTime", doubts),
        "onset_at": None,
        "expires_at": one.maybe_time("endTime", doubts),
        "headline": one.maybe("title", doubts),
        "text": one.maybe("text", doubts),
        "instruction": None,
        "doubts": doubts,
    }


def _alert(one: dict, received_at: datetime | None) -> Alert:
    """One alert; its Chinese text says more exactly what is done, and how much rain is meant."""
    kind = (one["kind"] or "issue").lower()
    doubts = list(one["doubts"])
    if kind not in _ACTIONS:  # a word that they have not used so far: the warning stands
        doubts.append("doubt.action_assumed")
    name = canonical(one["type"])
    said = json_reading.words(one["text"], one["issued_at"], name) or json_reading.words(
        one["headline"], one["issued_at"], name
    )
    action = _ACTIONS.get(kind, Action.ISSUE)
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
        json_reading.millimetres(amount, "value"),
        json_reading.share(rain, "probability", 1),
    )


def _v7_step(one: Record, length: timedelta) -> RainStep | None:
    return _step(
        one.time("fxTime"),
        length,
        json_reading.millimetres(one, "precip"),
        json_reading.share(one, "pop", 100),
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
