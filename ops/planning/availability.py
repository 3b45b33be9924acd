"""Who is on duty until when, by the shifts and by what is out of action. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.model.city import Driver, Position, Shift
from data.model.ids import UnitId, own_id
from data.model.plan import UnitKind
from ops.planning.context import Storm
from ops.planning.squads import squads

SHORTEST_AVAILABILITY = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """One unit on duty without a stop: what the solver knows by ``unit.id``, in the city's words.

    A crew's turn, or that of its squad, is one shift; ``resource_id`` is the crew's own. A
    machine's goes on through all its drivers' shifts that follow one another, since a lorry is in
    one place only: ``drivers`` says who has it from when to when.
    """

    kind: UnitKind
    resource_id: str
    drivers: tuple[tuple[datetime, datetime, str], ...] = ()
    machine_kind: str | None = None
    size: int = 1
    skills: tuple[str, ...] = ()
    start: datetime
    end: datetime
    position: Position
    breaks: tuple[tuple[int, datetime, datetime], ...] = ()  # minutes, from, to

    def driver_at(self, instant: datetime) -> str | None:
        """Who drives then; within the margins before the first and after the last shift, its
        driver.
        """
        on_duty = [driver for start, _, driver in self.drivers if start <= instant]
        return on_duty[-1] if on_duty else next((driver for _, _, driver in self.drivers), None)


def on_duty(storm: Storm) -> dict[str, Availability]:
    """Every crew on each of its shifts, as the squads that it goes out in, and every machine that
    has drivers, between now and the horizon.
    """
    return _in_action(_crews(storm) | _machines(storm), storm)


def is_out(resource_id: str, at: datetime, storm: Storm) -> bool:
    """Whether a crew or machine is out of action then."""
    return any(
        outage.resource_id == resource_id and outage.is_in_force(at) for outage in storm.outages
    )


def freed(
    availability: dict[str, Availability], unit_id: str, at: datetime, position: Position
) -> None:
    """Let who is out as a unit of another name begin when that is over: a crew that set out as one
    before it goes out as squads, or the other way round; a machine whose turn got another name.
    """
    out = UnitId.parse(unit_id)
    for name, available in list(availability.items()):
        unit = UnitId.parse(name)
        is_one = available.kind is UnitKind.MACHINE or (
            unit.duty == out.duty and (unit.squad is None or out.squad is None)
        )
        if unit != out and unit.resource_id == out.resource_id and is_one:
            start = max(available.start, at)
            if available.end - start < SHORTEST_AVAILABILITY:
                del availability[name]
            else:
                availability[name] = replace(available, start=start, position=position)


def _in_action(availability: dict[str, Availability], storm: Storm) -> dict[str, Availability]:
    """The turns without the time for which their units are out of action; of two parts the first
    counts.
    """
    for outage in storm.outages:
        for unit_id, available in list(availability.items()):
            if (
                available.resource_id != outage.resource_id
                or outage.from_at >= available.end
                or outage.is_over(available.start)
            ):
                continue
            start, end = available.start, outage.from_at
            if end - start < SHORTEST_AVAILABILITY:
                start, end = outage.to_at or available.end, available.end
            if end - start < SHORTEST_AVAILABILITY:
                del availability[unit_id]
            else:
                availability[unit_id] = replace(available, start=start, end=end)
    return availability


def _crews(storm: Storm) -> dict[str, Availability]:
    shifts = storm.city.shift_by_id
    availability = {}
    for day in _days(storm):
        for crew in storm.city.crews:
            shift = shifts[crew.shift_id]
            start, end = shift_span(shift, day, _zone(storm))
            own, is_called_in = own_id(crew.id), crew.id != own_id(crew.id)
            for squad in squads(crew, storm.duty, storm.safety):
                unit = UnitId(own, f"{day}", squad.number, is_called_in)
                availability[str(unit)] = Availability(
                    kind=UnitKind.CREW,
                    resource_id=own,
                    size=squad.people,
                    skills=squad.skills,
                    start=start,
                    end=end,
                    position=storm.city.station_by_id[crew.station_id].position,
                    breaks=_breaks(shift, start),
                )
    return _within(availability, storm)


def _machines(storm: Storm) -> dict[str, Availability]:
    """A machine's shifts joined where one driver takes over from another, wherever the machine
    stands then.
    """
    shifts = storm.city.shift_by_id
    availability = {}
    for machine in storm.city.machines:
        manned = [
            _Turn(*shift_span(shifts[driver.shift_id], day, _zone(storm)), driver)
            for driver in storm.city.drivers
            if driver.machine_id == machine.id
            for day in _days(storm)
        ]
        chains = _chains(manned)
        for name, chain in zip(_chain_names(chains, storm), chains, strict=True):
            availability[str(UnitId(machine.id, name))] = Availability(
                kind=UnitKind.MACHINE,
                resource_id=machine.id,
                machine_kind=machine.kind,
                start=chain[0].start,
                end=chain[-1].end,
                drivers=tuple((turn.start, turn.end, turn.driver.id) for turn in chain),
                position=storm.city.station_by_id[machine.station_id].position,
                breaks=()
                if machine.kind in storm.safety.breaks_at_post
                else tuple(rest for turn in chain for rest in _driver_breaks(turn, chain, shifts)),
            )
    return _within(availability, storm)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One shift of one driver."""

    start: datetime
    end: datetime
    driver: Driver


