"""Two plan versions -> what changed and why, as sentences not yet said. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from data.model.city import City
from data.model.ids import Cause, CauseKind, JobId
from data.model.message import Message
from data.model.operation import LevelOrder, Trigger, TriggerKind
from data.model.plan import Assignment, PlanVersion, UnassignedJob, WayBasis
from data.model.team import StationShift, Team
from ops.base.naming import alert_name, member_names, work_name
from ops.district.roster_changes import called
from ops.planning.in_force.relocations import meals_left, relocations, told_by, unattended
from ops.planning.in_force.told_times import as_told
from ops.planning.left_out_groups import left_count
from ops.planning.on_duty.named_posts import post_changes
from ops.planning.on_duty.stays import Stay, overlap, paired, post_of, stays
from ops.planning.parameters import StabilitySettings
from weather.model import Alert

BOUND_TO_BE_LEFT = ("left.no_", "left.refused")
"""How reasons begin that no choice of ours could change; of all others another could be made."""


def difference(
    old: PlanVersion | None,
    new: PlanVersion,
    triggers: tuple[Trigger, ...],
    alerts: tuple[Alert, ...],
    city: City,
    orders: Iterable[LevelOrder] = (),
    named: Mapping[str, Message] | None = None,
    settings: StabilitySettings = StabilitySettings(),
) -> tuple[Message, ...]:
    """What the new version changes, its causes first; who leaves what for an incident is said once,
    in a sentence of its own.

    Parameters
    ----------
    alerts, orders
        All that were received and ordered, to name those which the causes speak of.
    named
        Further causes with their sentences.
    settings
        How far work may move and be no news.
    """
    said = [*cause_messages(triggers, alerts, orders, named).values()]
    causes = tuple(each for n, each in enumerate(said) if each not in said[:n])
    if old is None:
        return (
            *causes,
            Message(
                "change.first", {"count": len(new.assignments), "left": left_count(new.left_out)}
            ),
        )
    moves = (*relocations(old, new, city), *unattended(old, new, city), *meals_left(old, new, city))
    told = (*changes(old, new, city, settings, told_by(old, new)), *moves)
    return (*causes, *(told or (Message("change.none"),)))


def changes(
    old: PlanVersion,
    new: PlanVersion,
    city: City,
    settings: StabilitySettings,
    but: Collection[str] = (),
) -> tuple[Message, ...]:
    """What somebody must be told of the new version who knows the old one.

    Parameters
    ----------
    but
        Jobs of which nothing need be said.
    """
    tolerance = timedelta(seconds=settings.tolerance_s)
    return (
        *_rain_changes(old, new, tolerance),
        *team_changes(old, new, city),
        *post_changes(old, new, city),
        *_job_changes(old, new, city, tolerance, but),
    )


def team_changes(old: PlanVersion, new: PlanVersion, city: City) -> list[Message]:
    """Who goes out with whom otherwise than told, why, and what can't be manned any more; of shifts
    that the old version did not know only what is missing.
    """
    before = {one.key: one for one in old.teams}
    found = []
    for shift in new.teams:
        was = before.get(shift.key)
        known = {team.key: team for team in was.teams} if was else {}
        for team in shift.teams if was else ():
            if team.key not in known or known[team.key].members != team.members:
                found.append(team_message(team, shift, city))
        if was:
            found += [told for told in shift.told if told not in was.told]
        found += [gap for gap in shift.gaps if was is None or gap not in was.gaps]
    return found


def team_message(team: Team, shift: StationShift, city: City) -> Message:
    """Who goes out with whom, in a sentence."""
    worker = city.worker_by_key.get(team.key)
    people = (city.person_by_id.get(name) for name in team.members)
    facts = {
        "team": (called(worker, city) if worker else team.key[1],),
        "day": shift.day,
        "who": tuple(person.name for person in people if person),
    }
    return Message("team.now", facts)


def stands_alike(old: PlanVersion, new: PlanVersion, alerts: Iterable[Alert]) -> bool:
    """Whether both stand on the same facts, as the head of a sheet and the desk show them, and no
    other job is left out by the new one.

    Parameters
    ----------
    alerts
        All that were received.
    """
    known = {alert.digest: (alert.type, alert.level) for alert in alerts}
    facts = [
        (
            version.level,
            version.fallback,
            _ways(version),
            (version.rain.source, bool(version.rain.stale_provider)),
            {known.get(digest, digest) for digest in version.alert_digests},
            _ordered_by_hand(version, new.made_at),
            _at_incidents(version, new.made_at),
        )
        for version in (old, new)
    ]
    return facts[0] == facts[1] and not _newly_left(old, new)


def _ways(version: PlanVersion) -> tuple[str | None, tuple[str, ...]]:
    """The street file, and the streets that are closed or slow; a few centimetres more are news
    where they lengthen a way or close it.
    """
    basis = version.ways or WayBasis()
    return basis.source, tuple(sorted(repr(_without_depth(line)) for line in basis.closed))


def _without_depth(line: Message) -> Message:
    """What is told of a street, but for how deep the water on it is."""
    is_water = isinstance(line.facts.get("why"), Message)
    facts = {key: fact for key, fact in line.facts.items() if key != "why" or not is_water}
    return Message(line.code, facts)


def _ordered_by_hand(version: PlanVersion, now: datetime) -> set[str]:
    """The work still to come that its sheet says the desk ordered so."""
    return {
        work.job_id
        for work in version.assignments
        if work.end_at > now and any(why.code == "why.by_hand" for why in work.why)
    }


def _at_incidents(version: PlanVersion, now: datetime) -> set[tuple[str, datetime]]:
    """The posts at incidents still to come, and until when each is asked for: who stays where he is
    is told nothing, but the next to come is called by when this one ends.
    """
    return {
        (job.job_id, job.end_at)
        for job in version.assignments
        if job.kind.is_post and job.end_at > now and JobId.parse(job.job_id).incident_id is not None
    }


def _newly_left(old: PlanVersion, new: PlanVersion) -> list[UnassignedJob]:
    """What the new one leaves out and the old one did not, or not for want of a choice; that too
    little of a post's hour is left by now is no news.
    """
    known = {left.job_id: _is_chosen(left) for left in old.left_out}
    return [
        left
        for left in new.left_out
        if known.get(left.job_id) is not _is_chosen(left)
        and not (left.job_id in known and _has_begun(left, new.made_at))
    ]


def _is_chosen(left: UnassignedJob) -> bool:
    """Whether it was ours to choose."""
    return not left.why.code.startswith(BOUND_TO_BE_LEFT)


def _has_begun(left: UnassignedJob, now: datetime) -> bool:
    """Whether the hour of a post has begun."""
    start = left.why.facts.get("start")
    return isinstance(start, datetime) and start <= now


def cause_messages(
    triggers: Iterable[Trigger],
    alerts: tuple[Alert, ...],
    orders: Iterable[LevelOrder] = (),
    named: Mapping[str, Message] | None = None,
) -> dict[str, Message]:
    """Each cause said, as for ``difference``."""
    named_causes = {
        str(Cause.of(CauseKind.LEVEL, order.id)): _level_cause(order) for order in orders
    } | dict(named or {})
    return {
        trigger.cause: named_causes.get(trigger.cause) or _cause(trigger, alerts)
        for trigger in triggers
    }


def rechecks(
    triggers: Iterable[Trigger], number: int, causes: Mapping[str, Message]
) -> tuple[Message, ...]:
    """When the version of this number was looked at again and stood, and what had asked for it, the
    latest first.

    Parameters
    ----------
    causes
        Each cause said (``cause_messages``).
    """
    found: dict[datetime, list[Message]] = {}
    for trigger in triggers:
        if trigger.outcome and trigger.answered_by == number and trigger.settled_at:
            found.setdefault(trigger.settled_at, []).append(causes[trigger.cause])
    return tuple(
        Message("change.recheck", {"at": at, "causes": tuple(found[at])})
        for at in sorted(found, reverse=True)
    )


def _cause(trigger: Trigger, alerts: tuple[Alert, ...]) -> Message:
    if trigger.kind is TriggerKind.ALERT:
        subject = Cause.parse(trigger.cause).subject  # a digest, and from when where it was ahead
        alert = next((alert for alert in alerts if subject.startswith(alert.digest)), None)
        if alert:
            return Message(
                "cause.alert",
                {
                    "issuer": alert.issuers,
                    "action": Message(f"action.{alert.action}"),
                    "alert": alert_name(alert),
                },
            )
    return Message(f"cause.{trigger.kind}", {"at": trigger.requested_at})


def _level_cause(order: LevelOrder) -> Message:
    if order.level is None:
        return Message("cause.level_ended", {"by": order.by, "at": order.at})
    return Message("cause.level_ordered", {"level": order.level, "by": order.by, "at": order.at})


def _rain_changes(old: PlanVersion, new: PlanVersion, tolerance: timedelta) -> list[Message]:
    """The next storm that moved, came or went; one that has begun is no news by itself."""
    before, after = old.rain, new.rain
    was, then = before.later_than(new.made_at), after.later_than(new.made_at)
    if was and then:
        if abs(then[0][0] - was[0][0]) > tolerance:
            return [Message("change.onset", {"old": was[0][0], "new": then[0][0]})]
    elif after.onset_at and (then or not before.onset_at):
        onset = then[0][0] if then else after.onset_at
        return [Message("change.rain_now", {"new": onset})]
    elif before.onset_at and not after.onset_at:
        return [Message("change.rain_gone")]
    return [
        Message("change.rain_end", {"old": was_end, "new": end})
        for onset, end in after.storms
        for was_onset, was_end in before.storms
        if end > new.made_at and was_onset < end and onset < was_end
        if abs(end - was_end) > tolerance
    ][:1]


def _job_changes(
    old: PlanVersion,
    new: PlanVersion,
    city: City,
    tolerance: timedelta,
    but: Collection[str],
) -> list[Message]:
    """Sentences for every job that is new, dropped, moved or given to others; work that is past
    says nothing.
    """
    told = as_told(old, tolerance)
    now = {job.job_id: job for job in new.assignments if job.job_id not in but}
    found = [
        Message("change.over", _facts(job, city))
        for job_id, job in now.items()
        if job.state == "past" and job_id in told and _is_called_off(told[job_id], job, new.made_at)
    ]
    known = stays(job for job_id, job in told.items() if _is_known(job, new.made_at, now, but))
    ahead = stays(job for job in now.values() if job.state != "past")
    left = _by_watch(new.left_out)
    for was, is_now in paired(known, ahead):
        if is_now:
            found += _one_change(was.job if was else None, is_now.job, city, tolerance)
        elif was:
            found += _dropped(was, new, city, left)
    return found


def _by_watch(left_out: Iterable[UnassignedJob]) -> dict[JobId, list[UnassignedJob]]:
    """What is left out, by the watch that it is of: a large district leaves out thousands."""
    found: dict[JobId, list[UnassignedJob]] = {}
    for one in left_out:
        found.setdefault(JobId.parse(one.job_id).watch, []).append(one)
    return found


def _is_known(
    job: Assignment, now: datetime, new: Mapping[str, Assignment], but: Collection[str]
) -> bool:
    """Whether a job of the old plan is one whose people ask whether it stands."""
    if job.job_id in but:
        return False
    if job.job_id in new:
        return new[job.job_id].state != "past"
    return job.state != "past" and job.end_at > now


def _dropped(
    was: Stay, new: PlanVersion, city: City, left_out: Mapping[JobId, Sequence[UnassignedJob]]
) -> list[Message]:
    """That nobody of these people goes there any more: who does instead or what is done in its
    place, or why nobody; nothing of whoever is there for another reason, that is told by itself.
    """
    there = [job for job in new.assignments if job.state != "past" and overlap(job, was.job)]
    if any(post_of(job) == post_of(was.job) for job in there):
        return []
    facts = _facts(was.job, city)
    watches = {JobId.parse(job_id).watch for job_id in was.ids}
    alike = (one for watch in sorted(watches, key=str) for one in left_out.get(watch, ()))
    left = next((one.why for one in alike if _is_left_of(one, was)), None)
    if left:
        return [Message("change.dropped", facts | {"why": left})]
    if there:
        return [Message("change.manned_by", facts | {"by": member_names(there[0].members, city)})]
    if later := _taken_up(was.job, new):
        by = {"by": member_names(later.members, city), "at": later.start_at}
        return [Message("change.taken_up", facts | by)]
    if instead := _instead(was.job, new):
        by = {"instead": work_name(instead, city), "by": member_names(instead.members, city)}
        return [Message("change.instead", facts | by)]
    return [Message("change.not_wanted", facts)]


def _is_left_of(left: UnassignedJob, was: Stay) -> bool:
    """Whether this, of the same watch, is what nobody does now of a job or a stay told as one."""
    if left.job_id in was.ids:
        return True
    start, end = left.why.facts.get("start"), left.why.facts.get("end")
    return (
        isinstance(start, datetime)
        and isinstance(end, datetime)
        and start < was.job.end_at
        and was.job.start_at < end
    )


def _taken_up(was: Assignment, new: PlanVersion) -> Assignment | None:
    """The post at the same incident, by others and later."""
    watch = JobId.parse(was.job_id).watch
    if watch.incident_id is None:
        return None
    ahead = [
        job
        for job in new.assignments
        if job.state != "past" and job.kind.is_post and JobId.parse(job.job_id).watch == watch
    ]
    return min(ahead, key=lambda job: job.start_at, default=None)


def _instead(was: Assignment, new: PlanVersion) -> Assignment | None:
    """What is done to the same inlets in another way."""
    inlets = set(was.inlet_ids)
    ahead = (job for job in new.assignments if job.state != "past" and job.kind is not was.kind)
    return next((job for job in ahead if inlets.intersection(job.inlet_ids)), None)


def _is_called_off(old: Assignment, new: Assignment, now: datetime) -> bool:
    """Whether a post that was to go on ends now, and not because its crew said so."""
    whole_minute = now.replace(second=0, microsecond=0)
    return new.kind.is_post and new.end_at == whole_minute < old.end_at


def _facts(job: Assignment, city: City) -> dict[str, object]:
    return {
        "job": work_name(job, city),
        "team": member_names(job.members, city),
        "start": job.start_at,
    }


def _one_change(
    old: Assignment | None, new: Assignment, city: City, tolerance: timedelta
) -> list[Message]:
    """What is told of one job: that it is new or another team's, or else what of it is other."""
    facts = _facts(new, city)
    if old is None:
        return [Message("change.added", facts)]
    if new.is_broken_off:
        return (
            []
            if old.is_broken_off
            else [Message("change.broken_off", {**facts, "end": new.end_at})]
        )
    if {m.unit_id for m in old.members} != {m.unit_id for m in new.members}:
        return [Message("change.team", facts | {"old": member_names(old.members, city)})]
    if new.state == "under_way":  # it is kept as it is; what takes longer is no order
        return _end(old, new, facts, tolerance) if new.kind.is_post else []
    return [*_times(old, new, facts, tolerance), *_inlets(old, new, facts)]


