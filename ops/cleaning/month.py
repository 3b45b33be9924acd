"""The month's record for the superior office: rounds by road, checks, actions. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.city import City, Segment
from data.model.field import JobTap
from data.model.levels import LevelRule
from data.model.plan import Assignment, JobKind, PlanState, PlanVersion
from data.model.street.cleaning import StreetCheck
from data.model.wall_clock import midnight
from ops.cleaning.parameters import CleaningSettings
from ops.cleaning.rounds import ROUNDS, SERVES, every, rounds_made
from ops.cleaning.storm_first import Span, held_in, hours_of
from ops.cleaning.volunteers import PostStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadMonth:
    """One road's rounds of a kind within a month.

    Attributes
    ----------
    wanted
        As many as its class asks for.
    made
        As many as were reported.
    untold
        That a plan had done and of which nobody has said a word.
    held
        Of those not made as many as a storm held back: one for each time that they were due in its
        hours.
    missed
        Those not made beside.
    """

    segment_id: str
    kind: JobKind
    wanted: int
    made: int
    untold: int
    held: int
    missed: int
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningMonth:
    """A month as far as it is over."""

    span: Span
    roads: tuple[RoadMonth, ...]
    held: tuple[Span, ...]
    checks: tuple[StreetCheck, ...]
    posts: tuple[PostStanding, ...]

    @property
    def held_hours(self) -> float:
        """Hours in which storms went before all routine."""
        return hours_of(self.held)

    @property
    def mean_score(self) -> float | None:
        """Of all checks; ``None``: there were none."""
        scores = [check.score for check in self.checks]
        return sum(scores) / len(scores) if scores else None


def month_span(first: date, now: datetime, city: City) -> Span:
    """From the first of a month to its end, or to now, in the district's time."""
    zone = ZoneInfo(city.district.time_zone)
    begin = midnight(first.replace(day=1), zone)
    following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    return begin, max(begin, min(midnight(following, zone), now))


def month_record(
    city: City,
    span: Span,
    taps: Iterable[JobTap],
    versions: Sequence[PlanVersion],
    levels: Mapping[str, LevelRule],
    checks: Iterable[StreetCheck],
    posts: Iterable[PostStanding],
    settings: CleaningSettings,
) -> CleaningMonth:
    """The record of a span.

    Parameters
    ----------
    versions
        Those of that time, oldest first.
    """
    taps = tuple(taps)
    made: dict[tuple[str, JobKind], list[datetime]] = {}
    for one in rounds_made(taps):
        if span[0] <= one.at < span[1]:
            made.setdefault((one.segment_id, one.kind), []).append(one.at)
    told = {tap.event.job_id for tap in taps}
    untold = Counter(
        (job.segment_id, kind)
        for job in planned_in(versions, span)
        if job.job_id not in told
        for kind in SERVES[job.kind]
    )
    held = held_in(versions, levels, span, settings)
    return CleaningMonth(
        span=span,
        roads=tuple(
            _road(segment, kind, often, span, made.get((segment.id, kind), []), untold, held)
            for kind in ROUNDS
            for segment in city.segments
            if (often := every(kind, segment, settings))
        ),
        held=held,
        checks=tuple(checks),
        posts=tuple(posts),
    )


def _road(
    segment: Segment,
    kind: JobKind,
    often: timedelta,
    span: Span,
    made: Sequence[datetime],
    untold: Mapping[tuple[str | None, JobKind], int],
    held: Iterable[Span],
) -> RoadMonth:
    wanted = (span[1] - span[0]) // often
    lacking = max(0, wanted - len(made))
    in_storms = sum(math.ceil((end - start) / often) for start, end in held)
    stopped = min(lacking, in_storms)
    return RoadMonth(
        segment_id=segment.id,
        kind=kind,
        wanted=wanted,
        made=len(made),
        untold=untold.get((segment.id, kind), 0),
        held=stopped,
        missed=lacking - stopped,
        last_at=max(made, default=None),
    )


def planned_in(versions: Sequence[PlanVersion], span: Span) -> Iterator[Assignment]:
    """The rounds that the plan in force at their end had done then."""
    versions = [one for one in versions if one.state is not PlanState.DRAFT]
    ends = [*(one.made_at for one in versions[1:]), span[1]]
    for version, until in zip(versions, ends, strict=False):
        for job in version.assignments:
            if job.kind in SERVES and version.made_at <= job.end_at < min(until, span[1]):
                yield job
