"""A whole storm, played through the real operations with a clock that the test turns: made up, to
be looked back on.
"""

from datetime import timedelta

from data.model.account import Role
from data.model.field import EventKind
from data.model.operation import TriggerKind
from data.model.plan import Assignment, PlanVersion
from data.store.store import Store
from ops.auth.permissions import Actor
from ops.field.calls.incidents import IncidentReport, close, report
from ops.field.progress import concerned, homes
from ops.field.reports import Report, take_report
from ops.intake.response_level import order_level
from tests.helpers.desk import ORANGE, YELLOW, Desk
from tests.helpers.makers import DESK


def play(store: Store) -> Desk:
    """A yellow warning at 08:20, raised at 09:05; water in one road, gone by 11:20; work cleared or
    begun, some not.
    """
    desk = Desk(store)
    desk.paste(YELLOW)
    first = answer(desk)
    order_level(store, desk.drill, DESK, "III", desk.now)
    desk.wait(minutes=2)
    second = answer(desk)
    desk.wait(minutes=4)
    for station in "AB":
        tap(desk, second, station, EventKind.ACCEPT)
    work(desk, second, first.assignments[:4], silt_m3=0.4, inlets=3)
    desk.wait(minutes=8)
    desk.paste(ORANGE)
    raised = answer(desk)
    desk.wait(minutes=40)
    incident, _ = report(
        store,
        desk.drill,
        DESK,
        incident_report(desk, "standing_water", "S3", depth_cm=20.0),
        desk.now,
    )
    desk.wait(minutes=1)
    answered = answer(desk)
    work(desk, answered, [job for job in answered.assignments if "incident:" in job.job_id][:1])
    desk.wait(minutes=30)
    if incident.id in {each.id for each in store.field.incidents(desk.drill.id, open_only=True)}:
        close(store, desk.drill, DESK, incident.id, desk.now)
    report(
        store,
        desk.drill,
        DESK,
        incident_report(desk, "fallen_tree", "S2", text="=1+1 杨树倒伏"),
        desk.now,
    )
    tap(desk, raised, "A", EventKind.HELP, reason="需要泵车")
    desk.wait(minutes=25)
    store.triggers.request(desk.drill.id, "manual:9", TriggerKind.MANUAL, desk.now)
    answer(desk)
    return desk


def answer(desk: Desk) -> PlanVersion:
    """The version that the loop answers with, at once in force."""
    version = desk.loop.answer()
    assert version is not None
    return version


def incident_report(desk: Desk, kind: str, segment_id: str, **more: object) -> IncidentReport:
    """A report taken at the desk."""
    return IncidentReport(
        kind=kind, segment_id=segment_id, source="desk", by=DESK.name, reported_at=desk.now, **more
    )


def work(desk: Desk, version: PlanVersion, jobs: list[Assignment], **amounts: float) -> None:
    """Crews set out, arrive and clear, one job after another; the last is not cleared."""
    known = {job.job_id for job in version.assignments}
    jobs = [job for job in jobs if job.job_id in known]
    for number, job in enumerate(jobs):
        station = min(concerned(job, homes(desk.store.city())))
        for kind, minutes in (
            (EventKind.DEPART, 2),
            (EventKind.ARRIVE, 6 + number),
            (EventKind.CLEAR, 12),
        ):
            desk.wait(minutes=minutes)
            if kind is not EventKind.CLEAR or number < len(jobs) - 1 or len(jobs) == 1:
                tap(
                    desk,
                    version,
                    station,
                    kind,
                    job.job_id,
                    amounts if kind is EventKind.CLEAR else {},
                )


def tap(
    desk: Desk,
    version: PlanVersion,
    station: str,
    kind: EventKind,
    job_id: str | None = None,
    amounts: dict[str, float] | None = None,
    reason: str | None = None,
) -> None:
    """One tap from a station's link."""
    actor = Actor(name=f"{station}站手机", role=Role.LINK, station_id=station)
    tapped = Report(
        event_id=f"tap-{version.number}-{station}-{kind}-{job_id or 'all'}",
        version=version.number,
        station_id=station,
        kind=kind,
        job_id=job_id,
        amounts=amounts or {},
        reason=reason,
    )
    take_report(desk.store, desk.drill, actor, tapped, desk.now)


LENGTH = timedelta(hours=5)
"""The whole of it takes less."""
