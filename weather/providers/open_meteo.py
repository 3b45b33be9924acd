"""Open-Meteo: hourly, quarter-hourly and ensemble precipitation.

Source: the service's own documentation (open-meteo.com/en/docs). Precipitation is the sum of the
*preceding* interval, so the value at 14:00 fell from 13:00 to 14:00. Times are local to
``utc_offset_seconds`` and carry no offset. The service asks for no key; its free use is for
non-commercial purposes, so a bureau runs or books its own (``url``).
"""

import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import NoReturn

from weather.model import YEARS, Alert, BadPayload, RainSeries, RainStep, SourceDown
from weather.providers.provider import MAX_BYTES, Provider, Query, Request, Shape, rain_by

PROVIDER = "open-meteo"
URL = "https://api.open-meteo.com/v1/forecast"
ENSEMBLE_URL, ENSEMBLE_MODEL = "https://ensemble-api.open-meteo.com/v1/ensemble", "ecmwf_ifs025"
#: Steps of all members together: the same are 76,800.
MAX_STEPS = 100_000
#: Hours ahead that are asked for, and behind: a plan looks to the shift after the next, and at
# what has just fallen.
FORECAST_HOURS, PAST_HOURS = 72, 6
#: Millimetres by which a model's rounding may fall below nought. Assumption.
_ROUNDING = 0.05
_MM = {"mm": 1.0, "inch": 25.4}
_BLOCKS = ("minutely_15", "hourly")
_MEMBER = re.compile(r"precipitation(?:_(?P<member>(?!probability|sum|hours)\w+))?")


def request(
    longitude: float, latitude: float, *, detail: str = "hourly", model: str = ""
) -> dict[str, str]:
    """Query for a place (WGS-84 degrees): rain in mm and UTC.

    Parameters
    ----------
    detail
        ``hourly`` (with its probability), ``minutely_15`` (quarter hours beside the hours) or
        ``ensemble`` (members).
    model
        Weather model; the service's choice by default, for an ensemble ``ENSEMBLE_MODEL``.
    """
    query = {
        "latitude": f"{latitude:.4f}",
        "longitude": f"{longitude:.4f}",
        "timezone": "GMT",
        "hourly": "precipitation"
        if detail == "ensemble"
        else "precipitation,precipitation_probability",
        "precipitation_unit": "mm",
        "forecast_hours": str(FORECAST_HOURS),
        "past_hours": str(PAST_HOURS),
    }
    if detail == "minutely_15":
        query |= {
            "minutely_15": "precipitation",
            "forecast_minutely_15": str(4 * FORECAST_HOURS),
            "past_minutely_15": str(4 * PAST_HOURS),
        }
    if detail == "ensemble":
        model = model or ENSEMBLE_MODEL
    return query | ({"models": model} if model else {})


def parse(payload: bytes, fetched_at: datetime) -> RainSeries:
    """Read an answer.

    Parameters
    ----------
    payload
        The JSON, at most ``MAX_BYTES``.
    fetched_at
        Aware instant of the answer.

    Returns
    -------
    RainSeries
        Quarter hours where the answer has them, hours else and beyond them; in UTC and mm. A null
        is a gap: its step is absent, for nothing known is not nothing fallen. Members of an
        ensemble keep their names.

    Raises
    ------
    SourceDown
        ``open_meteo.over_quota``, ``open_meteo.refused``: the answer says that there is none.
    BadPayload
        ``open_meteo.*``: no rain in it, unequal lengths, a value that is none.
    """
    answer = _answer(payload)
    faults: list[BadPayload] = []
    steps: list[RainStep] = []
    for block, columns, units in _blocks(answer):
        try:
            found = _steps(answer, block, columns, units, faults)
        except BadPayload as why:  # an optional part that is broken hides not the hours
            faults.append(why)
            continue
        start, end = _span(steps)
        steps += [step for step in found if not steps or step.end <= start or end <= step.start]
    if not steps:
        raise faults[0] if faults else BadPayload("open_meteo.no_values")
    steps.sort(key=lambda step: (step.start, step.member or ""))
    return RainSeries(
        provider=PROVIDER, fetched_at=fetched_at, steps=tuple(steps), unread=len(faults)
    )


