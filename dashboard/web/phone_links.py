"""The HTTP door beside the board: the sheet behind a signed link, and the taps that come back from
it.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from dashboard.web import phone_page
from dashboard.web.api.incidents import make_api
from dashboard.web.exchange import (
    FAILURES,
    MOST_DIGITS,
    SECURE,
    address_of,
    media_type,
    read_body,
    read_object,
    real_clock,
    refusal_json,
    status_of,
    text_of,
    translator_of,
)
from dashboard.web.rate_limit import Budgets, Misses, let_wait
from dashboard.web.site_of_request import here, home
from dashboard.web.taps import one_of, photo_in, tapped_at, text_in
from data.model.account import Role
from data.model.city import City
from data.model.field import BY_THE_DESK, INCIDENT_KINDS, EventKind
from data.model.message import Message
from data.model.operation import Operation
from data.model.street.service_cars import CALLS
from data.model.street.street_case import CaseEventKind
from data.store.batching import DoorStore, Turns
from data.store.store import Store
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Invalid, NotFound, PermissionDenied, UnknownLink
from ops.base.messages import Translator
from ops.district.roster_changes import rostered_city
from ops.documents import labels
from ops.field.calls.incidents import DEEPEST_CM, IncidentReport, placed, station_of
from ops.field.calls.incidents import report as report_incident
from ops.field.cases.kinds import PERSUASION, REPORTED_BY
from ops.field.cases.standing import CaseStanding
from ops.field.cases.street_cases import (
    CaseReport,
    CaseWord,
    all_standings,
    open_case,
    say,
    taken_word,
)
from ops.field.photos import MOST_BYTES, kept, photo_file
from ops.field.progress_reader import reported
from ops.field.questions import Question, questions
from ops.field.reports import Report, check, check_crew, check_id, take_report
from ops.field.taking_back import take_back
from ops.field.water.inlet_signs import last_words
from ops.notifications.signed_links import Link, Links
from ops.replanning.ways_in_force import closures_in_force
from ops.settings import Settings, load

HEADERS = SECURE | {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), microphone=(), payment=(), usb=()",
}
MOST_BODY = MOST_BYTES * 4 // 3 + 100_000  # a photo in base64 and the words
OF_CASES = ("case_take", "case_close")
"""What a station says of a case that it has."""
FROM_PHONE = frozenset(EventKind) - BY_THE_DESK  # nobody verifies work of his own
_TURNS = Turns(4)
_TAKERS = CapacityLimiter(40)
"""So many taps are in hand at once, of which four are worked at: the others wait for the disk, and
are kept together.
"""
_PHOTOGRAPHERS = CapacityLimiter(2)
"""Taps with a photo: they hold up no tap without one."""
_PHOTO = re.compile(rb'"photo"\s*:\s*"')
_TAPS = Budgets(600, 3.0)
"""Taps of one link: a station that was out of reach for a shift sends some hundreds at once, and
has twenty a minute from then on (assumptions).
"""
_INCIDENTS = Budgets(30, 120.0)
"""Incidents of one link: each asks for a plan, and a crew sees a few in a storm (an assumption)."""
_READERS = CapacityLimiter(4)
_MISSES = Misses()


def _store() -> Store:
    return door_store(here().url)


@lru_cache(maxsize=512)
def door_store(url: str) -> Store:
    return DoorStore(url, _TURNS)


def _links() -> Links:
    return Links(_store(), _settings().notify, real_clock)


def _settings() -> Settings:
    return load(home()).settings


def _photos() -> tuple[Path, Store, datetime]:
    """Where pictures are kept, and when."""
    return home() / "photos", _store(), real_clock()


def _whose(link: Link) -> str:
    """A link among those of all districts, whose numbers are each district's own."""
    return f"{here().id} {link.id}"


