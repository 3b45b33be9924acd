"""One plan for each low point (一点一案): who stands there, with which pump, whom to telephone, how
deep it was, what is done at which level; with a map. A page for each, as PDF.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data.geo import distance_m
from data.model.city import City, Machine, Segment, Station
from data.model.field import FieldEvent, Incident
from data.model.levels import LevelRule
from data.model.plan import Assignment, PlanVersion
from ops.base.messages import Translator
from ops.base.naming import member_names, station_name
from ops.documents import labels
from ops.documents.place_map import place_map
from ops.documents.typesetting import typeset
from ops.field.photos import photo_file, pictures_of, small
from ops.risk.gauges import Gauge

PUMPS, MOST_POSTS, MOST_DEPTHS = 3, 8, 4
PUMP = "pump_truck"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the pages are made of: the tables, the plan in force, and what was reported.

    ``photos`` is the folder of the pictures.
    """

    city: City
    now: datetime
    drill: bool
    version: PlanVersion | None = None
    events: Sequence[FieldEvent] = ()
    incidents: Sequence[Incident] = ()
    gauges: Sequence[Gauge] = ()
    photos: Path | None = None


def low_points(city: City) -> list[Segment]:
    """The places that have a plan of their own: low-lying first, then the key points that are
    guarded; each by its importance.
    """
    places = [one for one in city.segments if one.low_lying or one.guard]
    return sorted(places, key=lambda one: (not one.low_lying, -one.importance, one.id))


def as_pdf(known: Known, places: Iterable[Segment], t: Translator) -> bytes:
    """A page for each place."""
    return typeset("place_cards.typ", document(known, places, t))


def document(known: Known, places: Iterable[Segment], t: Translator) -> dict:
    """All that is printed, in words."""
    return {
        "lang": t.language,
        "drill": t("paper.drill") if known.drill else "",
        "places": [_place(known, one, t) for one in places],
        "foot": t("paper.foot", at=known.now, district=known.city.district.name)
        + (" · " + t("paper.sample") if known.city.district.sample else ""),
    }


def _place(known: Known, place: Segment, t: Translator) -> dict:
    city = known.city
    station = city.station_by_id.get(place.station_id)
    kind = t("place.low" if place.low_lying else "place.key")
    inlets = [one.id for one in city.inlets if one.segment_id == place.id]
    return {
        "title": t("place.title", place=labels.segment_name(t, place)),
        "kind": t("place.kind", kind=kind, importance=place.importance, n=len(inlets)),
        "map": place_map(city, place),
        "photo": _photo(known, place),
        "parts": [
            {"title": t(f"place.part_{name}"), "lines": lines or [t("report.none")]}
            for name, lines in (
                ("contacts", _contacts(station, t)),
                ("posts", _posts(known, place, t)),
                ("pumps", _pumps(place, city, t)),
                ("depths", _depths(known, place, t)),
            )
        ],
        "levels": {
            "title": t("place.part_levels"),
            "heads": [t("place.level"), t("place.here"), t("place.duty")],
            "rows": [_level(rule, place, city, t) for rule in city.levels],
        },
    }


def _contacts(station: Station | None, t: Translator) -> list[str]:
    if station is None:
        return []
    return [
        t("place.station", name=station.name, phone=station.phone or t("needs.no_phone")),
        labels.chief(t, station),
        labels.deputy(t, station),
    ]


def _posts(known: Known, place: Segment, t: Translator) -> list[str]:
    """Who stands there by the plan in force, and when."""
    jobs = known.version.assignments if known.version else ()
    own = [
        job
        for job in jobs
        if job.segment_id == place.id and job.kind.is_post and job.end_at > known.now
    ]
    own.sort(key=lambda job: job.start_at)
    lines = [_post(job, known.city, t) for job in own[:MOST_POSTS]]
    if len(own) > MOST_POSTS:
        lines.append(t("report.more", n=len(own) - MOST_POSTS))
    return lines or [t("place.no_posts")]


def _post(job: Assignment, city: City, t: Translator) -> str:
    team = labels.join_names(t, member_names(job.members, city))
    kind = labels.job_name(t, job.kind)
    return t("place.post", start=job.start_at, end=job.end_at, kind=kind, team=team)


def _pumps(place: Segment, city: City, t: Translator) -> list[str]:
    """The nearest pumps by their stations, with whom to ask for them."""
    pumps = [one for one in city.machines if one.kind == PUMP]
    pumps.sort(key=lambda one: (_away(one, place, city), -(one.capacity or 0.0)))
    return [_pump(one, place, city, t) for one in pumps[:PUMPS]]


def _away(machine: Machine, place: Segment, city: City) -> float:
    return distance_m(city.station_by_id[machine.station_id].position, place.middle)


def _pump(machine: Machine, place: Segment, city: City, t: Translator) -> str:
    station = city.station_by_id[machine.station_id]
    drivers = tuple(one.post for one in city.drivers if one.machine_id == machine.id)
    return t(
        "place.pump",
        plate=machine.plate,
        m3=f"{machine.capacity:g}" if machine.capacity else "–",
        station=station_name(station.id, city),
        phone=station.phone or "–",
        km=f"{_away(machine, place, city) / 1000:.1f}",
        drivers=drivers or ("–",),
    )


def _depths(known: Known, place: Segment, t: Translator) -> list[str]:
    """How deep it was, as reported, the deepest first; and from when on it is an incident."""
    told = [one for one in known.incidents if one.segment_id == place.id and one.depth_cm]
    told.sort(key=lambda one: -(one.depth_cm or 0.0))
    lines = [
        t("place.depth", cm=round(one.depth_cm or 0.0), at=one.reported_at, by=one.by)
        for one in told[:MOST_DEPTHS]
    ]
    lines += [
        t("place.gauge", name=one.name, alarm=round(one.alarm_cm), clear=round(one.clear_cm))
        for one in known.gauges
        if one.segment_id == place.id
    ]
    return lines


def _photo(known: Known, place: Segment) -> list[int] | None:
    """The latest picture of the place, small, as bytes."""
    if known.photos is None:
        return None
    jobs = {
        job.job_id
        for job in (known.version.assignments if known.version else ())
        if job.segment_id == place.id
    }
    events = [one for one in known.events if one.job_id in jobs]
    calls = [one for one in known.incidents if one.segment_id == place.id]
    for picture in sorted(pictures_of(events, calls), key=lambda one: one.at, reverse=True):
        path = photo_file(picture.name, known.photos)
        if path and (drawn := small(path)):
            return list(drawn)
    return None


def _level(rule: LevelRule, place: Segment, city: City, t: Translator) -> list[str]:
    """What is done here at a level: guarded and pumped, guarded, or looked at in passing; and which
    machines stand ready.
    """
    if place.low_lying:
        here = t("place.guard_pump")
    elif place.guard or place.importance >= rule.guard_from:
        here = t("place.guard")
    else:
        here = t("place.patrol")
    machines = labels.placed_at(t, rule, city).get(place.id)
    here = t("place.with_placed", here=here, machines=machines) if machines else here
    return [t("place.level_of", level=rule.id, colour=t(f"level.{rule.colour}")), here, rule.duty]
