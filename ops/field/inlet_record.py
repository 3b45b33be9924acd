"""The record of inlets with what the field has reported since: cleaned, found open, found blocked.

The tables stay as the bureau brought them; what was reported is laid over them whenever they are
read, so that a newer sheet replaces nothing that was seen since, and no drill leaves a trace. No
word from the field changes nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from data.geo import distance_m
from data.model.city import Blockage, City, Inlet, Inspection, InspectionResult
from data.model.field import OF_AN_INLET, EventKind, FieldEvent, Incident, InletReport
from data.model.ids import Cause, CauseKind
from data.model.operation import Operation
from data.model.plan import SAME_JOB_WITHIN, JobKind
from data.store.store import Store

REMEDIES = ("hand", "jetting", "well_entry")
"""What opens a blocked inlet, each more than the one before."""
STRONGEST = REMEDIES[-1]
OPENS: Mapping[JobKind, str] = {
    JobKind.CLEAR: "hand",
    JobKind.DESILT: "hand",
    JobKind.JET: "jetting",
    JobKind.WELL: "well_entry",
}
"""Work that opens inlets, and what it is good for."""


def recorded_city(store: Store, operation: Operation) -> City:
    """The district as it stands in an operation: its tables, and what was reported of inlets.

    Raises
    ------
    NoCity
        None has been loaded.
    """
    return with_record(
        store.city(),
        store.field.inlet_reports(operation.id),
        store.field.blocked_inlets(operation.id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sign:
    """What one report says of one inlet at an instant: that it is open by means of a remedy, with
    what ``result``; or, without one, that it is blocked and ``asks_for`` a remedy.

    ``key`` tells it from all others. A blockage is known to be over at ``until``.
    """

    at: datetime
    key: str
    inlet_id: str
    opened_by: str | None = None
    result: InspectionResult = InspectionResult.CLEANED
    asks_for: str = "hand"
    until: datetime | None = None


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

    Parameters
    ----------
    reports, incidents
        In any order; incidents of blocked inlets, open and closed.
    """
    record = _Record(city)
    signs = [*_signs_of_jobs(reports), *_signs_of_incidents(incidents, city)]
    for sign in sorted(signs, key=lambda sign: (sign.at, sign.key)):
        if sign.inlet_id not in city.inlet_by_id:
            continue  # the tables know it no more
        if sign.opened_by is None:
            record.block(sign)
        else:
            record.open(sign, sign.opened_by)
    return replace(
        city, blockages=tuple(record.blockages.values()), inspections=tuple(record.inspections)
    )


