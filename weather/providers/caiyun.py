"""Caiyun (彩云天气) v2.6: alerts, hourly and minute-by-minute rain.

Source: docs.caiyunapp.com, weather API v2.6, "unit". The key stands in the path of the address.
With the default unit ``metric`` hours are in mm/h but minutes are radar intensity from 0 to 1,
which is no amount: minutes are read with ``metric:v2`` only. Probabilities of hours are per cent.
``location`` is [latitude, longitude].
"""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from weather import message_codes
from weather.hazards import GRADED, level_of, severity_of
from weather.merge_nowcast import spliced
from weather.model import (
    Action,
    Alert,
    BadPayload,
    Level,
    RainSeries,
    RainStep,
    SourceDown,
)
from weather.notices import parse as notice
from weather.providers import json_reading
from weather.providers.json_reading import Record
from weather.providers.provider import Content, Provider, Query, Request, Shape, alerts_by

PROVIDER = "caiyun"
_TYPES = {
    "01": "台风",
    "02": "暴雨",
    "03": "暴雪",
    "04": "寒潮",
    "05": "大风",
    "06": "沙尘暴",
    "07": "高温",
    "08": "干旱",
    "09": "雷电",
    "10": "冰雹",
    "11": "霜冻",
    "12": "大雾",
    "13": "霾",
    "14": "道路结冰",
    "15": "森林火险",
    "16": "雷雨大风",
}
_LEVELS = {"01": Level.BLUE, "02": Level.YELLOW, "03": Level.ORANGE, "04": Level.RED}
_METRIC = ("metric", "metric:v2")


def request(key: str, longitude: float, latitude: float) -> tuple[str, dict[str, str]]:
    """Path with the key, for a place (WGS-84 degrees), and query: all in mm, alerts included."""
    return (
        f"/v2.6/{key}/{longitude:.4f},{latitude:.4f}/weather",
        {"unit": "metric:v2", "alert": "true", "hourlysteps": "72", "dailysteps": "1"},
    )


def parse(payload: bytes, received_at: datetime | None) -> list[Alert]:
    """Alerts of an answer; empty if the place is quiet.

    Raises
    ------
    SourceDown, BadPayload
        ``feed.refused``; ``feed.*``.
    """
    result = _answer(payload).record("result")
    if "alert" not in result:
        raise BadPayload("feed.missing", provider=PROVIDER, field="result.alert")
    entries = result.record("alert").entries("content")
    return json_reading.each_readable(entries, lambda entry: _alert(entry, received_at))


def parse_rain(payload: bytes, fetched_at: datetime) -> RainSeries:
    """Rain by hours, each value that of the hour that begins at its time.

    Raises
    ------
    SourceDown, BadPayload
        ``feed.refused``; ``feed.unit``, ``feed.no_rain``, ``feed.*``.
    """
    answer = _answer(payload)
    _unit(answer, _METRIC)
    hours = answer.record("result").record("hourly").entries("precipitation")
    return _series(*json_reading.steps_of(hours, _hour), fetched_at)


def parse_minutes(payload: bytes, fetched_at: datetime) -> RainSeries:
    """Rain of the next two hours by minutes from the server's time; intensities (mm/h) become mm.

    Raises
    ------
    SourceDown, BadPayload
        As ``parse_rain``.
    """
    answer = _answer(payload)
    _unit(answer, _METRIC[1:])
    start, minute = answer.time("server_time"), timedelta(minutes=1)
    if start is None:
        raise BadPayload("feed.missing", provider=PROVIDER, field="server_time")
    minutely = answer.record("result").record("minutely")
    minutes = (
        Record(PROVIDER, {"start": start + i * minute, "rate": rate})
        for i, rate in enumerate(minutely.values("precipitation_2h")[:1440])
    )
    return _series(*json_reading.steps_of(minutes, _minute), fetched_at)


def _minute(one: Record) -> RainStep | None:
    start, rate = one.fields["start"], json_reading.millimetres(one, "rate")
    if rate is None:
        return None
    return RainStep(start=start, end=start + timedelta(minutes=1), mm=round(rate / 60, 4))


def _answer(payload: bytes) -> Record:
    answer = json_reading.load(payload, PROVIDER)
    if answer.text("status") != "ok":
        raise SourceDown(
            "feed.refused", provider=PROVIDER, status=(answer.text("status") or "?")[:20]
        )
    return answer


