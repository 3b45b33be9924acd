"""The sheet behind a signed link, as a page for a phone: plain HTML without an account. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboard.web.phone_page.crews import Card, CrewPage, crew_pages
from data.geo import distance_m
from data.model.city import City, Crew, Machine
from data.model.field import (
    DELAY_REASONS,
    INCIDENT_KINDS,
    LATER_BY,
    OF_AN_INLET,
    SKIP_REASONS,
    EventKind,
)
from data.model.ids import UnitId
from data.model.plan import Assignment, JobKind, PlanVersion, Rest
from data.model.street.service_cars import KIT_ITEMS
from data.model.street.streets import Closure
from data.signs import in_template
from ops.base import naming
from ops.base.messages import Translator
from ops.documents import labels
from ops.documents.street.case_sheet import state_word
from ops.field.cases.kinds import PERSUASION
from ops.field.cases.standing import CaseStanding
from ops.field.progress import OUT, Progress, Stage
from ops.field.questions import Question
from ops.planning.duty_sheets import changes_for, lent_at
from ops.ways.closures import line_of

FOLDER = Path(__file__).parent
STATIC = ("page.css", "outbox.js", "page.js", "resident.js", "sw.js")
"""What the pages behind links load."""
REFUSALS = ("people", "machine", "water", "road", "elsewhere", "unsafe")
"""Why work is refused, to be tapped; whatever else there is can be written."""
DEPTHS = (5, 15, 30, 50, 80)
"""Centimetres of water, to be tapped: sole, ankle, below the knee, knee, thigh (assumptions)."""
SOON = timedelta(hours=2)
"""Who sets out later is one line until it is opened (an assumption)."""
TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    finalize=in_template,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSheet:
    """What is shown behind one link.

    Attributes
    ----------
    resource_id
        The crew or machine that the link is for; ``None``: the whole station.
    progress
        Where each job stands.
    now
        The operation's time.
    base
        The path of the link, below which taps are sent.
    newer
        The version that has taken this one's place, if one has, as ``newer_version`` tells it.
    questions
        What the station asked the desk.
    told
        The last word of an inlet, by job and inlet.
    back_minutes
        How long a tap can be taken back.
    crew_links
        The path of the link of each crew and machine of the station.
    case_kinds
        What the people of a service report in the place of incidents.
    cases
        Those that the station has, or is offered.
    closures
        The streets that are closed or slow now, or soon will be.
    """

    version: PlanVersion
    station_id: str
    resource_id: str | None = None
    city: City
    progress: Mapping[str, Progress]
    now: datetime
    base: str
    newer: dict[str, str] | None = None
    questions: Sequence[Question] = ()
    told: Mapping[tuple[str, str], EventKind] = field(default_factory=dict)
    back_minutes: float = 0.0
    crew_links: Mapping[str, str] = field(default_factory=dict)
    case_kinds: Sequence[str] = ()
    cases: Sequence[CaseStanding] = ()
    closures: Sequence[Closure] = ()


def page(sheet: PhoneSheet, t: Translator) -> str:
    """One station's sheet of one version, or what one of its crews has to do."""
    city, version, station_id = sheet.city, sheet.version, sheet.station_id
    station = city.station_by_id[station_id]
    pages = crew_pages(
        version, station_id, city, sheet.progress, sheet.now, resource_id=sheet.resource_id
    )
    whose = station.name if sheet.resource_id is None else _crew_name(sheet, t)
    changes = changes_for(station, version, city) if sheet.resource_id is None else ()
    busy = {one.unit.resource_id for one in pages if one.unit}
    return TEMPLATES.get_template("page.html").render(
        t=t,
        title=t("phone.title", station=whose),
        station=whose,
        of_station=station.name if sheet.resource_id else "",
        number=version.number,
        made_at=version.made_at,
        shown_at=sheet.now,
        drill=version.drill,
        lent=[
            t.message(one.told)
            for one in lent_at(city, station_id, sheet.now)
            if sheet.resource_id in (None, one.resource_id)
        ],
        closed=[t.message(line_of(one)) for one in sheet.closures],
        asked=labels.question_texts(t, sheet.questions),
        crews=[_crew(one, sheet, t) for one in pages],
        inlet_kinds=OF_AN_INLET,
        skip_reasons=SKIP_REASONS,
        refusals=REFUSALS,
        delays=DELAY_REASONS,
        later_by=LATER_BY,
        depths=DEPTHS,
        back_s=round(sheet.back_minutes * 60),
        base=sheet.base,
        words=_script_words(t),
        other="en" if t.language == "zh" else "zh",
        newer=sheet.newer,
        kit_items=[(item, t(f"kit_item.{item}")) for item in KIT_ITEMS],
        cases=[_case(one, sheet, t) for one in sheet.cases],
        kinds=[(kind, t(f"case_kind.{kind}")) for kind in sheet.case_kinds]
        or [(kind, t(f"incident.{kind}")) for kind in INCIDENT_KINDS],
        handed=[] if sheet.resource_id else [crew for crew in city.crews if crew.id in busy],
        changes=[t.message(change) for change in changes],
    )