def _times(
    old: Assignment, new: Assignment, facts: Mapping[str, object], tolerance: timedelta
) -> list[Message]:
    """That work begins later, or that somebody must leave earlier than he knows, or when it ends.

    Who is at hand already and begins earlier need not be told.
    """
    known = {member.unit_id: member.leave_at for member in old.members}
    early = [m for m in new.members if known[m.unit_id] - m.leave_at > tolerance]
    if new.start_at - old.start_at > tolerance or (
        early and old.start_at - new.start_at > tolerance
    ):
        return [Message("change.time", {**facts, "old": old.start_at})]
    if early:
        first = min(early, key=lambda member: member.leave_at)
        times = {"old": known[first.unit_id], "leave": first.leave_at}
        return [Message("change.leave", {**facts, **times})]
    return _end(old, new, facts, tolerance)


def _end(
    old: Assignment, new: Assignment, facts: Mapping[str, object], tolerance: timedelta
) -> list[Message]:
    """That it ends at another time, and not only because it begins at another."""
    span, was = new.end_at - new.start_at, old.end_at - old.start_at
    if abs(new.end_at - old.end_at) > tolerance and abs(span - was) > tolerance:
        return [Message("change.end", {**facts, "old": old.end_at, "end": new.end_at})]
    return []


def _inlets(old: Assignment, new: Assignment, facts: Mapping[str, object]) -> list[Message]:
    """That other inlets are meant: those which are cleaned are done and need not be told."""
    if set(old.inlet_ids) == set(new.inlet_ids):
        return []
    fewer = len(set(old.inlet_ids) - set(new.inlet_ids))
    more = len(set(new.inlet_ids) - set(old.inlet_ids))
    code = "change.inlets" if fewer and more else "change.fewer" if fewer else "change.more"
    return [Message(code, {**facts, "fewer": fewer, "more": more})]
