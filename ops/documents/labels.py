"""How the things of the city and of the plan are called on screen and on paper, in the reader's
language. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypedDict

from data.model.city import SANITATION, City, Segment, Station
from data.model.levels import LevelRule
from data.model.message import Message
from data.model.plan import (
    Assignment,
    JobKind,
    Member,
    Phase,
    PlanVersion,
    RainOutlook,
    RainSource,
    RainSpread,
    Rest,
    UnitKind,
)
from data.model.street.service_cars import Taken
from ops.base import naming
from ops.base.messages import Translator
from ops.district.places import spot_of
from ops.field.job_board import JobState
from ops.field.photos import Picture
from ops.field.questions import Question
from ops.notifications.reached import Contact, StationReach
from ops.planning.duty_sheets import UnitSheet
from ops.planning.left_out_groups import LeftOutGroup
from ops.planning.prevented import total
from ops.planning.tanks import is_dumping
from ops.planning.wanted.placement_tasks import placed_machines
from ops.risk.gauges import GaugeState, GaugeStatus
from weather.model import Alert, Health, Level
from weather.poll import Polled
from weather.providers.registry import PROVIDERS


def way_basis(t: Translator, version: PlanVersion) -> tuple[str, ...]:
    """What the ways of a plan stand on, then each street that is closed or slow; nothing of what an
    earlier release planned.
    """
    basis = version.ways
    if basis is None:
        return ()
    closed = tuple(t.message(line) for line in basis.closed)
    if basis.source is None:
        return (t("street.straight"), *closed)
    code = "street.basis_off" if basis.off_street else "street.basis"
    head = t(code, path=basis.source, n=basis.off_street)
    return (head, *closed)


def job_name(t: Translator, kind: JobKind) -> str:
    """What is done: 清掏雨水口."""
    return t(f"job.{kind}")


def phase_name(t: Translator, phase: Phase) -> str:
    """雨前, 雨中, 雨后; 无雨."""
    return t(f"phase.{phase}")


def machine_name(t: Translator, kind: str) -> str:
    """What a machine is: 高压冲洗车."""
    return t(f"machine.{kind}")


def level_name(t: Translator, level: Level) -> str:
    """The word of a warning's colour; every coloured thing carries it."""
    return t(f"level.{level}")


def alert_name(t: Translator, alert: Alert) -> str:
    """暴雨黄色预警 / Yellow rainstorm warning."""
    hazard = hazard_name(t, alert.type)
    if alert.level is None:
        return hazard[:1].upper() + hazard[1:]
    return t("name.alert", type=hazard, level=level_name(t, alert.level))


def hazard_name(t: Translator, hazard: str) -> str:
    """The hazard, translated where it is a usual one; else as written."""
    return t.hazard(hazard)


def health_name(t: Translator, state: Health) -> str:
    """How a source is, in a word."""
    return t(f"board.health_{state}")


JOB_SIGN = {
    JobState.HELP: "‼",
    JobState.REFUSED: "✕",
    JobState.SILENT: "◌",
    JobState.MISSED: "⊘",
    JobState.LATE: "▲",
    JobState.UNANSWERED: "？",
    JobState.ON_TIME: "●",
    JobState.LEFT: "↷",
    JobState.OVER: "○",
    JobState.DONE: "✓",
    JobState.VERIFIED: "★",
}
HEALTH_SHAPE = {
    Health.OK: "●",
    Health.QUIET: "○",
    Health.STALE: "▲",
    Health.FAILED: "✕",
    Health.OVER_QUOTA: "✕",
}


_SOURCE = {
    "open_meteo": "board.source_open_meteo",
    "notice": "board.source_notice",
    "pasted": "board.source_notice",
    "cap": "board.source_cap",
}
"""What is no provider's own feed, by its name; and how an earlier release called one."""


def provider_name(t: Translator, provider: str) -> str:
    """A source's name; one that the catalogue does not know keeps its own."""
    if provider in PROVIDERS:
        return t(PROVIDERS[provider].label)
    return t(_SOURCE[provider]) if provider in _SOURCE else provider