def _case(one: CaseStanding, sheet: PhoneSheet, t: Translator) -> dict[str, object]:
    """One case of the station, with what can be said of it here."""
    case, offered = one.case, one.offered_to == sheet.station_id
    return {
        "number": case.id,
        "what": t(f"case_kind.{case.kind}"),
        "where": labels.place_name(t, sheet.city, case.segment_id),
        "text": case.text,
        "by": t("point.by_at", by=case.by, at=case.reported_at),
        "due": t("point.due", at=one.due_at),
        "state": state_word(t, one, sheet.now),
        "photo": f"{sheet.base}/cases/{case.id}/photo" if case.photo else "",
        "to_take": offered or not (one.accepted or one.offered_to),
        "take": t("point.look" if one.is_unseen else "case.do_take"),
        "to_close": not offered and all(step.done for step in one.steps),
    }


def _crew_name(sheet: PhoneSheet, t: Translator) -> str:
    return crew_name(sheet.city.resource_by_id.get(sheet.resource_id or ""), t)


def crew_name(unit: Crew | Machine | None, t: Translator) -> str:
    """A crew by its name, a machine by what it is and its plate."""
    if unit is None:
        return ""
    if isinstance(unit, Crew):
        return unit.name
    return f"{labels.machine_name(t, unit.kind)} {unit.plate}"


def roads(station_id: str, city: City, t: Translator) -> list[dict[str, object]]:
    """Every road segment of the district, the station's own first, then by how near they are to it;
    ``at`` is its middle (longitude, latitude).
    """
    home = city.station_by_id[station_id].position
    near = sorted(
        city.segments,
        key=lambda one: (one.station_id != station_id, distance_m(home, one.middle), one.id),
    )
    return [
        {
            "id": segment.id,
            "name": labels.place_name(t, city, segment.id),
            "at": [round(degree, 5) for degree in segment.middle],
        }
        for segment in near
    ]


def _crew(page: CrewPage, sheet: PhoneSheet, t: Translator) -> dict[str, object]:
    """One crew with its jobs; a card of another day than the one before bears its day."""
    today, cards = format(t.moment(sheet.now), "day"), {}
    for card in page.cards:
        day = format(t.moment(card.leave_at), "day")
        cards[card.job.job_id] = _job(card, page, sheet, t) | {"day": "" if day == today else day}
    unit = page.unit

    def shown(found: tuple[Card, ...]) -> list[dict[str, object]]:
        return [cards[card.job.job_id] for card in found]

    return {
        "name": _unit_name(page, t),
        "leader": labels.said(t, unit.leader) if unit else "",
        "rest": _rest(page.rest, t) if page.rest else "",
        "link": sheet.crew_links.get(unit.resource_id, "") if unit else "",
        "near": _is_near(page, sheet),
        "now": cards[page.now.job.job_id] if page.now else None,
        "next": cards[page.next.job.job_id] if page.next else None,
        "later": shown(page.later),
        "over": shown(page.over),
    }