def _span(steps: list[RainStep]) -> tuple[datetime, datetime]:
    ends = [step.end for step in steps]
    starts = [step.start for step in steps]
    never = datetime.max.replace(tzinfo=UTC)
    return min(starts, default=never), max(ends, default=never)


def _steps(
    answer: dict,
    block: dict,
    columns: list[tuple[str | None, str]],
    units: dict,
    faults: list[BadPayload],
) -> list[RainStep]:
    """The steps of one block; a column that can't be read hides no other."""
    own: list[BadPayload] = []
    ends = _times(answer, block, own)
    shares = _probabilities(block, units, len(ends), own)
    length = _length(ends)
    steps: list[RainStep] = []
    for member, name in columns:
        try:
            amounts = _millimetres(block, name, units, len(ends), own)
        except BadPayload as why:
            if len(columns) == 1:
                raise
            own.append(why)
            continue
        steps += [
            RainStep(start=end - length, end=end, mm=mm, probability=share, member=member)
            for end, mm, share in zip(ends, amounts, shares, strict=True)
            if end is not None and mm is not None
        ]
    if not steps and own:
        raise own[0]
    faults += own
    return steps


def _answer(payload: bytes) -> dict:
    if len(payload) > MAX_BYTES:
        raise BadPayload("open_meteo.too_long", bytes=len(payload), most=MAX_BYTES)
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        raise BadPayload("open_meteo.not_json") from None
    if not isinstance(answer, dict):
        raise BadPayload("open_meteo.not_json")
    if answer.get("error"):
        refuse(answer)
    return answer


def refuse(answer: dict) -> NoReturn:
    """Raise what an answer with ``error`` says.

    Raises
    ------
    SourceDown
        ``open_meteo.over_quota``, ``open_meteo.refused``.
    """
    reason = str(answer.get("reason", ""))[:200]
    if "limit exceeded" in reason:
        raise SourceDown("open_meteo.over_quota", reason=reason)
    raise SourceDown("open_meteo.refused", reason=reason)


def _blocks(answer: dict) -> Iterator[tuple[dict, list[tuple[str | None, str]], dict]]:
    """The blocks with rain, the finest first: their rain columns by member, and their units."""
    found = False
    for name in _BLOCKS:
        block, units = answer.get(name), answer.get(name + "_units")
        if not isinstance(block, dict):
            continue
        columns = [(match["member"], key) for key in block if (match := _MEMBER.fullmatch(key))]
        if not columns:
            continue
        times = block.get("time")
        if isinstance(times, list) and len(times) * len(columns) > MAX_STEPS:
            raise BadPayload("open_meteo.too_many", most=MAX_STEPS)
        found = True
        yield block, columns, units if isinstance(units, dict) else {}
    if not found:
        raise BadPayload("open_meteo.no_rain")


def _times(answer: dict, block: dict, faults: list[BadPayload]) -> list[datetime | None]:
    """Ends of the intervals, in UTC; ``None`` where it can't be read or stands there already."""
    offset = answer.get("utc_offset_seconds")
    if offset is None and answer.get("timezone") in ("GMT", "UTC"):
        offset = 0
    if isinstance(offset, bool) or not isinstance(offset, int) or abs(offset) > 15 * 3600:
        raise BadPayload("open_meteo.no_offset")
    times = block.get("time")
    if not isinstance(times, list) or len(times) < 2:
        raise BadPayload("open_meteo.bad_time", said=str(times)[:40])
    zone = timezone(timedelta(seconds=offset))
    ends: list[datetime | None] = []
    seen: set[datetime] = set()
    own: list[BadPayload] = []
    for value in times:
        try:
            end = _instant(value, zone)
            if end in seen:
                raise BadPayload("open_meteo.bad_time", said="order")
        except BadPayload as why:
            own.append(why)
            end = None
        ends.append(end)
        seen |= {end} if end else set()
    _bear(own, len(times), faults)
    return ends