def segment_name(t: Translator, segment: Segment) -> str:
    """永宁路（起点—终点）."""
    return t("name.segment", road=segment.road, start=segment.start_name, end=segment.end_name)


def kinds_with_tools(jobs: Iterable[Assignment]) -> tuple[JobKind, ...]:
    """The kinds of work for which something is loaded, each once: a truck that empties its own tank
    at a dump site takes nothing along for it.
    """
    return tuple(dict.fromkeys(job.kind for job in jobs if not is_dumping(job)))


FITTED_OUT = ("jetting_truck", "suction_truck", "pump_truck", "flusher", "sweeper")
"""The kinds of machine that are filled, emptied or fitted out before they leave."""


def to_load(t: Translator, kinds: Iterable[JobKind], machine: str | None = None) -> str:
    """What is loaded for work of these kinds, in one line and each thing once; an empty text for no
    work. A crew takes no truck along: what makes it ready stands on the truck's own sheet.

    Parameters
    ----------
    machine
        The kind of machine whose sheet it is.
    """
    sign = "、" if t.language == "zh" else ", "
    told = [t(f"tools.{kind}") for kind in kinds]
    if told and machine in FITTED_OUT:
        told.insert(0, t(f"fitted.{machine}"))
    things = dict.fromkeys(thing for text in told for thing in text.split(sign))
    return t("tools.load", things=sign.join(things)) if things else ""


def place_name(t: Translator, city: City, segment_id: str | None) -> str:
    """Where a job is; a job without a segment (a crew in reserve) is at its station."""
    if segment_id is None:
        return t("board.at_station")
    segment = city.segment_by_id.get(segment_id)
    return segment_name(t, segment) if segment else segment_id


def work_place(t: Translator, city: City, job: Assignment, station_id: str) -> str:
    """Where a job is, as told to one station: another one's yard, the place of a beat, a dump site
    and a garden are called by their names.
    """
    if (spot := spot_of(job, city)) is not None:
        return spot.name
    if job.segment_id is None and job.station_id != station_id:
        return naming.station_name(job.station_id, city)
    place = place_name(t, city, job.segment_id)
    beat = naming.beat_of(job, city)
    return f"{beat.name} · {place}" if beat else place


def placed_at(t: Translator, rule: LevelRule, city: City) -> dict[str, str]:
    """The machines that a level wants ready, as its row and those of milder levels say, by the id
    of the road or station.
    """
    counts: dict[str, Counter[str]] = {}
    for one in placed_machines(rule, city):
        counts.setdefault(one.place.id, Counter())[one.what] += 1
    return {
        place: join_names(t, tuple(_machines(t, name, n, city) for name, n in own.items()))
        for place, own in counts.items()
    }


def _machines(t: Translator, name: str, number: int, city: City) -> str:
    called = t.message(naming.machine_name(name, city))
    return called if name in city.machine_by_id else f"{called}×{number}"


def placed_lines(t: Translator, rule: LevelRule, city: City) -> list[str]:
    """The same place by place, for who orders the level."""
    return [
        t(
            "desk.level_placed",
            place=place_name(t, city, place)
            if place in city.segment_by_id
            else naming.station_name(place, city),
            machines=machines,
        )
        for place, machines in placed_at(t, rule, city).items()
    ]


def road_name(t: Translator, city: City, segment_id: str | None) -> str:
    """The road alone, where there is little room."""
    if segment_id is None:
        return t("board.at_station")
    segment = city.segment_by_id.get(segment_id)
    return segment.road if segment else segment_id


def short_station(station: Station) -> str:
    """西宁 for 西宁管理站."""
    for ending in ("环卫管理站", "管理站", "站"):
        if station.name.endswith(ending) and len(station.name) > len(ending):
            return station.name.removesuffix(ending)
    return station.name