def _is_near(page: CrewPage, sheet: PhoneSheet) -> bool:
    """Whether a crew of the station's own, or the one that is asked for, is out or soon to be."""
    if page.now is None or page.unit is None:
        return False
    stage = sheet.progress.get(page.now.job.job_id, Progress()).stage
    alone = sheet.resource_id is not None
    return alone or stage in OUT or page.now.leave_at - sheet.now <= SOON


def _unit_name(page: CrewPage, t: Translator) -> str:
    if page.unit is None:
        return t("phone.others")
    name = labels.said(t, page.unit.name)
    kind = page.unit.machine_kind
    return f"{labels.machine_name(t, kind)} {name}" if kind else name


def newer_version(number: int, token: str, t: Translator) -> dict[str, str]:
    """That a newer version is in force, and the link to it."""
    return {"href": f"/s/{token}?lang={t.language}", "told": t("phone.newer", number=number)}


def refusal(reason: str, t: Translator) -> str:
    """The page of a link that does not work, and why."""
    return TEMPLATES.get_template("refusal.html").render(t=t, what=reason)


def _rest(rest: Rest, t: Translator) -> str:
    return t("phone.rest", what=labels.rest_name(t, rest), start=rest.start_at, end=rest.end_at)


def _job(card: Card, page: CrewPage, sheet: PhoneSheet, t: Translator) -> dict[str, object]:
    job, city = card.job, sheet.city
    state = sheet.progress.get(job.job_id, Progress())
    own = UnitId.parse(page.unit.unit_id).team if page.unit else None
    team = [one for one in job.members if UnitId.parse(one.unit_id).team != own]
    inlets = {"count": len(job.inlet_ids), "ids": labels.short_ids(job.inlet_ids)}
    return {
        "id": job.job_id,
        "ids": json.dumps(card.job_ids, ensure_ascii=False),
        "stage": state.stage,
        "comes": t("phone.comes_at", at=state.comes_at) if state.comes_at else "",
        "what": labels.job_name(t, job.kind),
        "phase": str(job.phase),
        "phase_name": labels.phase_name(t, job.phase),
        "leave": format(t.moment(card.leave_at), "hm"),
        "where": labels.work_place(t, city, job, sheet.station_id),
        "why": labels.why_short(t, job),
        "map": _map(job, city),
        "times": t("board.stop_times", arrive=job.start_at, done=job.end_at),
        "team": labels.partner_names(t, city, team),
        "tools": labels.to_load(
            t, labels.kinds_with_tools([job]), page.unit.machine_kind if page.unit else None
        ),
        "inlets": t("board.stop_inlets", **inlets) if job.inlet_ids else "",
        "segment": job.segment_id,
        "findings": [
            (kind, t(f"case_kind.{kind}"))
            for kind in PERSUASION
            if job.kind is JobKind.PATROL and kind in sheet.case_kinds
        ],
        "is_call": job.kind is JobKind.RESCUE,
        "car": page.unit.resource_id if page.unit else "",
        "kit": _kit(job, page, city, t),
        "each_inlet": [
            {"id": one, "told": sheet.told.get((job.job_id, one))} for one in job.inlet_ids
        ],
    }


def _kit(job: Assignment, page: CrewPage, city: City, t: Translator) -> list[tuple[str, str]]:
    """What the car carries that answers a call, to be tapped as used."""
    if job.kind is not JobKind.RESCUE or page.unit is None:
        return []
    own = [one.item for one in city.car_kit if one.crew_id == page.unit.resource_id]
    return [(item, labels.said(t, naming.item_name(item))) for item in dict.fromkeys(own)]


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
    more = ("no_roads", "near", "copied", "what_is_it", "elsewhere", "which_minutes")
    return json.dumps(
        {name: t(f"phone.{name}") for name in (*names, *more)}
        | {"stages": {stage.value: t(f"stage.{stage}") for stage in Stage}},
        ensure_ascii=False,
    )
