"""The script of a drill: events that the trainer gives (导调), each when its minute comes or by his
button. A TOML file with a table ``[[event]]`` for each.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from data.model.field import INCIDENT_KINDS
from ops.base.errors import CommandError

FILE = "drill-script.toml"
MOST_EVENTS = 300
LONGEST = timedelta(hours=48)


class InjectKind(StrEnum):
    """What the trainer gives."""

    WARNING = "warning"  # ``text``: the warning's own words
    RAIN = "rain"  # ``mm``: a forecast, hour by hour from the event's hour on
    INCIDENT = "incident"  # ``incident``, ``segment``, ``depth_cm``, ``text``
    REFUSAL = "refusal"  # ``station`` refuses its next job; ``text`` says why
    BREAKDOWN = "breakdown"  # ``unit``: a crew or machine out of action; ``text`` says why
    BACK = "back"  # ``unit`` is back
    NOTE = "note"  # ``text``: what is told to those who play; nothing else happens


@dataclass(frozen=True, slots=True, kw_only=True)
class Inject:
    """One event of a script; ``number`` counts from 1 in the order of the file."""

    number: int
    after: timedelta
    kind: InjectKind
    text: str = ""
    mm: tuple[float, ...] = ()
    incident: str = ""
    segment: str = ""
    depth_cm: float | None = None
    station: str = ""
    unit: str = ""


_NEEDS = {
    InjectKind.WARNING: ("text",),
    InjectKind.RAIN: ("mm",),
    InjectKind.INCIDENT: ("incident", "segment"),
    InjectKind.REFUSAL: ("station", "text"),
    InjectKind.BREAKDOWN: ("unit",),
    InjectKind.BACK: ("unit",),
    InjectKind.NOTE: ("text",),
}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "incident": str,
    "segment": str,
    "station": str,
    "unit": str,
    "depth_cm": (int, float),
    "mm": list,
}


def read_script(path: Path) -> tuple[Inject, ...]:
    """The events of a file, in the order of their minutes.

    Raises
    ------
    CommandError
        ``script.*``: it can't be read, or an event is not as it must be; named by its number.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CommandError("script.unreadable", file=path.name, detail=str(error)) from error
    events = raw.get("event")
    if set(raw) != {"event"} or not isinstance(events, list) or not 0 < len(events) <= MOST_EVENTS:
        raise CommandError("script.no_events", file=path.name, most=MOST_EVENTS)
    found = [_inject(number, event) for number, event in enumerate(events, 1)]
    return tuple(sorted(found, key=lambda one: (one.after, one.number)))


def _inject(number: int, event: object) -> Inject:
    def wrong(what: str) -> CommandError:
        return CommandError("script.bad_event", number=number, what=what)

    if not isinstance(event, dict):
        raise wrong("[[event]]")
    facts = dict(event)
    minutes, kind = facts.pop("after", None), facts.pop("kind", None)
    is_number = isinstance(minutes, int | float) and not isinstance(minutes, bool)
    if not is_number or not 0 <= minutes <= LONGEST / timedelta(minutes=1):
        raise wrong("after")
    if kind not in tuple(InjectKind):
        raise wrong("kind")
    for name, value in facts.items():
        if not isinstance(value, _TYPES.get(name, ())) or isinstance(value, bool):
            raise wrong(name)
    if missing := [name for name in _NEEDS[InjectKind(kind)] if not facts.get(name)]:
        raise wrong(missing[0])
    if facts.get("incident", INCIDENT_KINDS[0]) not in INCIDENT_KINDS:
        raise wrong("incident")
    facts["mm"] = _amounts(facts.get("mm", []), wrong("mm"))
    return Inject(number=number, after=timedelta(minutes=minutes), kind=InjectKind(kind), **facts)


def _amounts(given: list[object], wrong: CommandError) -> tuple[float, ...]:
    mm = [one for one in given if isinstance(one, int | float) and 0 <= one <= 500]
    if len(mm) != len(given) or len(mm) > LONGEST / timedelta(hours=1):
        raise wrong
    return tuple(float(one) for one in mm)


def due_at(inject: Inject, begun_at: datetime) -> datetime:
    """When an event's minute comes, by the drill's clock."""
    return begun_at + inject.after