def short_ids(ids: Iterable[str], most: int = 12) -> str:
    """Inlets' ids in little room: what they share is said once: ``YN-03: 01 02 05 …``."""
    ids = list(ids)
    if not ids:
        return ""
    stem = _shared_stem(ids) if len(ids) > 1 else ""
    text = " ".join(one.removeprefix(stem) for one in ids[:most])
    more = " …" if len(ids) > most else ""
    return f"{stem.rstrip('-_')}: {text}{more}" if stem else f"{text}{more}"


def _shared_stem(ids: list[str]) -> str:
    """The beginning that all ids share, cut at a separator so that no number is torn apart."""
    first, last = min(ids), max(ids)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
    cut = max(first.rfind(mark, 0, length) for mark in "-_") + 1
    return first[:cut]


def said(t: Translator, name: Message | str) -> str:
    """A name as ``ops.base.naming`` gives it, in the reader's language."""
    return t("name.text", text=name)


def rest_name(t: Translator, rest: Rest) -> str:
    """What a break is: away, or by turns at the post."""
    return t("board.rest_at_post" if rest.at_post else "board.rest")


def with_hours(t: Translator, shift: str, unit: UnitSheet) -> str:
    """A shift's words, with from when there is work before it and until when after it."""
    hours = tuple(one for one in (unit.early, unit.overtime) if one)
    return t("name.with_hours", shift=shift, hours=hours) if hours else shift


def partner_names(t: Translator, city: City, members: Iterable[Member]) -> tuple[str, ...]:
    """The others of a team: a crew by name and people, a machine by what it is, its plate and its
    driver.
    """
    return tuple(_partner_name(t, city, member) for member in members)


def _partner_name(t: Translator, city: City, member: Member) -> str:
    if member.kind is UnitKind.CREW:
        name = naming.unit_name(member.unit_id, member.resource_id, member.people, city)
        crew = city.crew_by_id.get(member.resource_id)
        if crew is None or isinstance(name, Message):  # a squad's name tells its people
            return said(t, name)
        return t("board.partner_crew", name=name, size=member.people or crew.size)
    machine = city.machine_by_id.get(member.resource_id)
    if machine is None:
        return member.resource_id
    driver = city.driver_by_id.get(member.driver_id or "")
    return t(
        "board.partner_machine",
        kind=machine_name(t, machine.kind),
        plate=machine.plate,
        driver=driver.post if driver else t("board.no_driver"),
    )


def chief(t: Translator, station: Station) -> str:
    """站长 王明; of another service's 负责人 李明, for it has no 站长."""
    is_ours = station.service == SANITATION
    return _post(t("board.chief" if is_ours else "board.chief_of_service"), station.chief)


def deputy(t: Translator, station: Station) -> str:
    """副站长 赵亮; of another service's 副负责人."""
    is_ours = station.service == SANITATION
    return _post(t("board.deputy" if is_ours else "board.deputy_of_service"), station.deputy)


def _post(word: str, name: str) -> str:
    """The post and who holds it; a name that is the post itself (站长) is not said twice."""
    return name if word in name else f"{word} {name}"


_IN_THE_HEAD = (
    "risk.expected",
    "risk.rain_",
    "why.alert",
)  # the head of the sheet tells the rain and the warning


def why_short(t: Translator, job: Assignment) -> str:
    """The reasons that are this job's own, in one line; its risk first, where there is any."""
    own = [t.message(why) for why in job.why if not why.code.startswith(_IN_THE_HEAD)]
    return join(t, ([t("board.risk_short", score=job.risk)] if job.risk else []) + own)


def why_full(t: Translator, job: Assignment) -> str:
    """All reasons, with the arithmetic of the risk."""
    return join(t, (t.message(why) for why in job.why))


def left_title(t: Translator, group: LeftOutGroup) -> str:
    """What is left out, and how many: 雨水口清掏 5 项."""
    return join_names(t, (t.message(one) for one in group.what))


def left_why(t: Translator, group: LeftOutGroup) -> str:
    """The cause, and what would mend it."""
    why = t.message(group.why)
    return t("left_out.mended", why=why, mend=group.mend) if group.mend else why