def _chains(manned: Iterable[_Turn]) -> list[list[_Turn]]:
    """Shifts of one machine, cut where nobody has it.

    Where two overlap the later driver takes over as soon as he is on duty; one whose shift brings
    no more time does not drive.
    """
    chains: list[list[_Turn]] = []
    for turn in sorted(manned, key=lambda turn: (turn.start, turn.end, turn.driver.id)):
        last = chains[-1][-1] if chains else None
        if last is None or turn.start > last.end:
            chains.append([turn])
        elif turn.end > last.end:
            chains[-1].append(turn)
    return chains


def _driver_breaks(
    turn: _Turn, chain: list[_Turn], shifts: Mapping[str, Shift]
) -> tuple[tuple[int, datetime, datetime], ...]:
    """The break of a driver, as far as it lies before the next one takes over."""
    relieved = min((other.start for other in chain if other.start > turn.start), default=turn.end)
    return tuple(
        (minutes, first, min(last, relieved))
        for minutes, first, last in _breaks(shifts[turn.driver.shift_id], turn.start)
        if min(last, relieved) - first >= timedelta(minutes=minutes)
    )


def _chain_names(chains: list[list[_Turn]], storm: Storm) -> list[str]:
    """The day that each chain begins, with the hour where another has begun that day; one that
    never ends is called so, for where we cut it moves on from day to day.
    """
    names: list[str] = []
    for chain in chains:
        first = chain[0].start.astimezone(_zone(storm))
        name = f"{first.date()}"
        if first.date() == _days(storm)[0] and chain[-1].end > storm.now:
            name = "24h"
        names.append(f"{name}T{first:%H%M}" if name in names else name)
    return names


def _zone(storm: Storm) -> ZoneInfo:
    return ZoneInfo(storm.city.district.time_zone)


def _days(storm: Storm) -> list[date]:
    """From two days ago, so that what ended yesterday is no endless chain, to the horizon."""
    first = storm.now.astimezone(_zone(storm)).date() - timedelta(days=2)
    last = storm.horizon.astimezone(_zone(storm)).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _within(availability: dict[str, Availability], storm: Storm) -> dict[str, Availability]:
    """The turns with their handover margins, between the time that the order takes to be read and
    the horizon.
    """
    margin = timedelta(minutes=storm.safety.handover_minutes)
    earliest = storm.now + timedelta(minutes=storm.work.turnout_minutes)
    found = {}
    for unit_id, available in availability.items():
        start, end = (
            max(earliest, available.start - margin),
            min(storm.horizon, available.end + margin),
        )
        if available.end > storm.now and end - start >= SHORTEST_AVAILABILITY:
            found[unit_id] = replace(available, start=start, end=end)
    return found


def _breaks(shift: Shift, start: datetime) -> tuple[tuple[int, datetime, datetime], ...]:
    if not shift.break_minutes or shift.break_from is None or shift.break_to is None:
        return ()
    first, last = (_after(start, clock) for clock in (shift.break_from, shift.break_to))
    return ((shift.break_minutes, first, last),)


def shift_span(shift: Shift, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the shift that begins on ``day`` begins and ends."""
    begin = datetime.combine(day, shift.start, zone)
    until = datetime.combine(day, shift.end, zone)
    return begin, until if until > begin else until + timedelta(days=1)


def _after(begin: datetime, clock: time) -> datetime:
    """The first time after ``begin`` that its clock shows ``clock``."""
    at = datetime.combine(begin.date(), clock, begin.tzinfo)
    return at if at >= begin else at + timedelta(days=1)
