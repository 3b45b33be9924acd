"""What is the same to a crew, however its stay is cut: how many stays two plans change, and how
often a post passes from hand to hand.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from data.model.plan import Assignment, PlanVersion
from tests.bench.plan_sense_measure import AT_POST, HOUR, MINUTE, is_manned, unit_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One unit at one place for one sort of work without leaving, cut as it may be."""

    unit: str
    place: str
    sort: str
    start: datetime
    end: datetime


def stays(jobs: Iterable[Assignment]) -> list[Stay]:
    parts = defaultdict(list)
    for job in jobs:
        sort = "post" if job.kind in AT_POST else str(job.kind)
        for one in job.members:
            key = (unit_key(one.unit_id), job.segment_id or job.station_id, sort)
            parts[key].append((job.start_at, job.end_at))
    found = []
    for (unit, place, sort), spans in parts.items():
        merged: list[list[datetime]] = []
        for begin, end in sorted(spans):
            if merged and begin - merged[-1][1] <= 10 * MINUTE:
                merged[-1][1] = max(end, merged[-1][1])
            else:
                merged.append([begin, end])
        found += [
            Stay(unit=unit, place=place, sort=sort, start=begin, end=end) for begin, end in merged
        ]
    return sorted(found, key=lambda stay: (stay.start, stay.unit, stay.place))


def changes(old: PlanVersion, new: PlanVersion) -> int:
    """How many stays that were still to come are new, gone, or moved by more than five minutes:
    less is told to nobody.
    """
    before, after = (
        [stay for stay in stays(each.assignments) if stay.end > new.made_at] for each in (old, new)
    )
    count, matched = 0, set()
    for stay in after:
        same = next(
            (
                one
                for one in before
                if one not in matched
                and (one.unit, one.place, one.sort) == (stay.unit, stay.place, stay.sort)
                and one.start < stay.end
                and stay.start < one.end
            ),
            None,
        )
        if same is None:
            count += 1
            continue
        matched.add(same)
        is_moved = abs(same.start - stay.start) > 5 * MINUTE and stay.start > new.made_at
        count += is_moved
    return count + len([one for one in before if one not in matched])


def handovers(jobs: Iterable[Assignment]) -> int:
    """How often a post passes from one crew or squad to another without a lull of an hour."""
    held = defaultdict(list)
    for stay in stays(job for job in jobs if is_manned(job)):
        if stay.sort == "post":
            held[stay.place].append(stay)
    return sum(
        before.unit != after.unit and after.start - before.end < HOUR
        for mine in held.values()
        for before, after in itertools.pairwise(mine)
    )