def left_places(t: Translator, group: LeftOutGroup) -> str:
    """Where, in one line."""
    return join(t, (t.message(place) for place in group.places))


MOST_QUESTIONS = 6  # on a station's sheet: what was asked longer ago is over


class QuestionText(TypedDict):
    """A question of a station's as it is shown, ``told`` being the answer or that there is none."""

    asked: str
    answered: bool
    told: str


def question_texts(t: Translator, questions: Sequence[Question]) -> list[QuestionText]:
    """What a station asked, each with the desk's answer or the word that there is none yet."""
    return [
        {
            "asked": t("phone.asked", text=question.event.reason or ""),
            "answered": question.answered is not None,
            "told": t(
                "phone.answered",
                at=question.answered.server_at,
                text=question.answered.reason or "",
            )
            if question.answered
            else t("phone.waits"),
        }
        for question in questions[:MOST_QUESTIONS]
    ]


def amount_texts(t: Translator, amounts: Mapping[str, float]) -> tuple[str, ...]:
    """What was told of work that is done, each amount with its unit."""
    return tuple(t(f"storm.{name}", amount=amount) for name, amount in amounts.items())


def kit_texts(t: Translator, taken: Iterable[Taken]) -> tuple[str, ...]:
    """Items of a kit with how many: 干粉灭火器4–5个."""
    return tuple(
        t(
            "kit.some" if one.most > one.least else "kit.n",
            item=naming.item_name(one.item),
            n=one.least,
            most=one.most,
        )
        for one in taken
    )


def picture_word(t: Translator, picture: Picture) -> str:
    """Whether a picture shows it before or after, whose it is, and when it was taken."""
    when = t("photo.after" if picture.after else "photo.before")
    return t("photo.by", when=when, by=picture.by, at=picture.at)


def polled_words(t: Translator, name: str, polled: Polled) -> list[str]:
    """What a feed brought when it was tried, or why it brought nothing, a line each."""
    lines = []
    if polled.alerts:
        what = tuple(alert_name(t, one) for one in polled.alerts[:3])
        lines.append(t("ways.feed_alerts", name=name, n=len(polled.alerts), what=what))
    if rain := polled.rain:
        steps = [one for one in rain.steps if one.member == rain.steps[0].member]
        mm = round(sum(one.mm for one in steps), 1)
        lines.append(t("ways.feed_rain", name=name, start=steps[0].start, end=steps[-1].end, mm=mm))
    if not lines and not polled.errors:
        lines.append(t("ways.feed_nothing", name=name))
    errors = (t(error.code, **error.facts) for error in polled.errors)
    return lines + [f"{name}: {error}" for error in errors]


def reach_words(t: Translator, one: StationReach) -> str:
    """Who of a station was reached, when and how; else the last try and how many there were."""
    if one.reached:
        return contact_words(t, one.reached)
    if one.tried:
        return t("reach.tries", n=one.tries, last=contact_words(t, one.tried))
    return t("reach.untold")


def contact_words(t: Translator, one: Contact) -> str:
    """One try or success in words."""
    way = way_name(t, one)
    who = t(f"role.{one.who}") if not one.reached else one.who
    word = "by" if one.by and one.by != one.who else "plain"
    facts = {"at": one.at, "way": way, "who": who, "by": one.by, "number": one.version}
    return t(f"reach.contact_{word}", **facts)


def way_name(t: Translator, one: Contact) -> str:
    """By which way somebody was told or answered; a channel by its own name."""
    return t(f"reach.way_{one.way}") if one.way in ("tap", "phone", "radio") else one.way


def join_names(t: Translator, names: Iterable[Message | str]) -> str:
    """Names in a row, as the language sets them."""
    return t("name.text", text=tuple(names))


def join(t: Translator, sentences: Iterable[str]) -> str:
    """Sentences in one line, each keeping its own full stop."""
    gap = "；" if t.language == "zh" else "; "
    return gap.join(sentence.rstrip("。；. ") for sentence in sentences)


