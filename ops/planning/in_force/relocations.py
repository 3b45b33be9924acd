"""Who leaves his post or his meal for an incident, and when he is there, or that nobody does: said
in so many words, for the chief who looks for him. Pure.
"""

from collections.abc import Iterator

from data.model.city import City
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import Assignment, Member, PlanVersion, UnassignedJob
from ops.base.naming import job_name, member_names, work_name
from ops.planning.on_duty.stays import ROUNDING


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


def told_by(old: PlanVersion | None, new: PlanVersion) -> frozenset[str]:
    """The jobs of which the relocations say all that there is to say: the work at the incident,
    what is left for it, and, where that is the same post, how it goes on.
    """
    if old is None:
        return frozenset()
    found: set[str] = set()
    for work in new.assignments:
        if JobId.parse(work.job_id).incident_id is None or work.state == "past":
            continue
        moves = list(_moves(work, old, new))
        if len(moves) < len(work.members):
            continue
        found.add(work.job_id)
        for left in (left for _, left in moves if _team(left) <= _team(work)):
            found.add(left.job_id)
            found.update(job.job_id for job in new.assignments if _goes_on(job, left, work))
    return frozenset(found)


def unattended(old: PlanVersion, new: PlanVersion, city: City) -> Iterator[Message]:
    """The incidents that nobody is at or goes to, and why: each once, for as long as that is so."""
    known, seen_to = (
        _incidents_left(old),
        {
            JobId.parse(job.job_id).incident_id
            for job in new.assignments
            if job.end_at > new.made_at
        },
    )
    for incident, left in _incidents_left(new).items():
        if incident not in known and incident not in seen_to:
            job = job_name(left.kind, left.segment_id, left.station_id, city)
            yield Message("change.nobody", {"job": job, "why": left.why})


def _incidents_left(version: PlanVersion) -> dict[int, UnassignedJob]:
    """What each incident asks of a crew and nobody does."""
    names = ((JobId.parse(left.job_id), left) for left in version.left_out)
    return {
        name.incident_id: left
        for name, left in names
        if name.incident_id is not None and not name.is_of_pump
    }


def meals_left(old: PlanVersion, new: PlanVersion, city: City) -> Iterator[Message]:
    """For each crew or machine whose break under way the new version breaks off: where it goes
    first, and when it eats.
    """
    kept = {(rest.unit_id, rest.start_at) for rest in new.rests}
    for rest in old.rests:
        is_left = rest.start_at <= new.made_at < rest.end_at and not rest.at_post
        if not is_left or (rest.unit_id, rest.start_at) in kept:
            continue
        goes = [
            (member, job)
            for job in new.assignments
            for member in job.members
            if member.unit_id == rest.unit_id and new.made_at <= member.leave_at < rest.end_at
        ]
        if goes:
            member, job = min(goes, key=lambda pair: pair[0].leave_at)
            yield _first(member, job, new, city)


def _first(member: Member, job: Assignment, new: PlanVersion, city: City) -> Message:
    """That somebody goes there first and eats after it, or there by turns."""
    facts: dict[str, object] = {
        "team": member_names((member,), city),
        "job": work_name(job, city),
        "leave": member.leave_at,
    }
    later = (
        one
        for one in new.rests
        if one.unit_id == member.unit_id and one.start_at >= job.end_at and not one.at_post
    )
    if rest := min(later, key=lambda one: one.start_at, default=None):
        return Message("change.meal_after", facts | {"start": rest.start_at, "end": rest.end_at})
    return Message("change.meal_there", facts)


def _goes_on(job: Assignment, left: Assignment, work: Assignment) -> bool:
    """Whether it is what the team did before an incident on the spot, and until it was told to."""
    return (
        (job.kind, job.segment_id) == (left.kind, left.segment_id) == (work.kind, work.segment_id)
        and _team(job) == _team(left)
        and work.end_at == job.start_at
        and job.end_at == left.end_at
    )


def _team(job: Assignment) -> frozenset[str]:
    return frozenset(member.unit_id for member in job.members)


def _moves(
    work: Assignment, old: PlanVersion, new: PlanVersion
) -> Iterator[tuple[Member, Assignment]]:
    """Who is sent to it, and what each of them leaves; who is at it already leaves nothing, however
    often it goes on.
    """
    known = [job for job in old.assignments if _goes_on_as(job, work)]
    for member in work.members:
        if any(_has(job, member) for job in known):
            continue
        left = _left_for(member, old, new)
        if left is not None:
            yield member, left


def _goes_on_as(job: Assignment, work: Assignment) -> bool:
    """Whether work at an incident is the same, or follows upon it there."""
    if job.job_id == work.job_id:
        return True
    is_one_matter = JobId.parse(job.job_id).watch == JobId.parse(work.job_id).watch
    return is_one_matter and job.start_at <= work.start_at <= job.end_at + ROUNDING


def _sent_to(work: Assignment, old: PlanVersion, new: PlanVersion, city: City) -> Iterator[Message]:
    for member, left in _moves(work, old, new):
        facts: dict[str, object] = {
            "what": _what(work, city),
            "team": member_names((member,), city),
            "job": work_name(left, city),
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
    return member.unit_id in _team(job)


def _what(work: Assignment, city: City) -> object:
    """The incident by its name where the work says it, else the work."""
    named = (why.facts["what"] for why in work.why if "what" in why.facts)
    return next(named, work_name(work, city))
