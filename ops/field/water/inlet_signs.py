"""What the field's reports say of each inlet, one by one. Pure."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from data.geo import distance_m
from data.model.city import City, Inlet, InspectionResult
from data.model.field import OF_AN_INLET, EventKind, FieldEvent, Incident, InletReport
from data.model.ids import Cause, CauseKind
from data.model.plan import SAME_JOB_WITHIN, JobKind

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


ENOUGH = 8
"""So many clearings, some of them told twice, say all of an inlet that was never found blocked."""
_Dated = tuple[datetime, InletReport]


class Sign(NamedTuple):
    """What one report says of one inlet at an instant: that it is open by means of a remedy, with
    what ``result``; or, without one, that it is blocked and ``asks_for`` a remedy.

    ``key`` is the report's own name. A blockage is known to be over at ``until``.
    """

    at: datetime
    key: str
    inlet_id: str
    opened_by: str | None = None
    result: InspectionResult = InspectionResult.CLEANED
    asks_for: str = "hand"
    until: datetime | None = None


def last_words(events: Iterable[FieldEvent]) -> dict[tuple[str, str], EventKind]:
    """What was last said of each inlet, by job and inlet."""
    told = sorted(events, key=lambda event: (event.happened_at, event.event_id))
    return {
        (event.job_id, event.inlet_id): event.kind
        for event in told
        if event.job_id and event.inlet_id
    }


def signs_of_jobs(reports: Iterable[InletReport], blocked: Iterable[str] = ()) -> Iterator[Sign]:
    """What reports of work say of inlets.

    Parameters
    ----------
    reports
        In any order.
    blocked
        Inlets that something else says to be blocked. Of the others, which are cleaned time and
        again, old clearings are left out: years of them would be read for every plan.
    """
    dated = [(one.event.happened_at, one.event.event_id, one) for one in reports]
    dated.sort(key=lambda one: one[:2])
    by_job: dict[tuple[int, str | None], list[_Dated]] = defaultdict(list)
    for at, report in _telling([(at, one) for at, _, one in dated], blocked):
        by_job[report.event.operation_id, report.event.job_id].append((at, report))
    for told in by_job.values():
        yield from _signs_of_job(told)


def last_said(events: Iterable[FieldEvent]) -> Mapping[str, FieldEvent]:
    """What was last said of each inlet that a crew spoke of by itself."""
    told = (event for event in events if event.kind in OF_AN_INLET and event.inlet_id)
    return {
        event.inlet_id: event
        for event in sorted(told, key=lambda event: (event.happened_at, event.event_id))
        if event.inlet_id
    }


def _telling(dated: Sequence[_Dated], blocked: Iterable[str]) -> list[_Dated]:
    """The reports, oldest first, without clearings after which all their inlets were cleared
    ``ENOUGH`` times and never found blocked.
    """
    ever_blocked = set(blocked)
    for _, report in dated:
        if report.event.kind is EventKind.REOPEN:
            ever_blocked.update(report.inlet_ids)
        elif report.event.kind is EventKind.INLET_BLOCKED and report.event.inlet_id:
            ever_blocked.add(report.event.inlet_id)
    cleared: Counter[str] = Counter()
    kept = []
    for at, report in reversed(dated):
        if report.event.kind is EventKind.CLEAR and report.job_kind in OPENS:
            inlets = report.inlet_ids
            if all(cleared[one] >= ENOUGH and one not in ever_blocked for one in inlets):
                continue
            if "inlets" not in report.event.amounts:
                cleared.update(inlets)
        kept.append((at, report))
    return kept[::-1]


def _signs_of_job(told: Iterable[_Dated]) -> Iterator[Sign]:
    """What the reports of one job, in order of time, say of its inlets.

    Job ids come back: a job done more than ``SAME_JOB_WITHIN`` ago was other work.
    """
    marked: dict[str, datetime] = {}  # told one by one
    opened: dict[str, datetime] = {}  # reported open, with the job or alone
    for at, report in told:
        event, key = report.event, report.event.event_id
        good_for = OPENS.get(report.job_kind)
        marked = _recent(marked, at)
        opened = _recent(opened, at)
        if event.kind in OF_AN_INLET and event.inlet_id:
            marked[event.inlet_id] = at
            opened.pop(event.inlet_id, None)
            if event.kind is EventKind.INLET_SKIPPED:
                continue  # nobody got at it: it is as it was
            sign = _sign_of_mark(event, at, good_for)
            if sign.opened_by:
                opened[event.inlet_id] = at
            yield sign
        elif event.kind is EventKind.CLEAR and good_for:
            for inlet_id in _worked_on(report, marked):
                opened[inlet_id] = at
                yield Sign(at, key, inlet_id, good_for)
        elif event.kind is EventKind.VERIFY:
            for inlet_id in opened:
                remedy = STRONGEST if inlet_id in marked else good_for
                yield Sign(at, key, inlet_id, remedy or "hand", InspectionResult.OPEN)
        elif event.kind is EventKind.REOPEN:
            for inlet_id in opened:
                yield Sign(at, key, inlet_id, asks_for=good_for or "hand")
            marked, opened = {}, {}


def _recent(told: dict[str, datetime], at: datetime) -> dict[str, datetime]:
    return {one: then for one, then in told.items() if at - then < SAME_JOB_WITHIN}


def _worked_on(report: InletReport, marked: Container[str]) -> Iterator[str]:
    """The inlets of work reported done that were not told one by one: the first on the sheet where
    the crew told a lesser number.
    """
    count = report.event.amounts.get("inlets")
    inlets = report.inlet_ids if marked or count is None else report.inlet_ids[: int(count)]
    return (one for one in inlets if one not in marked)


def _sign_of_mark(event: FieldEvent, at: datetime, good_for: str | None) -> Sign:
    inlet_id, key = event.inlet_id or "", event.event_id
    if event.kind is EventKind.INLET_CLEARED:
        return Sign(at, key, inlet_id, STRONGEST)
    if event.kind is EventKind.INLET_OPEN:
        return Sign(at, key, inlet_id, STRONGEST, InspectionResult.OPEN)
    tried = REMEDIES.index(good_for or "hand")
    return Sign(at, key, inlet_id, asks_for=REMEDIES[min(tried + 1, len(REMEDIES) - 1)])


def signs_of_incidents(incidents: Iterable[Incident], city: City) -> Iterator[Sign]:
    """What incidents of blocked inlets say of inlets, each until it is closed."""
    often = Counter(blockage.inlet_id for blockage in city.blockages)
    for incident in incidents:
        inlet = _inlet_of(incident, city, often)
        if inlet:
            yield Sign(
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