def span_of(t: Translator, span: timedelta) -> str:
    """How long, in the coarsest words that still help: 3 分钟, 2 小时 5 分, 4 天."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 60:
        return t("board.minutes", n=minutes)
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return t("board.hours_minutes", h=hours, m=rest) if rest else t("board.hours", h=hours)
    return t("board.days", n=minutes // (24 * 60))


def rain_ahead(t: Translator, rain: RainOutlook, now: datetime) -> str:
    """The storm that is on or comes next: when, how much, and by what; nothing where none does."""
    if rain.onset_at is None or rain.source == "none":
        return ""
    total, peak = rain.next_amounts
    facts: dict[str, object] = {"onset": rain.onset_at, "mm": round(total), "peak": round(peak)}
    end = rain.end_at or rain.onset_at
    if now < rain.onset_at or rain.source == "measured" or not rain.hours:
        return t(f"paper.rain_{rain.source}", **facts)
    if end <= now:
        return t("paper.rain_past", end=end)
    left, most = rain.amounts(now, end)
    facts |= {"end": end, "left": round(left), "peak": round(most)}
    return t(f"paper.raining_{rain.source}", **facts)


def later_storms(rain: RainOutlook, t: Translator) -> list[str]:
    """A sentence for each storm after the one that ``onset_at`` tells of."""
    storms = rain.later_than(rain.onset_at) if rain.onset_at else ()
    return [
        t("paper.rain_then", start=start, end=end, mm=round(total), peak=round(peak))
        for start, end in storms
        for total, peak in (rain.amounts(start, end),)
    ]


def gauge_line(status: GaugeStatus, t: Translator) -> str:
    """One gauge: what it measured last, or what is amiss with it."""
    name, at = status.gauge.name, status.measured_at
    if at is None or status.value is None:
        line = t("gauge.never", name=name)
    elif status.state is GaugeState.SILENT:
        line = t("gauge.silent", name=name, at=at)
    elif status.state is GaugeState.STUCK:
        line = t("gauge.stuck", name=name, value=f"{status.value:g}")
    elif status.hour_mm is None:
        line = t("gauge.level", name=name, cm=round(status.value), at=at)
    else:
        line = t("gauge.rain", name=name, mm=f"{status.hour_mm:g}", at=at)
    return line + (t("gauge.faults", n=status.faults) if status.faults else "")


def rain_sources(rain: RainOutlook, t: Translator) -> list[str]:
    """A sentence for what each source says by itself, where there are several, and for the doubt of
    an ensemble.
    """
    told = [_source(source, t) for source in rain.sources] if len(rain.sources) > 1 else []
    return [*told, *([_spread(rain.spread, t)] if rain.spread else [])]


def _source(source: RainSource, t: Translator) -> str:
    name = provider_name(t, source.provider)
    if not source.storms:
        return t("paper.source_dry", name=name, at=source.at)
    spans = tuple(t("paper.source_span", start=start, end=end) for start, end in source.storms)
    facts = {"at": source.at, "spans": spans, "mm": round(source.total_mm)}
    if source.kind == "measured":
        return t("paper.source_measured", **facts)
    if source.alert:
        return t("paper.source_alert", alert=t.message(source.alert), **facts)
    return t("paper.source_forecast", name=name, **facts)


def _spread(spread: RainSpread, t: Translator) -> str:
    if spread.first_at is None or spread.last_at is None:
        return t("paper.spread_dry", n=spread.members)
    return t(
        "paper.spread",
        n=spread.members,
        low=round(spread.low_mm),
        high=round(spread.high_mm),
        first=spread.first_at,
        last=spread.last_at,
        dry=spread.dry,
    )


def plan_total(t: Translator, version: PlanVersion) -> str:
    """What the whole plan spares, and what would be if nobody worked; empty on a dry day."""
    found = total(version)
    if not version.rain.storms or found.expected <= 0:
        return ""
    return t("sheet.spares", hours=round(found.spared), expected=round(found.expected))
