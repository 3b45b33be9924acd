"""The record of inlets with what the field has reported since: cleaned, found open, found blocked.

The tables stay as the bureau brought them; what was reported is laid over them whenever they are
read, so that a newer sheet replaces nothing that was seen since, and no drill leaves a trace. No
word from the field changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from operator import attrgetter
from zoneinfo import ZoneInfo

from data.model.city import Blockage, City, Inlet, Inspection, InspectionResult
from data.model.field import BLOCKED_INLET, Incident, InletReport
from data.model.operation import Operation, OperationKind
from data.model.plan import SAME_JOB_WITHIN
from data.model.wall_clock import midnight
from data.store.store import Store
from ops.district.roster_changes import rostered_city, with_changes
from ops.field.calls.matters import WATER
from ops.field.water.inlet_signs import REMEDIES, Sign, signs_of_incidents, signs_of_jobs
from ops.field.water.water_record import confirmed_water

MOST_INSPECTIONS = 3
"""So many of an inlet's last are kept: of ten clearings in a row the last two say nearly all."""


def recorded_city(store: Store, operation: Operation) -> City:
    """The district as it stands in an operation: its tables, and what was reported of inlets.

    Raises
    ------
    NoCity
        None has been loaded.
    """
    return _recorded(rostered_city(store, operation), store, operation)


def _recorded(city: City, store: Store, operation: Operation) -> City:
    return with_record(
        city,
        store.field.inlet_reports(operation.id),
        store.field.incidents_ever(operation.id, WATER),
    )


def kept_tables(store: Store) -> City:
    """The district's tables with what the field wrote of inlets in real operation, so that they can
    be taken in elsewhere without loss of it.

    Raises
    ------
    NoCity
        None has been loaded.
    """
    real = store.operations.get(OperationKind.REAL)
    if real is None:
        return store.tables()
    own = with_changes(store.tables(), store.rosters.changes(real.id))
    return as_tables(_recorded(own, store, real))


def as_tables(city: City) -> City:
    """The district with its inspections where the tables keep them: the day on which each inlet was
    last cleaned or found open.
    """
    zone = ZoneInfo(city.district.time_zone)
    days: dict[str, date] = {}
    for one in city.inspections:
        day = one.at.astimezone(zone).date()
        days[one.inlet_id] = max(day, days.get(one.inlet_id, day))
    inlets = tuple(
        replace(inlet, cleaned_on=max(days[inlet.id], inlet.cleaned_on or days[inlet.id]))
        if inlet.id in days
        else inlet
        for inlet in city.inlets
    )
    return replace(city, inlets=inlets, inspections=(), waters=())


def with_record(
    city: City, reports: Iterable[InletReport], incidents: Iterable[Incident] = ()
) -> City:
    """The district with what was reported of its inlets.

    - Work reported done opens the inlets of its job; a blockage is closed by the remedy that it
      asks for or a stronger one. Verified, they were found open; opened anew, they are blocked
      again.
    - What a crew says of one inlet goes before what is said of its job.
    - An incident "blocked inlet" is a blockage until it is closed.
    - Of the tables and the field the newer word counts.
    - Water on a road that is certain (`confirmed_water`) is kept as such.

    Parameters
    ----------
    reports, incidents
        In any order; incidents of blocked inlets and of water, open and closed.
    """
    incidents = tuple(incidents)
    signs: dict[str, list[Sign]] = defaultdict(list)
    for sign in signs_of_incidents((one for one in incidents if one.kind == BLOCKED_INLET), city):
        signs[sign.inlet_id].append(sign)
    blocked = {*signs, *(one.inlet_id for one in city.blockages if one.cleared_at is None)}
    for sign in signs_of_jobs(reports, blocked):
        signs[sign.inlet_id].append(sign)
    known: dict[str, list[Blockage]] = defaultdict(list)
    for blockage in city.blockages:
        known[blockage.inlet_id].append(blockage)
    zone = ZoneInfo(city.district.time_zone)
    records = [
        _Record(inlet, known[inlet.id], zone).told(signs[inlet.id])
        for inlet in city.inlets
        if inlet.id in signs
    ]
    blockages = {blockage.id: blockage for blockage in city.blockages}
    for record in records:
        blockages |= record.blockages
    return replace(
        city,
        blockages=tuple(blockages.values()),
        inspections=tuple(one for record in records for one in record.inspections),
        waters=confirmed_water(incidents, city),
    )


class _Record:
    """The record of one inlet while the field's words are laid over it, the oldest first."""

    def __init__(self, inlet: Inlet, blockages: Iterable[Blockage], zone: ZoneInfo) -> None:
        self._inlet = inlet
        self._zone = zone
        self.blockages = {blockage.id: blockage for blockage in blockages}
        self._instants: dict[InspectionResult, list[datetime]] = defaultdict(list)

    def told(self, signs: Iterable[Sign]) -> "_Record":
        """The record after all of these, in whatever order they come."""
        for sign in sorted(signs, key=attrgetter("at", "key")):
            if sign.opened_by is None:
                self._block(sign)
            else:
                self._open(sign, sign.opened_by)
        return self

    def _never_closed(self, at: datetime) -> list[Blockage]:
        return [
            one
            for one in self.blockages.values()
            if one.cleared_at is None and one.reported_at <= at
        ]

    def _open(self, sign: Sign, remedy: str) -> None:
        """Somebody was there with a remedy: if it is strong enough, the inlet is open."""
        blocked = self._never_closed(sign.at)
        if any(REMEDIES.index(one.remedy) > REMEDIES.index(remedy) for one in blocked):
            return
        for one in blocked:
            self.blockages[one.id] = replace(one, cleared_at=sign.at)
        known = self._instants[sign.result]
        if blocked or not known or sign.at - known[-1] >= SAME_JOB_WITHIN:
            known.append(sign.at)  # else two of a team say the same: it was done once

    @property
    def inspections(self) -> Iterator[Inspection]:
        """When somebody was there and left or found it open."""
        for result, instants in self._instants.items():
            for at in instants[-MOST_INSPECTIONS:]:
                yield Inspection(inlet_id=self._inlet.id, at=at, result=result)

    def _block(self, sign: Sign) -> None:
        """It was found blocked: one more record, unless the inlet is known to be blocked, or the
        tables tell of it on the same day.
        """
        for one in self._never_closed(sign.at):
            if REMEDIES.index(one.remedy) < REMEDIES.index(sign.asks_for):
                self.blockages[one.id] = replace(one, remedy=sign.asks_for)
        day = self._day(sign.at)
        if any(
            one.is_open(sign.at)
            or (one.reported_at > sign.at and self._day(one.reported_at) == day)
            for one in self.blockages.values()
        ):
            return
        number = f"{sign.key}:{self._inlet.id}"
        self.blockages[number] = Blockage(
            id=number,
            inlet_id=self._inlet.id,
            reported_at=sign.at,
            cleared_at=min(self._ends(sign), default=None),
            cause="unknown",
            remedy=sign.asks_for,
        )

    def _ends(self, sign: Sign) -> Iterator[datetime]:
        """When a blockage was over, as its own report or the tables have it."""
        if sign.until:
            yield sign.until
        cleaned_on = self._inlet.cleaned_on
        if cleaned_on and cleaned_on > self._day(sign.at):
            yield midnight(cleaned_on, self._zone)
        for one in self.blockages.values():
            if one.cleared_at and one.cleared_at > sign.at:
                yield one.cleared_at

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()
