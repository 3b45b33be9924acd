"""A storm over a drawn district, and what happens in it, by a source of chance."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from random import Random

from ops.settings import DutySettings, Settings
from tests.bench.plan_sense_situations import Event, Rain, Situation
from tests.helpers.drawn.districts import DAY, Drawn

WARNINGS = {"blue": (12, 50), "yellow": (6, 50), "orange": (3, 50), "red": (3, 100)}
"""Hours and millimetres of each colour's own criterion."""
COLOURS = tuple(WARNINGS)


def rains(chance: Random, start: int) -> Rain:
    """What falls, by hours from midnight: light, long, a cloudburst, two storms, a storm."""
    kind = chance.choice(("light", "long", "cloudburst", "two", "storm"))
    if kind == "light":
        return dict.fromkeys(range(start, start + chance.randint(2, 10)), 1.8)
    if kind == "long":
        return {start + n: chance.choice((3.0, 6.0, 10.0)) for n in range(chance.randint(8, 14))}
    if kind == "cloudburst":
        return {start: 25.0, start + 1: 60.0, start + 2: 8.0}
    one = {start: 4.0, start + 1: 18.0, start + 2: 12.0, start + 3: 3.0}
    if kind == "storm":
        return one
    later = start + chance.randint(6, 10)
    return one | {later: 10.0, later + 1: 30.0, later + 2: 5.0}


def situation(chance: Random, drawn: Drawn, name: str) -> Situation:
    """A storm somewhere in the day, known some hours or minutes before it or only in it."""
    at = chance.choice((3.0, 6.5, 8.25, 8.25, 9.0, 11.5, 13.75, 15.5, 19.0, 22.5))
    rain = rains(chance, int(at) + chance.choice((0, 1, 1, 2, 4)))
    colour = chance.choice((None, *COLOURS))
    return Situation(
        name=name,
        lines=(),
        rain=rain,
        at=at,
        day=DAY,
        warning=(colour, *WARNINGS[colour]) if colour else None,
        city=lambda: drawn.city,
        streets=drawn.streets,
        settings=Settings(duty=DutySettings(squads=chance.random() < 0.75)),
        level=chance.choice((None, None, None, "IV", "III", "II")),
        events=with_clock(_events(chance, drawn, rain, colour)),
        taps=chance.random() < 0.8,
    )


def eventful(chance: Random, drawn: Drawn, name: str) -> Situation:
    """A storm as above in which more happens: many calls within minutes, warnings that rise and are
    lifted, readings of the next hours that each say otherwise.
    """
    plain = situation(chance, drawn, name)
    colour = plain.warning[0] if plain.warning else None
    kinds = (_burst, _warnings, _readings)
    happen = [
        event
        for kind in chance.sample(kinds, chance.randint(1, 3))
        for event in kind(chance, drawn, plain.rain, colour)
    ]
    happen.sort(key=lambda event: event.minutes)
    return replace(plain, events=with_clock(happen))


def _burst(chance: Random, drawn: Drawn, rain: Rain, colour: str | None) -> Iterator[Event]:
    """Calls about a few roads within half an hour, some about the same water."""
    roads = [one.id for one in drawn.city.segments]
    places = chance.sample(roads, min(len(roads), chance.randint(1, 6)))
    begin = chance.choice((10, 60, 130, 200))
    for _ in range(chance.randint(3, 12)):
        facts = {
            "kind": chance.choice(("standing_water", "standing_water", "blocked_inlet")),
            "segment_id": chance.choice(places),
            "depth_cm": float(chance.choice((5, 10, 20, 30, 40))),
        }
        yield Event(minutes=begin + chance.randint(0, 30), what="incident", facts=facts)


def _warnings(chance: Random, drawn: Drawn, rain: Rain, colour: str | None) -> Iterator[Event]:
    """One graver after the other, milder again or not, and lifted."""
    minutes, ladder = 0, chance.choice((("yellow", "red"), ("blue", "orange"), ("red", "yellow")))
    for new in ladder:
        minutes += chance.choice((15, 40, 90, 150))
        yield Event(minutes=minutes, what="warning", facts={"warning": (new, *WARNINGS[new])})
    if chance.random() < 0.7:
        minutes += chance.choice((30, 90, 180))
        yield Event(minutes=minutes, what="cancel", facts={"colour": ladder[-1]})


def _readings(chance: Random, drawn: Drawn, rain: Rain, colour: str | None) -> Iterator[Event]:
    """A new reading every so often: by a share more or less, an hour sooner or later, and back."""
    every = chance.choice((15, 30, 60))
    for n in range(1, chance.randint(3, 7)):
        share, later = chance.choice((0.5, 0.8, 1.0, 1.2, 2.0)), chance.choice((-1, 0, 0, 0, 1))
        said = {hour + later: round(mm * share, 1) for hour, mm in rain.items()}
        yield Event(minutes=n * every, what="forecast", facts={"rain": said})


def _events(chance: Random, drawn: Drawn, rain: Rain, colour: str | None) -> Iterator[Event]:
    city, minutes = drawn.city, 0
    roads, stations = [one.id for one in city.segments], [one.id for one in city.stations]
    units = [one.id for one in (*city.crews, *city.machines)]
    kinds = ["incident", "incident", "out", "warning", "forecast", "accept", "refuse", "again"]
    kinds += ["close", "cancel"]
    for _ in range(chance.randint(0, 4)):
        minutes += chance.choice((5, 20, 45, 90, 150))
        what = chance.choice(kinds)
        facts: dict[str, object] = {}
        if what == "incident":
            facts = {
                "kind": "standing_water",
                "segment_id": chance.choice(roads),
                "depth_cm": float(chance.choice((5, 15, 30, 50))),
            }
        elif what == "out":
            facts = {"unit": chance.choice(units)}
        elif what == "warning":
            new = chance.choice(COLOURS)
            facts, colour = {"warning": (new, *WARNINGS[new])}, new
        elif what == "cancel":
            if colour is None:
                continue
            facts, colour = {"colour": colour}, None
        elif what == "forecast":
            share, later = chance.choice((0.3, 0.9, 1.1, 2.0)), chance.choice((-1, 0, 0, 1))
            facts = {"rain": {hour + later: round(mm * share, 1) for hour, mm in rain.items()}}
        elif what == "refuse":
            facts = {"station": chance.choice(stations)}
        elif what == "close":
            facts = {"segment_id": chance.choice(roads), "entry": chance.random() < 0.5}
        yield Event(minutes=minutes, what=what, facts=facts)


def with_clock(events: Iterable[Event]) -> tuple[Event, ...]:
    """The events, and every hour between and after them the clock: some plans are asked for by
    time alone.
    """
    events = tuple(events)
    hours = range(60, max((event.minutes for event in events), default=0) + 181, 60)
    ticks = (Event(minutes=hour, what="clock") for hour in hours)
    return tuple(sorted((*events, *ticks), key=lambda event: event.minutes))