def _bear(own: list[BadPayload], count: int, faults: list[BadPayload]) -> None:
    """Some faults of a column are gaps; one of which half can't be read is refused."""
    if own and 2 * len(own) >= count:
        raise own[0]
    faults += own


def _instant(value: object, zone: timezone) -> datetime:
    try:
        if isinstance(value, str):
            instant = datetime.fromisoformat(value)
        elif type(value) is int:
            instant = datetime.fromtimestamp(value, UTC)
        else:
            raise TypeError
        if instant.year not in YEARS:
            raise ValueError
        return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise BadPayload("open_meteo.bad_time", said=str(value)[:40]) from None


def _length(ends: list[datetime | None]) -> timedelta:
    """Length of the intervals: the least distance; where times are missing, the steps stay as
    long.
    """
    known = sorted(end for end in ends if end is not None)
    return min(after - before for before, after in pairwise(known))


def _column(block: dict, name: str, count: int) -> list:
    values = block[name]
    if not isinstance(values, list) or len(values) != count:
        raise BadPayload("open_meteo.lengths", column=name[:60], times=count)
    return values


def _millimetres(
    block: dict, name: str, units: dict, count: int, faults: list[BadPayload]
) -> list[float | None]:
    unit = units.get(name, units.get("precipitation"))
    if unit not in _MM:
        raise BadPayload("open_meteo.unit", unit=str(unit)[:20])
    values, own = _readable(block, name, _MM[unit], count)
    _bear(own, count, faults)
    return [None if mm is None else max(mm, 0.0) for mm in values]


def _readable(
    block: dict, name: str, factor: float, count: int
) -> tuple[list[float | None], list[BadPayload]]:
    """A column with a gap for each value that can't be read, and why."""
    values: list[float | None] = []
    faults: list[BadPayload] = []
    for value in _column(block, name, count):
        try:
            values.append(_amount(value, name, factor))
        except BadPayload as why:
            values.append(None)
            faults.append(why)
    return values, faults


def _amount(value: object, name: str, factor: float) -> float | None:
    if value is None:
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError
        mm = round(float(value) * factor, 4)
    except (ValueError, OverflowError):
        raise BadPayload("open_meteo.bad_value", column=name[:60], said=str(value)[:20]) from None
    if not (math.isfinite(mm) and -_ROUNDING <= mm < 2000):
        raise BadPayload("open_meteo.bad_value", column=name[:60], said=str(value)[:20])
    return mm


def _probabilities(
    block: dict, units: dict, count: int, faults: list[BadPayload]
) -> list[float | None]:
    """Per cent to 0..1; absent is "not said" for every step. No plan depends on it, so what can't
    be read is not said either.
    """
    name = "precipitation_probability"
    if name not in block:
        return [None] * count
    try:
        if units.get(name, "%") != "%":
            raise BadPayload("open_meteo.unit", unit=str(units.get(name))[:20])
        shares, own = _readable(block, name, 0.01, count)
    except BadPayload as why:
        faults.append(why)
        return [None] * count
    faults += own
    beyond = [share is not None and not 0 <= share <= 1 for share in shares]
    faults += [BadPayload("open_meteo.bad_value", column=name, said="%")] * sum(beyond)
    return [None if wrong else share for share, wrong in zip(shares, beyond, strict=True)]


def _requests(query: Query) -> tuple[Request, ...]:
    feed = query.feed
    own = ENSEMBLE_URL if feed.detail == "ensemble" else URL
    params = request(query.longitude, query.latitude, detail=feed.detail, model=feed.model)
    return (
        Request(
            name="rain",
            url=feed.url or own,
            role="rain",
            params=params | ({"apikey": query.key} if query.key else {}),
            conditional=True,
            read=rain_by(parse),
        ),
    )


def _refused(payload: bytes, _received_at: datetime | None) -> list[Alert]:
    refuse(json.loads(payload))


SOURCE = Provider(
    kind=PROVIDER,
    label="board.source_open_meteo",
    requests=_requests,
    shapes=(
        Shape(frozenset({"error", "reason"}), _refused, lambda answer: answer["error"] is True),
    ),
    read_rain=parse,
)
