"""The sheet behind a signed link, as a page for a phone: plain HTML without an account. Pure."""

import json
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboard import words
from data.entities import Assignment, City, PlanVersion
from ops.duty import changes_for
from ops.progress import Progress, Stage, own_jobs
from ops.text import Speaker

FOLDER = Path(__file__).parent
_TEMPLATES = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined,
                         trim_blocks=True, lstrip_blocks=True)


def page(version: PlanVersion, station_id: str, city: City, told: dict[str, Progress], say: Speaker,
         post: str, newer: tuple[int, str] | None) -> str:
    """One station's sheet of one version.

    Parameters
    ----------
    told
        Where each job stands.
    post
        The path that taps are sent to.
    newer
        Number and link of the version that has taken this one's place, if one has.
    """
    station = next(each for each in city.stations if each.id == station_id)
    own = sorted(own_jobs(version, station_id, city).values(), key=lambda job: (_leave(job), job.job_id))
    jobs = [_job(job, told.get(job.job_id, Progress()), city, say) for job in own if job.state != "past"]
    return _TEMPLATES.get_template("page.html").render(
        say=say, title=say("phone.title", station=station.name), station=station.name, number=version.number,
        made_at=version.made_at, drill=version.drill, jobs=jobs, post=post, words=_script_words(say),
        other="en" if say.language == "zh" else "zh", newer=newer[1] if newer else None,
        newer_number=newer[0] if newer else None,
        changes=[say.message(change) for change in changes_for(station, version, city)])


def refusal(code: str, facts: dict[str, object], say: Speaker) -> str:
    """The page of a link that does not work."""
    return _TEMPLATES.get_template("refusal.html").render(say=say, what=say(code, **facts))


def _leave(job: Assignment) -> datetime:
    return min((member.leave_at for member in job.members), default=job.start_at)


def _job(job: Assignment, told: Progress, city: City, say: Speaker) -> dict[str, object]:
    return {
        "id": job.job_id, "stage": told.stage, "what": words.job_name(say, job.kind), "phase": str(job.phase),
        "phase_name": words.phase_name(say, job.phase), "leave": format(say.moment(_leave(job)), "hm"),
        "where": words.place_name(say, city, job.segment_id), "why": words.why_short(say, job),
        "times": say("board.stop_times", arrive=job.start_at, done=job.end_at),
        "team": words.partner_names(say, city, job.members), "tools": say(f"tools.{job.kind}"),
        "inlets": say("board.stop_inlets", count=len(job.inlet_ids), ids=words.short_ids(job.inlet_ids))
        if job.inlet_ids else ""}


def _script_words(say: Speaker) -> str:
    """What the script says, as JSON in an attribute: the page holds no script of its own."""
    return json.dumps({"unsent": say("phone.unsent"), "full": say("phone.full"), "no_photo": say("phone.no_photo"),
                       "stages": {stage.value: say(f"stage.{stage}") for stage in Stage}}, ensure_ascii=False)
