"""Calls until reached (叫应): who of a station was told of its orders, when, by which way, and who
was not.

A telephone call that was answered is written down by the desk's tick, or by the gateway that made
it. It says that somebody knows, not that he agrees: the sheet stays unanswered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from data.model.city import City
from data.model.field import BY_THE_DESK, EventKind, FieldEvent, ReportWay
from data.model.ids import EventId
from data.model.notice import Notice
from data.model.operation import Operation
from data.model.plan import PlanVersion
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Invalid, NotFound
from ops.field.progress import own_jobs, plan_of
from ops.field.reports import LONGEST_ID, check_text
from ops.planning.duty_sheets import changes_for


@atomic
def told_by_phone(
    store: Store,
    operation: Operation,
    actor: Actor,
    station_id: str,
    who: str,
    now: datetime,
    key: str = "",
    number: int | None = None,
) -> bool:
    """Somebody of a station was reached and told of a plan; whether that is new.

    Parameters
    ----------
    who
        The name of whoever answered.
    now
        The operation's time.
    key
        What is the same when the same call is told of again; by default the minute.
    number
        The version that he was told of, be it no longer in force; by default the one that is.

    Raises
    ------
    NotAllowed
        By this role, of no station of ours, without a name or with one that can't be kept, or while
        no plan is in force; of a version that there is not.
    """
    require(actor, Action.TELL_STATION, station_id)
    who = who.strip()
    if not who:
        raise Invalid("field.needs_teller")
    check_text(who, key)
    if station_id not in store.city().station_by_id:
        raise Invalid("field.no_station", station=station_id)
    plans = store.plans
    version = plans.current(operation.id) if number is None else plans.version(operation.id, number)
    if version is None:
        raise NotFound("cli.no_plan")
    subject = f"{station_id}@{version.number}@{key or format(now, '%Y%m%dT%H%M')}"
    event = FieldEvent(
        operation_id=operation.id,
        event_id=str(EventId(EventKind.TOLD, subject))[: 2 * LONGEST_ID],
        version=version.number,
        station_id=station_id,
        kind=EventKind.TOLD,
        server_at=now,
        by=actor.name,
        way=ReportWay.PHONE,
        told_by=who[:LONGEST_ID],
    )
    new = store.field.save_event(event)
    if new:
        record(store, actor, Action.TELL_STATION, station_id, now, operation, who=who)
    return new


def call_answered(
    store: Store,
    operation: Operation,
    actor: Actor,
    notice: Notice,
    who: str,
    now: datetime,
    key: str,
) -> bool:
    """A gateway's call about a notice was answered: its station was told of the notice's version,
    and of no other; whether that is new. Who is reached of the desk is none of the station's.

    Raises
    ------
    NotAllowed
        As ``told_by_phone``.
    """
    require(actor, Action.TELL_STATION, notice.station_id)
    if STEPS[notice.step] == "desk":
        return False
    return told_by_phone(
        store, operation, actor, notice.station_id, who, now, key, number=notice.version
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One try to reach a station, or its success.

    Attributes
    ----------
    way
        The channel's name, ``phone`` or ``radio``, or ``tap``.
    who
        Who was reached, or at a try whom it was for: ``chief``, ``deputy``, ``desk``.
    by
        Who wrote it down, of a call.
    reached
        Whether somebody answered.
    """

    station_id: str
    version: int
    at: datetime
    way: str
    who: str
    by: str = ""
    reached: bool


STEPS = ("chief", "deputy", "desk")


def contacts(notices: Iterable[Notice], events: Iterable[FieldEvent]) -> tuple[Contact, ...]:
    """Every notice that went out and every word that came back, in order of time. Pure."""
    found = [
        Contact(
            station_id=one.station_id,
            version=one.version,
            at=one.sent_at,
            way=one.channel,
            who=STEPS[one.step],
            reached=False,
        )
        for one in notices
        if one.sent_at
    ]
    for event in events:
        own_word = event.kind not in BY_THE_DESK
        called = event.way is not ReportWay.TAP and bool(event.told_by)
        if own_word or called:
            found.append(
                Contact(
                    station_id=event.station_id,
                    version=event.version,
                    at=event.server_at,
                    way=event.way.value,
                    who=event.told_by or event.by,
                    by=event.by if called else "",
                    reached=True,
                )
            )
    return tuple(sorted(found, key=lambda one: (one.at, one.station_id, one.reached)))


@dataclass(frozen=True, slots=True, kw_only=True)
class StationReach:
    """Whether a station was reached about what it must know: its first answer, its last try, and
    how many tries there were; ``version`` is the one that it must know of, 0: any.
    """

    station_id: str
    version: int = 0
    reached: Contact | None = None
    tried: Contact | None = None
    tries: int = 0


def needed_versions(version: PlanVersion, notices: Iterable[Notice], city: City) -> dict[str, int]:
    """The version that each station must know of: the last that it was sent a notice of; without
    any, the one in force where that changes its work, else any (0). Pure.
    """
    found: dict[str, int] = {}
    for one in notices:
        found[one.station_id] = max(one.version, found.get(one.station_id, 0))
    for station in city.stations:
        changed = any("team" in one.facts for one in changes_for(station, version, city))
        is_new = changed or version.number == 1
        found.setdefault(station.id, version.number if is_new else 0)
    return found


def station_reaches(
    found: Sequence[Contact], needed: Mapping[str, int], city: City
) -> tuple[StationReach, ...]:
    """How each station was reached about the version that it must know of, those that were not
    first. A word about an older one is none. Pure.
    """
    reaches = []
    for station in city.stations:
        own = [
            one
            for one in found
            if one.station_id == station.id and one.version >= needed.get(station.id, 0)
        ]
        tries = [one for one in own if not one.reached]
        reaches.append(
            StationReach(
                station_id=station.id,
                version=needed.get(station.id, 0),
                reached=next((one for one in own if one.reached), None),
                tried=tries[-1] if tries else None,
                tries=len(tries),
            )
        )
    return tuple(sorted(reaches, key=lambda one: one.reached is not None))


def reach_record(
    published: Sequence[PlanVersion],
    notices: Sequence[Notice],
    events: Iterable[FieldEvent],
    city: City,
) -> tuple[StationReach, ...]:
    """How each station was reached about each version that it had to know of, by version: one that
    it was sent a notice of, or that changed its work. Pure.

    Parameters
    ----------
    published
        The versions that were in force, in that order.
    """
    found, record, before = contacts(notices, events), list[StationReach](), None
    for version in published:
        sent = {one.station_id for one in notices if one.version == version.number}
        needed = {
            station.id: version.number
            for station in city.stations
            if station.id in sent or _work(station.id, version, before, city)
        }
        own = station_reaches(
            [one for one in found if one.at >= version.in_force_from], needed, city
        )
        record += sorted(
            (one for one in own if one.station_id in needed), key=lambda one: one.station_id
        )
        before = version
    return tuple(record)


def _work(station_id: str, version: PlanVersion, before: PlanVersion | None, city: City) -> bool:
    """Whether a version changed what a station has to do from then on."""

    def ahead(plan: PlanVersion) -> set[tuple[object, ...]]:
        return {
            (job_id, *plan_of(job))
            for job_id, job in own_jobs(plan, station_id, city).items()
            if job.end_at > version.in_force_from
        }

    return ahead(version) != (ahead(before) if before else set())