class _Record:
    """The record while the field's words are laid over it, the oldest first."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._zone = ZoneInfo(city.district.time_zone)
        self.blockages = {blockage.id: blockage for blockage in city.blockages}
        self.inspections: list[Inspection] = []
        self._cleaned: dict[str, datetime] = {}  # when the field last said so
        self._ids: dict[str, list[str]] = defaultdict(list)
        for blockage in city.blockages:
            self._ids[blockage.inlet_id].append(blockage.id)

    def _of(self, sign: _Sign) -> list[Blockage]:
        return [self.blockages[number] for number in self._ids[sign.inlet_id]]

    def _never_closed(self, sign: _Sign) -> list[Blockage]:
        return [
            one for one in self._of(sign) if one.cleared_at is None and one.reported_at <= sign.at
        ]

    def open(self, sign: _Sign, remedy: str) -> None:
        """Somebody was there with a remedy: if it is strong enough, the inlet is open."""
        blocked = self._never_closed(sign)
        if any(REMEDIES.index(one.remedy) > REMEDIES.index(remedy) for one in blocked):
            return
        for one in blocked:
            self.blockages[one.id] = replace(one, cleared_at=sign.at)
        if sign.result is InspectionResult.CLEANED:
            last = self._cleaned.get(sign.inlet_id)
            if last and not blocked and sign.at - last < SAME_JOB_WITHIN:
                return  # two of a team say the same: it was cleaned once
            self._cleaned[sign.inlet_id] = sign.at
        self.inspections.append(Inspection(inlet_id=sign.inlet_id, at=sign.at, result=sign.result))

    def block(self, sign: _Sign) -> None:
        """It was found blocked: one more record, unless the inlet is known to be blocked, or the
        tables tell of it on the same day.
        """
        for one in self._never_closed(sign):
            if REMEDIES.index(one.remedy) < REMEDIES.index(sign.asks_for):
                self.blockages[one.id] = replace(one, remedy=sign.asks_for)
        day = self._day(sign.at)
        if any(
            one.is_open(sign.at)
            or (one.reported_at > sign.at and self._day(one.reported_at) == day)
            for one in self._of(sign)
        ):
            return
        self.blockages[sign.key] = Blockage(
            id=sign.key,
            inlet_id=sign.inlet_id,
            reported_at=sign.at,
            cleared_at=min(self._ends(sign), default=None),
            cause="unknown",
            remedy=sign.asks_for,
        )
        self._ids[sign.inlet_id].append(sign.key)

    def _ends(self, sign: _Sign) -> Iterator[datetime]:
        """When a blockage was over, as its own report or the tables have it."""
        if sign.until:
            yield sign.until
        cleaned_on = self._city.inlet_by_id[sign.inlet_id].cleaned_on
        if cleaned_on and cleaned_on > self._day(sign.at):
            yield datetime.combine(cleaned_on, time(), self._zone)
        for one in self._of(sign):
            if one.cleared_at and one.cleared_at > sign.at:
                yield one.cleared_at

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()


def last_words(events: Iterable[FieldEvent]) -> dict[tuple[str, str], EventKind]:
    """What was last said of each inlet, by job and inlet."""
    told = sorted(events, key=lambda event: (event.happened_at, event.event_id))
    return {
        (event.job_id, event.inlet_id): event.kind
        for event in told
        if event.job_id and event.inlet_id
    }


def _signs_of_jobs(reports: Iterable[InletReport]) -> Iterator[_Sign]:
    by_job: dict[tuple[int, str | None], list[InletReport]] = defaultdict(list)
    for report in sorted(reports, key=lambda one: (one.event.happened_at, one.event.event_id)):
        by_job[report.event.operation_id, report.event.job_id].append(report)
    for told in by_job.values():
        yield from _signs_of_job(told)


def _signs_of_job(told: Iterable[InletReport]) -> Iterator[_Sign]:
    """What the reports of one job, in order of time, say of its inlets.

    Job ids come back: a job done more than ``SAME_JOB_WITHIN`` ago was other work.
    """
    marked: dict[str, FieldEvent] = {}  # the last word of each inlet of its own
    opened: dict[str, datetime] = {}  # reported open, with the job or alone
    for report in told:
        event, at = report.event, report.event.happened_at
        marked = {
            one: mark for one, mark in marked.items() if at - mark.happened_at < SAME_JOB_WITHIN
        }
        opened = {one: done for one, done in opened.items() if at - done < SAME_JOB_WITHIN}
        if event.kind in OF_AN_INLET and event.inlet_id:
            marked[event.inlet_id] = event
            opened.pop(event.inlet_id, None)
            if event.kind is not EventKind.INLET_BLOCKED:
                opened[event.inlet_id] = at
            yield _sign_of_mark(report, event.inlet_id)
        elif event.kind is EventKind.CLEAR and report.job_kind in OPENS:
            for inlet_id in _worked_on(report, marked):
                opened[inlet_id] = at
                yield _sign(report, inlet_id, opened_by=OPENS[report.job_kind])
        elif event.kind is EventKind.VERIFY:
            for inlet_id in opened:
                remedy = STRONGEST if inlet_id in marked else OPENS.get(report.job_kind, "hand")
                yield _sign(report, inlet_id, opened_by=remedy, result=InspectionResult.OPEN)
        elif event.kind is EventKind.REOPEN:
            for inlet_id in opened:
                yield _sign(report, inlet_id, asks_for=OPENS.get(report.job_kind, "hand"))
            marked, opened = {}, {}


def _worked_on(report: InletReport, marked: Container[str]) -> Iterator[str]:
    """The inlets of work reported done that were not told one by one: the first on the sheet where
    the crew told a lesser number.
    """
    count = report.event.amounts.get("inlets")
    inlets = report.inlet_ids if marked or count is None else report.inlet_ids[: int(count)]
    return (one for one in inlets if one not in marked)


def _sign_of_mark(report: InletReport, inlet_id: str) -> _Sign:
    kind = report.event.kind
    if kind is EventKind.INLET_CLEARED:
        return _sign(report, inlet_id, opened_by=STRONGEST)
    if kind is EventKind.INLET_OPEN:
        return _sign(report, inlet_id, opened_by=STRONGEST, result=InspectionResult.OPEN)
    tried = REMEDIES.index(OPENS.get(report.job_kind, "hand"))
    return _sign(report, inlet_id, asks_for=REMEDIES[min(tried + 1, len(REMEDIES) - 1)])


def _sign(
    report: InletReport,
    inlet_id: str,
    opened_by: str | None = None,
    result: InspectionResult = InspectionResult.CLEANED,
    asks_for: str = "hand",
) -> _Sign:
    return _Sign(
        at=report.event.happened_at,
        key=f"{report.event.event_id}:{inlet_id}",
        inlet_id=inlet_id,
        opened_by=opened_by,
        result=result,
        asks_for=asks_for,
    )


def _signs_of_incidents(incidents: Iterable[Incident], city: City) -> Iterator[_Sign]:
    often = Counter(blockage.inlet_id for blockage in city.blockages)
    for incident in incidents:
        inlet = _inlet_of(incident, city, often)
        if inlet:
            yield _Sign(
                at=incident.reported_at,
                key=str(Cause.of(CauseKind.INCIDENT, incident.id)),
                inlet_id=inlet.id,
                until=incident.closed_at,
            )


def _inlet_of(incident: Incident, city: City, often: Mapping[str, int]) -> Inlet | None:
    """The inlet that an incident means: the one named, else on its road the nearest to its
    position, else the one that was most often blocked.
    """
    if incident.inlet_id:
        return city.inlet_by_id.get(incident.inlet_id)
    inlets = city.inlets_by_segment.get(incident.segment_id or "", ())
    place = incident.position
    if place:
        return min(inlets, key=lambda inlet: distance_m(inlet.position, place), default=None)
    return max(inlets, key=lambda inlet: often[inlet.id], default=None)