def sheet(request: Request) -> Response:
    """The page behind a link."""
    t = translator_of(request)
    try:
        link, operation = _read_link(request)
        return HTMLResponse(_page(request, link, operation, t), headers=HEADERS)
    except FAILURES as failure:
        html = phone_page.refusal(text_of(failure, t), t)
        return HTMLResponse(html, status_of(failure), headers=HEADERS)


def _read_link(request: Request) -> tuple[Link, Operation]:
    """What the link of the address gives access to; whoever makes up links is told to wait after a
    while, and nobody else at his address is.
    """
    try:
        return _links().read(request.path_params["token"])
    except UnknownLink:
        _MISSES.guessed_wrong(address_of(request), _settings().access)
        raise


def _page(request: Request, link: Link, operation: Operation, t: Translator) -> str:
    store = _store()
    city = rostered_city(store, operation)
    version = store.plans.version(operation.id, link.version)
    if version is None or not _is_known(link, city):
        raise PermissionDenied("link.over")
    now = operation.now(real_clock())
    sheet = phone_page.PhoneSheet(
        version=version,
        station_id=link.station_id,
        resource_id=link.resource_id,
        city=city,
        progress=reported(store, operation, version, city),
        now=now,
        base=f"/s/{request.path_params['token']}",
        newer=_newer(link, operation, t),
        questions=_questions(link, operation),
        told=last_words(store.field.events(operation.id)),
        back_minutes=_settings().taps.take_back_minutes,
        crew_links={} if link.resource_id else _crew_links(link, city),
        case_kinds=_case_kinds(link, city),
        cases=_cases(link, operation, city),
        closures=closures_in_force(store, operation, city, now, _settings()),
    )
    return phone_page.page(sheet, Translator.of_city(t.language, city))


def _is_known(link: Link, city: City) -> bool:
    """Whether the tables still know the link's station, and its crew as that station's."""
    if link.resource_id is None:
        return link.station_id in city.station_by_id
    unit = city.resource_by_id.get(link.resource_id)
    return unit is not None and unit.station_id == link.station_id


def _crew_links(link: Link, city: City) -> dict[str, str]:
    """The path of each crew's own link: who holds the station's may hand them on."""
    links = _links()
    tokens = {
        unit.id: links.token(link.operation_id, link.version, link.station_id, unit.id)
        for unit in city.resource_by_id.values()
        if unit.station_id == link.station_id
    }
    return {unit_id: f"/s/{token}" for unit_id, token in tokens.items() if token}


def _newer(link: Link, operation: Operation, t: Translator) -> dict[str, str] | None:
    """The version that has taken the place of the link's own, if one has."""
    current = _store().plans.current(operation.id)
    token = (
        _links().token(operation.id, current.number, link.station_id, link.resource_id)
        if (current and current.number > link.version)
        else None
    )
    return phone_page.newer_version(current.number, token, t) if current and token else None


def _questions(link: Link, operation: Operation) -> tuple[Question, ...]:
    return questions(_store().field.events(operation.id), link.station_id)


def newer(request: Request) -> Response:
    """What has come since, for a page that stays open: a newer version, and what the desk has
    answered.
    """
    t = translator_of(request)
    try:
        link, operation = _read_link(request)
        news: dict[str, object] = dict(_newer(link, operation, t) or {})
        if questions := _questions(link, operation):
            zoned = Translator.of_city(t.language, _store().city())
            news["asked"] = labels.question_texts(zoned, questions)
        return JSONResponse(news, headers=HEADERS)
    except FAILURES as failure:
        return refusal_json(failure, t, HEADERS)


def roads(request: Request) -> Response:
    """Every road of the district, for who reports an incident: near the station first."""
    t = translator_of(request)
    try:
        link, _ = _read_link(request)
        city = _store().city()
        if not _is_known(link, city):
            raise PermissionDenied("link.over")
        found = phone_page.roads(link.station_id, city, Translator.of_city(t.language, city))
        return JSONResponse(found, headers=HEADERS)
    except FAILURES as failure:
        return refusal_json(failure, t, HEADERS)


