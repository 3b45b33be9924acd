"""The HTTP door for who passes: a report point's page, the reports that come by it, and what became
of them. Nobody signs in; what is sent is a word that somebody of ours looks at before it is work.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from dashboard.web import phone_page
from dashboard.web.exchange import (
    FAILURES,
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
from dashboard.web.phone_links import HEADERS, MOST_BODY, door_store
from dashboard.web.phone_page import resident
from dashboard.web.rate_limit import Budgets, Misses, let_wait
from dashboard.web.site_of_request import here, home
from dashboard.web.taps import one_of, photo_in, tapped_at, text_in
from data.model.account import Role
from data.model.operation import Operation
from data.model.street.street_case import GRID, RESIDENT
from data.store.store import Store
from ops.auth.networks import network_of
from ops.auth.permissions import Actor
from ops.base.errors import Invalid, NotFound, PermissionDenied, TooManyTries, UnknownLink
from ops.base.messages import Translator
from ops.documents.street.report_poster import point_name
from ops.field.cases.kinds import REPORTED_BY
from ops.field.cases.standing import CaseStanding
from ops.field.cases.street_cases import CaseReport, open_case, standing, standings
from ops.field.photos import MOST_BYTES, kept, photo_file
from ops.field.reports import check_id
from ops.notifications.report_points import ReportPoint, read_point, roads_of
from ops.settings import Settings, load

LEAST_ID = 32
"""Signs of the number that a report has from its phone: who knows it reads the answer, so that it
must be past guessing (128 bits).
"""
MOST_WAITING = 20
"""So many reports of one point may wait to be looked at; the next is asked to telephone (an
assumption): who floods one code fills no other's list.
"""
MOST_ASKED = 20
_OF_POINT = Budgets(30, 120.0)
_OF_ADDRESS = Budgets(10, 120.0)
"""Reports of one point, and from one network: in a row, then one every two minutes (assumptions).
"""
_READS = Budgets(120, 1.0)
"""Pages and answers read from one network."""
_TAKERS = CapacityLimiter(1)
"""One at a time: whoever is flooded here takes no crew's turn."""
_READERS = CapacityLimiter(2)
_MISSES = Misses()


def _store() -> Store:
    return door_store(here().url)


def _settings() -> Settings:
    return load(home()).settings


def _read(request: Request) -> tuple[ReportPoint, Operation]:
    """The point of the address; who makes them up waits after a while."""
    if GRID not in _settings().services.running:
        raise NotFound("case.switched_off")
    try:
        return read_point(_store(), request.path_params["token"])
    except UnknownLink:
        _MISSES.guessed_wrong(address_of(request), _settings().access)
        raise


def page(request: Request) -> Response:
    """The form of a point."""
    t = translator_of(request)
    try:
        let_wait(_READS.spend(network_of(address_of(request))))
        point, operation = _read(request)
        city = _store().city()
        html = resident.page(
            point,
            roads_of(point, city),
            city,
            operation,
            f"/s/{request.path_params['token']}/report",
            Translator.of_city(t.language, city),
        )
        return HTMLResponse(html, headers=HEADERS)
    except FAILURES as failure:
        html = phone_page.refusal(text_of(failure, t), t)
        return HTMLResponse(html, status_of(failure), headers=HEADERS)