def _unit(answer: Record, known: tuple[str, ...]) -> None:
    if answer.text("unit") not in known:
        raise BadPayload("feed.unit", provider=PROVIDER, unit=(answer.text("unit") or "?")[:20])


def _series(steps: list[RainStep], unread: int, fetched_at: datetime) -> RainSeries:
    if not steps:
        raise BadPayload("feed.no_rain", provider=PROVIDER)
    return RainSeries(
        provider=PROVIDER,
        fetched_at=fetched_at,
        steps=tuple(steps),
        unread=unread,
    )


def _hour(record: Record) -> RainStep | None:
    start, mm = record.time("datetime"), json_reading.millimetres(record, "value")
    if start is None or mm is None:
        return None
    return RainStep(
        start=start,
        end=start + timedelta(hours=1),
        mm=mm,
        probability=json_reading.share(record, "probability", 100),
    )


def _alert(record: Record, received_at: datetime | None) -> Alert:
    """One alert: hazard and colour from its code (two digits each), else from its title and
    text.
    """
    lacking: list[str] = []
    title, code = record.maybe("title", lacking), record.maybe("code", lacking) or ""
    text = record.maybe("description", lacking) or ""
    if not (title or text or code):
        raise BadPayload("feed.missing", provider=PROVIDER, field="title")
    issued_at, kind = record.maybe_time("pubtimestamp", lacking), _TYPES.get(code[:2])
    parsed = json_reading.words(text, issued_at, kind) or json_reading.words(title, issued_at, kind)
    level = _LEVELS.get(code[2:4]) or _level_by_words(title, parsed)
    name = kind or (parsed.type if parsed else "")
    adcode, number = record.maybe("adcode", lacking) or "", record.named("alertId", lacking)
    source = record.maybe("source", lacking)
    doubts = tuple(dict.fromkeys((*lacking, *([] if name else ["doubt.no_hazard"]))))
    return Alert(
        provider=PROVIDER,
        provider_id=number,
        national_id=record.maybe("alertId", []),
        issuers=json_reading.issuers(parsed, source),
        type=name,
        level=level,
        severity=severity_of(level),
        action=parsed.action if parsed else Action.ISSUE,
        issued_at=issued_at,
        received_at=received_at,
        adcodes=(adcode,) if re.fullmatch(r"\d{6}", adcode) else (),
        headline=title,
        text=text,
        instruction=parsed.instruction if parsed else None,
        refers_to_issued_at=parsed.refers_to_issued_at if parsed else None,
        onset_at=parsed.onset_at if parsed else None,
        expires_at=parsed.expires_at if parsed else None,
        status=notice.status_of(title, text),
        doubts=doubts,
        confidence=message_codes.confidence(doubts),
        **json_reading.details(parsed, text, issued_at),
    )


def _level_by_words(title: str | None, parsed: Alert | None) -> Level | None:
    match = re.search(f"({GRADED})预警", title or "")
    if match:
        return level_of(match[1])[0]
    return parsed.level if parsed else None


def _requests(query: Query) -> tuple[Request, ...]:
    path, params = request(query.key, query.longitude, query.latitude)
    url = query.address.rstrip("/") + path
    return (Request(name="weather", url=url, params=params, role="both", read=_content),)


def _content(body: bytes, at: datetime) -> Content:
    """Warnings and rain, each read by itself: what is wrong with the one hides not the other."""
    faults: list[BadPayload] = []
    alerts, rain = Content(), None
    try:
        alerts = alerts_by(parse)(body, at)
    except BadPayload as why:
        faults.append(why)
    try:
        rain = parse_rain(body, at)
    except BadPayload as why:
        faults.append(why)
    if len(faults) == 2:
        raise faults[0]
    with suppress(BadPayload):  # a place without radar has no minutes
        rain = spliced(parse_minutes(body, at), rain) if rain else None
    unread = alerts.unread + (rain.unread if rain else 0)
    return replace(alerts, rain=rain, unread=unread, faults=tuple(faults))


SOURCE = Provider(
    kind=PROVIDER,
    label="board.source_caiyun",
    requests=_requests,
    url="https://api.caiyunapp.com",
    needs=("key_env",),
    shapes=(Shape(frozenset({"api_version", "result"}), parse),),
    read_rain=parse_rain,
)