async def events(request: Request) -> Response:
    """One tap, as JSON; answered 200 once it is kept, however often it comes."""
    t = translator_of(request)
    if media_type(request) != "application/json":
        unread = Invalid("field.unreadable", what="Content-Type")
        return refusal_json(unread, t, HEADERS, 415)
    try:
        # before its body costs anything
        link, _ = await run_sync(_read_link, request, limiter=_READERS)
        let_wait(_TAPS.spend(_whose(link)))
        body = await read_body(request, MOST_BODY)
        if body is None:
            too_much = Invalid("field.photo_size", most=MOST_BYTES // 1_000_000)
            return refusal_json(too_much, t, HEADERS, 413)
        if _PHOTO.search(body):
            new = await run_sync(_take, request, body, limiter=_PHOTOGRAPHERS)
        else:
            new = await run_sync(_take_in_turn, request, body, limiter=_TAKERS)
    except FAILURES as failure:
        return refusal_json(failure, t, HEADERS)
    return JSONResponse({"new": new}, headers=HEADERS)


def _take_in_turn(request: Request, body: bytes) -> bool:
    with _TURNS.turn():
        return _take(request, body)


def _take(request: Request, body: bytes) -> bool:
    store, now = _store(), real_clock()
    link, operation = _read_link(request)
    payload = read_object(body)
    if payload.get("photo") and not _PHOTO.search(body):  # written so that it looks like none
        raise Invalid("field.unreadable", what="photo")
    actor = _actor(link, store.city())
    station_id = link.station_id
    if payload.get("kind") == "incident":
        return _take_incident(payload, link, operation, actor, now)
    if payload.get("kind") in OF_CASES:
        return _say_case(payload, link, operation, actor, now)
    kind = EventKind(one_of(payload, "kind", FROM_PHONE))
    if kind is EventKind.TAKE_BACK:
        tap, about = text_in(payload, "event_id") or "", text_in(payload, "about") or ""
        rules, then = _settings().taps, operation.now(now)
        return take_back(store, operation, actor, station_id, tap, about, then, rules)
    return _take_report(payload, kind, link, operation, actor, now)


def _actor(link: Link, city: City) -> Actor:
    """Who speaks by a link: the station, or one crew of it."""
    if not _is_known(link, city):
        raise PermissionDenied("link.over")
    station, t = city.station_by_id[link.station_id], Translator()
    unit = city.resource_by_id.get(link.resource_id or "")
    whose = {"station": station.name, "crew": phone_page.crew_name(unit, t)}
    return Actor(
        name=t("field.by_crew_link" if unit else "field.by_link", **whose),
        role=Role.LINK,
        station_id=station.id,
        resource_id=link.resource_id,
    )


def _take_report(
    payload: Mapping[str, object],
    kind: EventKind,
    link: Link,
    operation: Operation,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
) -> bool:
    store = _store()
    report = Report(
        event_id=text_in(payload, "event_id") or "",
        version=link.version,
        station_id=link.station_id,
        kind=kind,
        job_id=text_in(payload, "job_id"),
        unit_id=text_in(payload, "unit_id"),
        device_at=tapped_at(payload, operation, now),
        amounts=_amounts(payload),
        reason=reason or text_in(payload, "reason"),
        inlet_id=text_in(payload, "inlet_id"),
    )
    photo = photo_in(payload)
    if photo:
        if store.field.event(operation.id, report.event_id):
            return False  # sent again: its picture is here already
        version = store.plans.version(operation.id, link.version)
        if version is not None:
            check(replace(report, photo="new"), version, store.city())
            if link.resource_id:
                check_crew(report, version, link.resource_id)
    with kept(photo, *_photos(), f"{operation.id} {report.event_id}") as name:
        report = replace(report, photo=name)
        return take_report(store, operation, actor, report, operation.now(now))


def _take_incident(
    payload: Mapping[str, object], link: Link, operation: Operation, actor: Actor, now: datetime
) -> bool:
    """An incident on a segment of the district; one elsewhere is a question that the desk has to
    place.
    """
    let_wait(_INCIDENTS.spend(_whose(link)))
    fields = payload.get("incident")
    if not isinstance(fields, dict):
        raise Invalid("field.unreadable", what="incident")
    cases = _case_kinds(link, _store().city())
    kind, segment = one_of(fields, "kind", cases or INCIDENT_KINDS), text_in(fields, "segment_id")
    text = text_in(payload, "reason") or ""
    if segment is None:
        if not text.strip():
            raise Invalid("incident.nowhere")
        what = Message(f"{'case_kind' if cases else 'incident'}.{kind}")
        question = Translator()("phone.unplaced", kind=what, text=text)
        return _take_report(payload, EventKind.ASK, link, operation, actor, now, question)
    check_id(text_in(payload, "event_id") or "")
    if cases:
        found = CaseReport(
            kind=kind,
            by=actor.name,
            source=_store().city().service_at(link.station_id),
            reported_at=tapped_at(payload, operation, now) or operation.now(now),
            segment_id=segment,
            text=text,
            external_id=text_in(payload, "event_id"),
            persuaded=_persuaded(kind, fields),
        )
        return _take_case(found, photo_in(payload), operation, actor, operation.now(now))
    incident = IncidentReport(
        kind=kind,
        by=actor.name,
        source="crew",
        reported_at=tapped_at(payload, operation, now) or operation.now(now),
        segment_id=segment,
        depth_cm=_depth(fields),
        text=text,
        external_id=text_in(payload, "event_id"),
    )
    return _keep_incident(incident, photo_in(payload), operation, actor, operation.now(now))


def _case_kinds(link: Link, city: City) -> tuple[str, ...]:
    """The kinds of cases that the people of a link's station report, if their service has any."""
    service = city.service_at(link.station_id)
    return REPORTED_BY.get(service, ()) if service in _settings().services.running else ()


def _cases(link: Link, operation: Operation, city: City) -> list[CaseStanding]:
    """The open cases that the link's station has or is offered, what residents say first; those of
    which a car is on its way are its jobs.
    """
    if not _case_kinds(link, city):
        return []
    own = [
        one
        for one in all_standings(_store(), operation)
        if link.station_id in (one.owner, one.offered_to)
        and not one.closed
        and one.case.kind not in CALLS
    ]
    return sorted(own, key=lambda one: (not one.is_unseen, one.due_at))


def _own_case(link: Link, operation: Operation, number: object) -> CaseStanding:
    """One of these by its number."""
    known = _cases(link, operation, _store().city())
    found = next((one for one in known if one.case.id == number), None)
    if found is None:
        raise NotFound("case.not_found", number=str(number)[:MOST_DIGITS])
    return found


def case_photo(request: Request) -> Response:
    """The picture that came with a case of the station."""
    t = translator_of(request)
    try:
        link, operation = _read_link(request)
        one = _own_case(link, operation, request.path_params["number"])
        path = photo_file(one.case.photo or "", home() / "photos", _store())
        if path is None:
            raise NotFound("point.no_picture")
        return FileResponse(path, media_type="image/jpeg", headers=HEADERS)
    except FAILURES as failure:
        return refusal_json(failure, t, HEADERS)


def _say_case(
    payload: Mapping[str, object], link: Link, operation: Operation, actor: Actor, now: datetime
) -> bool:
    """A station takes a case that is its own or offered to it, or closes it with words and a
    picture.
    """
    event_id, store = text_in(payload, "event_id") or "", _store()
    check_id(event_id)
    number = payload.get("case")
    if isinstance(number, int) and _is_said(operation, number, event_id):
        return False
    found = _own_case(link, operation, number)
    word = taken_word(found, event_id)
    if payload.get("kind") == "case_close":
        text = text_in(payload, "reason") or ""
        word = CaseWord(kind=CaseEventKind.CLOSE, event_id=event_id, text=text)
    with kept(photo_in(payload), *_photos(), f"{operation.id} {event_id}") as photo:
        return say(
            store,
            operation,
            actor,
            found.case.id or 0,
            replace(word, photo=photo),
            operation.now(now),
            _settings().incident,
        )


def _is_said(operation: Operation, number: int, event_id: str) -> bool:
    """Whether a tap is sent again, of a case that may be closed since."""
    known = _store().street_cases.case(operation.id, number)
    return known is not None and any(one.event_id == event_id for one in known[1])


def _persuaded(kind: str, fields: Mapping[str, object]) -> bool | None:
    """What came of asking people to mend it, where that is what is done first."""
    told = fields.get("persuaded")
    if told is not None and (kind not in PERSUASION or not isinstance(told, bool)):
        raise Invalid("field.unreadable", what="persuaded")
    return told


def _take_case(
    told: CaseReport, photo: bytes | None, operation: Operation, actor: Actor, now: datetime
) -> bool:
    """A case of the street from the own page of who found it; its picture is kept once."""
    store, settings = _store(), _settings()
    if store.street_cases.named(operation.id, told.source, told.external_id or ""):
        return False
    with kept(photo, *_photos(), f"{operation.id} {told.external_id}") as name:
        told, rules = replace(told, photo=name), settings.incident
        return open_case(store, operation, actor, told, now, settings.grid, rules)[1]


def _depth(fields: Mapping[str, object]) -> float | None:
    depth = fields.get("depth_cm")
    if depth is not None and (isinstance(depth, bool) or not isinstance(depth, int | float)):
        raise Invalid("incident.bad_depth", most=DEEPEST_CM)
    return depth


def _keep_incident(
    incident: IncidentReport, photo: bytes | None, operation: Operation, actor: Actor, now: datetime
) -> bool:
    """Whether it was new; its picture is kept only once it is known to be allowed and not sent
    before.
    """
    store, settings = _store(), _settings().incident
    if photo:
        known_as = incident.external_id or ""
        if store.field.incident_of(operation.id, incident.source, known_as):
            return False
        city = store.city()
        station_id = station_of(placed(incident, operation, city, now, settings), city)
        require(actor, Action.REPORT_INCIDENT, station_id)
    with kept(photo, *_photos(), f"{operation.id} {incident.external_id}") as name:
        incident = replace(incident, photo=name)
        return report_incident(store, operation, actor, incident, now, settings)[1]


def _amounts(payload: Mapping[str, object]) -> dict[str, float]:
    amounts = payload.get("amounts") or {}
    if not isinstance(amounts, dict):
        raise Invalid("field.unreadable", what="amounts")
    return amounts


def static(request: Request) -> Response:
    """The page's own style and script, and the worker that keeps pages for when there is no
    network: it may answer for what lies beside it.
    """
    name = request.path_params.get("name", "sw.js")
    if name not in phone_page.STATIC:
        return Response(status_code=404, headers=HEADERS)
    kind = "text/css" if name.endswith(".css") else "text/javascript"
    return FileResponse(
        phone_page.FOLDER / name, media_type=kind, headers=HEADERS | {"Cache-Control": "no-cache"}
    )


ROUTES = [
    Mount(
        "/api",
        make_api(
            _store,
            real_clock,
            lambda: _settings().incident,
            lambda: _settings().gauges,
            lambda: (_settings().services, _settings().grid),
        ),
    ),
    Route("/s/static/{name}", static),
    Route("/s/sw.js", static),
    Route("/s/{token}", sheet),
    Route("/s/{token}/newer", newer),
    Route("/s/{token}/roads", roads),
    Route("/s/{token}/cases/{number:int}/photo", case_photo),
    Route("/s/{token}/events", events, methods=["POST"]),
]
