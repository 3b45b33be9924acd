"""The sheet behind a signed link, as a page for a phone: plain HTML without an account. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from data.model.city import City
from data.model.field import INCIDENT_KINDS, OF_AN_INLET, SKIP_REASONS, EventKind
from data.model.plan import Assignment, PlanVersion
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.progress import DONE, Progress, Stage, own_jobs
from ops.field.questions import Question
from ops.planning.duty_sheets import changes_for

FOLDER = Path(__file__).parent
_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    version: PlanVersion,
    station_id: str,
    city: City,
    progress: dict[str, Progress],
    t: Translator,
    post: str,
    newer: dict[str, str] | None,
    questions: Sequence[Question] = (),
    told: Mapping[tuple[str, str], EventKind] = MappingProxyType({}),
    back_minutes: float = 0.0,
) -> str:
    """One station's sheet of one version.

    Parameters
    ----------
    progress
        Where each job stands.
    post
        The path that taps are sent to.
    newer
        The version that has taken this one's place, if one has, as ``newer_version`` tells it.
    questions
        What the station asked the desk.
    told
        The last word of an inlet, by job and inlet.
    back_minutes
        How long a tap can be taken back.
    """
    station = city.station_by_id[station_id]
    own = sorted(
        own_jobs(version, station_id, city).values(),
        key=lambda job: (job.state == "past", _leave(job), job.job_id),
    )
    busy = {member.resource_id for job in own for member in job.members}
    return _TEMPLATES.get_template("page.html").render(
        t=t,
        title=t("phone.title", station=station.name),
        station=station.name,
        number=version.number,
        made_at=version.made_at,
        drill=version.drill,
        asked=labels.question_texts(t, questions),
        jobs=_jobs(own, version.made_at, station_id, progress, told, city, t),
        inlet_kinds=OF_AN_INLET,
        skip_reasons=SKIP_REASONS,
        back_s=round(back_minutes * 60),
        post=post,
        words=_script_words(t),
        other="en" if t.language == "zh" else "zh",
        newer=newer,
        kinds=INCIDENT_KINDS,
        crews=[crew for crew in city.crews if crew.station_id == station_id and crew.id in busy],
        segments=_places(station_id, city, t),
        changes=[t.message(change) for change in changes_for(station, version, city)],
    )


def _places(station_id: str, city: City, t: Translator) -> list[dict[str, str]]:
    """The station's road segments, to choose from."""
    return [
        {"id": segment.id, "name": labels.place_name(t, city, segment.id)}
        for segment in city.segments
        if segment.station_id == station_id
    ]


def _jobs(
    own: Iterable[Assignment],
    made_at: datetime,
    station_id: str,
    progress: Mapping[str, Progress],
    told: Mapping[tuple[str, str], EventKind],
    city: City,
    t: Translator,
) -> list[dict[str, object]]:
    """What is still to do, each with its day where that is another than the one before; last what
    is over and nobody has reported done: that can still be told.
    """
    jobs, today = [], format(t.moment(made_at), "day")
    for job in own:
        state = progress.get(job.job_id, Progress())
        if job.state == "past" and (state.stage in DONE or job.kind.is_post):
            continue
        day = format(t.moment(_leave(job)), "day")
        each = [{"id": one, "told": told.get((job.job_id, one))} for one in job.inlet_ids]
        more = {"day": "" if day == today else day, "each_inlet": each}
        jobs.append(_job(job, station_id, state, city, t) | more)
        today = day
    return jobs


def newer_version(number: int, token: str, t: Translator) -> dict[str, str]:
    """That a newer version is in force, and the link to it."""
    return {"href": f"/s/{token}?lang={t.language}", "told": t("phone.newer", number=number)}


def refusal(reason: str, t: Translator) -> str:
    """The page of a link that does not work, and why."""
    return _TEMPLATES.get_template("refusal.html").render(t=t, what=reason)


def _leave(job: Assignment) -> datetime:
    return min((member.leave_at for member in job.members), default=job.start_at)


def _job(
    job: Assignment, station_id: str, progress: Progress, city: City, t: Translator
) -> dict[str, object]:
    leave = t.moment(_leave(job))
    return {
        "id": job.job_id,
        "stage": progress.stage,
        "what": labels.job_name(t, job.kind),
        "phase": str(job.phase),
        "phase_name": labels.phase_name(t, job.phase),
        "leave": format(leave, "hm"),
        "where": labels.work_place(t, city, job, station_id),
        "why": labels.why_short(t, job),
        "map": _map(job, city),
        "times": t("board.stop_times", arrive=job.start_at, done=job.end_at),
        "team": labels.partner_names(t, city, job.members),
        "tools": labels.to_load(t, [job.kind]),
        "inlets": t(
            "board.stop_inlets", count=len(job.inlet_ids), ids=labels.short_ids(job.inlet_ids)
        )
        if job.inlet_ids
        else "",
    }


def _map(job: Assignment, city: City) -> str:
    """A link that lets the phone's own map search for the place: by name, as maps in China shift
    positions.
    """
    segment = city.segment_by_id.get(job.segment_id or "")
    return (
        "geo:0,0?q=" + quote(f"{city.district.name} {segment.road} {segment.start_name}")
        if segment
        else ""
    )


def _script_words(t: Translator) -> str:
    """What the script says, as JSON in an attribute: the page holds no script of its own."""
    names = ("unsent", "full", "no_photo", "deputy", "where", "needed", "reason", "sent")
    return json.dumps(
        {name: t(f"phone.{name}") for name in names}
        | {"stages": {stage.value: t(f"stage.{stage}") for stage in Stage}},
        ensure_ascii=False,
    )
