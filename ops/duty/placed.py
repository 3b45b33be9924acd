"""The machines that the ordered level wants ready: which stands where, from when, who drives; and
which are not in place. Pure.
"""

from collections.abc import Iterable
from datetime import datetime

from data.model.city import City
from data.model.message import Message
from data.model.plan import Assignment, JobKind, PlanVersion
from ops.base.naming import member_names, segment_name, station_name
from ops.field.job_board import JobLine
from ops.field.progress import Stage
from ops.planning.left_out_groups import left_out_groups


def in_place(lines: Iterable[JobLine], city: City, now: datetime) -> tuple[Message, ...]:
    """One sentence for each machine whose time is not over, the first to stand there first."""
    own = [one for one in lines if one.job.kind is JobKind.PLACED and one.job.end_at > now]
    own.sort(key=lambda one: (one.job.start_at, one.job.job_id))
    return tuple(_told(one, city) for one in own)


def _told(line: JobLine, city: City) -> Message:
    job = line.job
    code = "placed.there" if line.stage is Stage.ON_SITE else "placed.planned"
    return Message(
        code,
        {
            "place": _place(job, city),
            "team": member_names(job.members, city),
            "start": job.start_at,
            "end": job.end_at,
        },
    )


def _place(job: Assignment, city: City) -> Message | str:
    if job.segment_id:
        return segment_name(job.segment_id, city)
    return station_name(job.station_id, city)


def not_in_place(version: PlanVersion | None, city: City, now: datetime) -> tuple[Message, ...]:
    """One sentence for each cause: what is missing where, why, and what would mend it."""
    left = [one for one in (version.left_out if version else ()) if one.kind is JobKind.PLACED]
    return tuple(
        Message(
            "placed.missing",
            {
                "what": group.what,
                "places": group.places,
                "why": Message("left_out.mended", {"why": group.why, "mend": group.mend})
                if group.mend
                else group.why,
            },
        )
        for group in left_out_groups(left, city, now)
    )
