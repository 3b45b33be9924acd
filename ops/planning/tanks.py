"""What trucks carry: their tanks, what is aboard now, and where they may empty them. Pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.city import City, DumpSite
from data.model.ids import JobId
from data.model.plan import Assignment, JobKind
from data.model.wall_clock import midnight, span_of
from ops.field.progress import Progress
from ops.planning.context import Storm
from ops.planning.parameters import WorkSettings
from ops.risk.stop_work import Span, spans_without

TANK_M3, LORRY_M3 = 5.0, 5.0
"""Where the tables do not say (common classes 3 to 16 m3, recalled)."""
CARRIERS = {"suction_truck": TANK_M3, "sludge_truck": LORRY_M3}
"""The machines that carry silt, with what one holds whose table does not say."""


def litres_of(inlets: int, work: WorkSettings) -> int:
    """What so many inlets hold that are emptied."""
    return round(1000 * work.silt_m3 * inlets)


def capacity_of(machine_id: str, city: City) -> int | None:
    """Litres that a machine holds; ``None`` for one that carries none, and where no dump site is
    known.
    """
    machine = city.machine_by_id.get(machine_id)
    if machine is None or machine.kind not in CARRIERS or not city.dump_sites:
        return None
    return max(1, round(1000 * (machine.capacity or CARRIERS[machine.kind])))


def aboard(jobs: Iterable[Assignment], storm: Storm) -> dict[str, int]:
    """Litres in each machine after these jobs, behind us or under way: what was told to have been
    taken out, else what was planned; nothing after a visit to a dump site.
    """
    litres: dict[str, int] = {}
    for job in sorted(jobs, key=lambda one: (one.end_at, one.job_id)):
        for member in job.members:
            most = capacity_of(member.resource_id, storm.city)
            if most is not None:
                was = litres.get(member.resource_id, 0)
                litres[member.resource_id] = min(most, max(0, was + _taken(job, was, most, storm)))
    return {machine: amount for machine, amount in litres.items() if amount}


def dumpings(jobs: Iterable[Assignment]) -> dict[str, int]:
    """How many visits to dump sites each machine has among these jobs."""
    return Counter(member.resource_id for job in jobs if is_dumping(job) for member in job.members)


def _taken(job: Assignment, was: int, most: int, storm: Storm) -> int:
    """What a job puts into the tank of its truck, below 0 what it takes out of it; a load of which
    nothing was told is a full one.
    """
    if is_dumping(job):
        return -was
    source = storm.progress.get(job.job_id, Progress()).source
    told = source.amounts.get("silt_m3") if source else None
    if job.kind is JobKind.GARDEN:
        garden = storm.city.garden_by_id.get(JobId.parse(job.job_id).parts[0])
        m3 = told if told is not None else garden.m3 if garden else 0.0
        return -round(1000 * m3)
    if job.kind not in (JobKind.DESILT, JobKind.HAUL):
        return 0
    if told is not None:
        return round(1000 * told)
    return most if job.kind is JobKind.HAUL else litres_of(len(job.inlet_ids), storm.work)


def is_dumping(job: Assignment) -> bool:
    """Whether a job is a visit to a dump site, be it that the tables no longer know it."""
    return JobId.parse(job.job_id).trip is not None


def open_spans(site: DumpSite, storm: Storm) -> tuple[Span, ...]:
    """When a site is open between now and the horizon; not while it is said to be closed."""
    zone = ZoneInfo(storm.city.district.time_zone)
    first, found = storm.now.astimezone(zone).date() - timedelta(days=1), list[Span]()
    closed = [
        (outage.from_at, outage.to_at or _next_midnight(outage.from_at, zone))
        for outage in storm.outages
        if outage.resource_id == site.id
    ]
    for day in range((storm.horizon - storm.now).days + 3):
        opens, closes = span_of(first + timedelta(days=day), site.opens, site.closes, zone)
        start, end = max(opens, storm.now), min(closes, storm.horizon)
        if start < end:
            found += spans_without(closed, start, end)
    return tuple(found)


def _next_midnight(at: datetime, zone: ZoneInfo) -> datetime:
    """The end of that day: who closes a site without saying until when closes it for the day."""
    return midnight(at.astimezone(zone).date() + timedelta(days=1), zone)