async def take(request: Request) -> Response:
    """One report, as JSON; answered 200 once it is kept, however often it comes."""
    t = translator_of(request)
    if media_type(request) != "application/json":
        unread = Invalid("field.unreadable", what="Content-Type")
        return refusal_json(unread, t, HEADERS, 415)
    try:
        point, _ = await run_sync(_read, request, limiter=_READERS)
        let_wait(_OF_ADDRESS.spend(f"{here().id} {network_of(address_of(request))}"))
        let_wait(_OF_POINT.spend(f"{here().id} {point.id}"))
        body = await read_body(request, MOST_BODY)
        if body is None:
            too_much = Invalid("field.photo_size", most=MOST_BYTES // 1_000_000)
            return refusal_json(too_much, t, HEADERS, 413)
        new = await run_sync(_keep, request, body, limiter=_TAKERS)
    except FAILURES as failure:
        return refusal_json(failure, t, HEADERS)
    return JSONResponse({"new": new}, headers=HEADERS)


def _keep(request: Request, body: bytes) -> bool:
    store, settings, now = _store(), _settings(), real_clock()
    point, operation = _read(request)
    city = store.city()
    payload = read_object(body)
    event_id = _check_number(text_in(payload, "event_id") or "")
    told = _told(payload, point, operation, event_id, now)
    if told.segment_id not in {road.id for road in roads_of(point, city)}:
        raise Invalid("field.unreadable", what="segment_id")
    if store.street_cases.named(operation.id, RESIDENT, event_id):
        return False
    _must_have_room(store, operation, told.by)
    actor, whose = Actor(name=told.by, role=Role.LINK), f"{operation.id} {event_id}"
    with kept(photo_in(payload), home() / "photos", store, now, whose) as photo:
        told, then = replace(told, photo=photo), operation.now(now)
        return open_case(store, operation, actor, told, then, settings.grid, settings.incident)[1]


def _told(
    payload: Mapping[str, object],
    point: ReportPoint,
    operation: Operation,
    event_id: str,
    now: datetime,
) -> CaseReport:
    t, city = Translator(), _store().city()
    return CaseReport(
        kind=one_of(payload, "kind", REPORTED_BY[RESIDENT]),
        by=t("point.by", place=point_name(point.place_id, city, t)),
        source=RESIDENT,
        reported_at=tapped_at(payload, operation, now) or operation.now(now),
        segment_id=text_in(payload, "segment_id"),
        text=text_in(payload, "reason") or "",
        external_id=event_id,
    )


def _must_have_room(store: Store, operation: Operation, by: str) -> None:
    found = standings(*store.street_cases.current(operation.id))
    if sum(one.is_unseen and one.case.by == by for one in found) >= MOST_WAITING:
        raise TooManyTries("point.too_full")


def _check_number(event_id: str) -> str:
    check_id(event_id)
    if len(event_id) < LEAST_ID:
        raise Invalid("field.bad_event_id")
    return event_id


def answers(request: Request) -> Response:
    """What became of the reports whose numbers the phone tells."""
    t = translator_of(request)
    try:
        let_wait(_READS.spend(network_of(address_of(request))))
        _, operation = _read(request)
        store = _store()
        zoned = Translator.of_city(t.language, store.city())
        base = f"/s/{request.path_params['token']}/report/after/"
        asked = [one for one in request.query_params.get("ids", "").split(",") if one]
        told = {}
        for event_id in asked[:MOST_ASKED]:
            if one := _found(store, operation, event_id):
                photo = f"{base}{event_id}" if _after(one) else None
                told[event_id] = resident.answer(one, store.city(), photo, zoned)
        return JSONResponse(told, headers=HEADERS)
    except FAILURES as failure:
        return refusal_json(failure, t, HEADERS)


def _found(store: Store, operation: Operation, event_id: str) -> CaseStanding | None:
    known = store.street_cases.named(operation.id, RESIDENT, _check_number(event_id))
    return standing(store, operation, known[0].id or 0) if known else None


def _after(one: CaseStanding) -> str | None:
    """The picture after, once it is closed."""
    return one.photo_after if one.closed else None


def after(request: Request) -> Response:
    """The picture after of one report."""
    t = translator_of(request)
    try:
        let_wait(_READS.spend(network_of(address_of(request))))
        _, operation = _read(request)
        store = _store()
        one = _found(store, operation, request.path_params["event_id"])
        name = _after(one) if one else None
        path = photo_file(name, home() / "photos", store) if name else None
        if path is None:
            raise PermissionDenied("point.no_picture")
        return FileResponse(path, media_type="image/jpeg", headers=HEADERS)
    except FAILURES as failure:
        return refusal_json(failure, t, HEADERS)


ROUTES = [
    Route("/s/{token}/report", page),
    Route("/s/{token}/report/events", take, methods=["POST"]),
    Route("/s/{token}/report/answers", answers),
    Route("/s/{token}/report/after/{event_id}", after),
]
