"""Who leaves his post for an incident, and when he is there: said in so many words, for the chief
who looks for him. Pure.
"""

from collections.abc import Iterator

from data.model.city import City
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import Assignment, Member, PlanVersion
from ops.base.naming import job_name, member_names


def relocations(old: PlanVersion | None, new: PlanVersion, city: City) -> tuple[Message, ...]:
    """For each crew or machine that the new version sends to an incident from what the old one has
    it do at that time: what it leaves, and what for.
    """
    if old is None:
        return ()
    return tuple(
        message
        for work in new.assignments
        if JobId.parse(work.job_id).incident_id is not None and work.state != "past"
        for message in _sent_to(work, old, new, city)
    )


def _sent_to(work: Assignment, old: PlanVersion, new: PlanVersion, city: City) -> Iterator[Message]:
    known = next((job for job in old.assignments if job.job_id == work.job_id), None)
    for member in work.members:
        if known is not None and _has(known, member):
            continue
        left = _left_for(member, old, new)
        if left is None:
            continue
        facts: dict[str, object] = {
            "what": _what(work, city),
            "team": member_names((member,), city),
            "job": job_name(left.kind, left.segment_id, left.station_id, city),
        }
        if left.segment_id is not None and left.segment_id == work.segment_id:
            yield Message("change.on_the_spot", facts | {"at": work.start_at})
        else:
            yield Message(
                "change.leaves", facts | {"at": member.leave_at, "arrive": member.arrive_at}
            )


def _left_for(member: Member, old: PlanVersion, new: PlanVersion) -> Assignment | None:
    """What this member was to do by the old version when it sets out, and does not by the new."""
    still = {job.job_id for job in new.assignments if _does(member, job)}
    return next(
        (job for job in old.assignments if _does(member, job) and job.job_id not in still), None
    )


def _does(member: Member, job: Assignment) -> bool:
    """Whether a member is at a job when it sets out for another."""
    return _has(job, member) and job.start_at <= member.leave_at < job.end_at


def _has(job: Assignment, member: Member) -> bool:
    return member.unit_id in {each.unit_id for each in job.members}


def _what(work: Assignment, city: City) -> object:
    """The incident by its name where the work says it, else the work."""
    named = (why.facts["what"] for why in work.why if "what" in why.facts)
    return next(named, job_name(work.kind, work.segment_id, work.station_id, city))
