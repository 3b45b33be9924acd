"""The HTTP door beside the board: the sheet behind a signed link, and the taps that come back from
it.
"""

import base64
import binascii
import json
import os
from collections.abc import Container, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from dashboard.web import phone_page
from dashboard.web.incident_api import make_api
from dashboard.web.language import speaker
from dashboard.web.rate_limit import Misses
from data.model.account import Role
from data.model.field import BY_THE_DESK, INCIDENT_KINDS, EventKind
from data.model.message import Message
from data.model.operation import Operation
from data.store.batching import DoorStore
from data.store.store import DatabaseError, Store
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import NotAllowed
from ops.base.messages import Translator
from ops.base.paths import home
from ops.documents import labels
from ops.field.incidents import DEEPEST_CM, IncidentReport, placed, station_of
from ops.field.incidents import report as report_incident
from ops.field.photos import MOST_BYTES, keep_photo
from ops.field.progress_reader import reported
from ops.field.questions import Question, questions
from ops.field.reports import Report, check, check_id, take_report
from ops.notifications.signed_links import Link, Links
from ops.settings import Settings, load

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
}
MOST_BODY = MOST_BYTES * 4 // 3 + 100_000  # a photo in base64 and the words
FROM_PHONE = frozenset(EventKind) - BY_THE_DESK  # nobody verifies work of his own
OFTEN_LATE = timedelta(days=7)  # a tap older than this is not dated by its device
_TAKERS = CapacityLimiter(4)
"""So many taps are in hand at once, those behind them wait: with dozens of busy threads the one
that reads from the net hardly gets its turn, and every answer is late.
"""
_MISSES = Misses()


def real_clock() -> datetime:
    """Read here, and handed on."""
    return datetime.now(UTC)


@cache
def _store() -> Store:
    return DoorStore(os.environ["XUNBAN_DB"])


def _links() -> Links:
    return Links(_store(), _settings().notify, real_clock)


def _settings() -> Settings:
    return load(home()).settings


def sheet(request: Request) -> Response:
    """The page behind a link."""
    t = speaker(request)
    try:
        link, operation = _read_link(request)
        return HTMLResponse(_page(request, link, operation, t), headers=HEADERS)
    except NotAllowed as refused:
        return HTMLResponse(
            phone_page.refusal(refused.code, refused.facts, t),
            _status(refused, 403),
            headers=HEADERS,
        )
    except DatabaseError:
        return HTMLResponse(phone_page.refusal("board.wrong_database", {}, t), 503, headers=HEADERS)


def _read_link(request: Request) -> tuple[Link, Operation]:
    """What the link of the address gives access to; whoever makes up links has to wait after a
    while.
    """
    access, address = _settings().access, request.client.host if request.client else "-"
    span_s = access.address_minutes * 60
    if wait_s := _MISSES.wait_s(address, access.address_attempts, span_s):
        raise NotAllowed("signin.wait", seconds=round(wait_s) + 1)
    try:
        return _links().read(request.path_params["token"])
    except NotAllowed as refused:
        if refused.code == "link.bad":
            _MISSES.add(address, span_s)
        raise


def _status(refused: NotAllowed, otherwise: int) -> int:
    return 429 if refused.code == "signin.wait" else otherwise


def _page(request: Request, link: Link, operation: Operation, t: Translator) -> str:
    store = _store()
    city, version = store.city(), store.version(operation.id, link.version)
    if version is None or not any(station.id == link.station_id for station in city.stations):
        raise NotAllowed("link.over")
    told = reported(store, operation, version, city)
    return phone_page.page(
        version,
        link.station_id,
        city,
        told,
        Translator.of_city(t.language, city),
        f"/s/{request.path_params['token']}/events",
        _newer(link, operation, t),
        _asked(link, operation),
    )


def _newer(link: Link, operation: Operation, t: Translator) -> dict[str, str] | None:
    """The version that has taken the place of the link's own, if one has."""
    current = _store().current_version(operation.id)
    token = (
        _links().token(operation.id, current.number, link.station_id)
        if (current and current.number > link.version)
        else None
    )
    return phone_page.newer_version(current.number, token, t) if current and token else None


def _asked(link: Link, operation: Operation) -> tuple[Question, ...]:
    return questions(_store().field_events(operation.id), link.station_id)


def newer(request: Request) -> Response:
    """What has come since, for a page that stays open: a newer version, and what the desk has
    answered.
    """
    t = speaker(request)
    try:
        link, operation = _read_link(request)
        found: dict[str, object] = dict(_newer(link, operation, t) or {})
        if asked := _asked(link, operation):
            zoned = Translator.of_city(t.language, _store().city())
            found["asked"] = labels.questions_told(zoned, asked)
        return JSONResponse(found, headers=HEADERS)
    except NotAllowed as refused:
        return _no(_status(refused, 403), refused, t)
    except DatabaseError:
        return JSONResponse(
            {"code": "board.wrong_database", "message": t("board.wrong_database")},
            503,
            headers=HEADERS,
        )


async def events(request: Request) -> Response:
    """One tap, as JSON; answered 200 once it is kept, however often it comes."""
    t = speaker(request)
    try:
        if (
            request.headers.get("content-type", "").partition(";")[0].strip().lower()
            != "application/json"
        ):
            return _no(415, NotAllowed("field.unreadable", what="Content-Type"), t)
        body = await _body(request)
        if body is None:
            return _no(413, NotAllowed("field.photo_size", most=MOST_BYTES // 1_000_000), t)
        new = await run_sync(_take, request, body, limiter=_TAKERS)
        return JSONResponse({"new": new}, headers=HEADERS)
    except NotAllowed as refused:
        return _no(_status(refused, 403 if refused.code.startswith("link.") else 422), refused, t)
    except DatabaseError:
        return JSONResponse(
            {"code": "board.wrong_database", "message": t("board.wrong_database")},
            503,
            headers=HEADERS,
        )


def _no(status: int, refused: NotAllowed, t: Translator) -> Response:
    return JSONResponse(
        {"code": refused.code, "message": t(refused.code, **refused.facts)}, status, headers=HEADERS
    )


async def _body(request: Request) -> bytes | None:
    """What was sent; ``None`` where it is too much, which is not waited for."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > MOST_BODY:
            return None
    return bytes(read)


def _take(request: Request, body: bytes) -> bool:
    store, now = _store(), real_clock()
    link, operation = _read_link(request)
    told = _object(body)
    station = next((each for each in store.city().stations if each.id == link.station_id), None)
    if station is None:
        raise NotAllowed("link.over")
    actor = Actor(
        name=Translator()("field.by_link", station=station.name),
        role=Role.LINK,
        station_id=station.id,
    )
    if told.get("kind") == "incident":
        return _take_incident(told, link, operation, actor, now)
    return _take_report(
        told, EventKind(_one_of(told, "kind", FROM_PHONE)), link, operation, actor, now
    )


def _take_report(
    told: Mapping[str, object],
    kind: EventKind,
    link: Link,
    operation: Operation,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
) -> bool:
    store = _store()
    report = Report(
        event_id=_text(told, "event_id") or "",
        version=link.version,
        station_id=link.station_id,
        kind=kind,
        job_id=_text(told, "job_id"),
        unit_id=_text(told, "unit_id"),
        device_at=_tapped_at(told, operation, now),
        amounts=_amounts(told),
        reason=reason or _text(told, "reason"),
    )
    photo = _photo(told)
    if photo:
        if any(event.event_id == report.event_id for event in store.field_events(operation.id)):
            return False  # sent again: its picture is here already
        version = store.version(operation.id, link.version)
        if version is not None:
            check(report, version, store.city())
        report = replace(report, photo=keep_photo(photo, home() / "photos"))
    return take_report(store, operation, actor, report, operation.now(now))


def _take_incident(
    told: Mapping[str, object], link: Link, operation: Operation, actor: Actor, now: datetime
) -> bool:
    """An incident on one of the station's segments; one elsewhere is a question that the desk has
    to place.
    """
    store, said = _store(), told.get("incident")
    if not isinstance(said, dict):
        raise NotAllowed("field.unreadable", what="incident")
    kind, segment = _one_of(said, "kind", INCIDENT_KINDS), _text(said, "segment_id")
    if segment is None:
        if not (_text(told, "reason") or "").strip():
            raise NotAllowed("incident.nowhere")
        text = Translator()(
            "phone.unplaced", kind=Message(f"incident.{kind}"), text=_text(told, "reason") or ""
        )
        return _take_report(told, EventKind.ASK, link, operation, actor, now, text)
    depth = said.get("depth_cm")
    if depth is not None and (isinstance(depth, bool) or not isinstance(depth, int | float)):
        raise NotAllowed("incident.bad_depth", most=DEEPEST_CM)
    check_id(_text(told, "event_id") or "")
    at, settings = operation.now(now), _settings().incident
    incident = IncidentReport(
        kind=kind,
        by=actor.name,
        source="crew",
        reported_at=_tapped_at(told, operation, now) or at,
        segment_id=segment,
        depth_cm=depth,
        text=_text(told, "reason") or "",
        external_id=_text(told, "event_id"),
    )
    photo = _photo(told)
    if photo:
        if any(
            (one.source, one.external_id) == ("crew", incident.external_id)
            for one in store.incidents(operation.id)
        ):
            return False
        city = store.city()
        require(
            actor,
            Action.REPORT_INCIDENT,
            station_of(placed(incident, operation, city, at, settings), city),
        )
        incident = replace(incident, photo=keep_photo(photo, home() / "photos"))
    return report_incident(store, operation, actor, incident, at, settings)[1]


def _object(body: bytes) -> Mapping[str, object]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise NotAllowed("field.unreadable", what="JSON") from None
    if not isinstance(told, dict):
        raise NotAllowed("field.unreadable", what="JSON")
    return told


def _text(told: Mapping[str, object], name: str) -> str | None:
    found = told.get(name)
    if found is not None and (not isinstance(found, str) or "\x00" in found):
        raise NotAllowed("field.unreadable", what=name)
    return found


def _one_of(told: Mapping[str, object], name: str, known: Container[str]) -> str:
    found = _text(told, name)
    if found is None or found not in known:
        raise NotAllowed("field.unreadable", what=name)
    return found


def _amounts(told: Mapping[str, object]) -> dict[str, float]:
    amounts = told.get("amounts") or {}
    if not isinstance(amounts, dict):
        raise NotAllowed("field.unreadable", what="amounts")
    return amounts


def _tapped_at(told: Mapping[str, object], operation: Operation, now: datetime) -> datetime | None:
    """When it was tapped, by our clock: the device says how long ago, so its own clock need not be
    right.
    """
    try:
        age = datetime.fromisoformat(_text(told, "sent_at") or "") - datetime.fromisoformat(
            _text(told, "device_at") or ""
        )
    except (ValueError, TypeError):
        return None
    return operation.now(now - age) if timedelta(0) <= age <= OFTEN_LATE else None


def _photo(told: Mapping[str, object]) -> bytes | None:
    try:
        return base64.b64decode(_text(told, "photo") or "", validate=True) or None
    except (binascii.Error, ValueError):
        raise NotAllowed("field.photo_kind") from None


def static(request: Request) -> Response:
    """The page's own style and script."""
    name = request.path_params["name"]
    kind = {"page.css": "text/css", "page.js": "text/javascript"}.get(name)
    if kind is None:
        return Response(status_code=404, headers=HEADERS)
    return FileResponse(
        phone_page.FOLDER / name, media_type=kind, headers=HEADERS | {"Cache-Control": "no-cache"}
    )


ROUTES = [
    Mount("/api", make_api(_store, real_clock, lambda: _settings().incident)),
    Route("/s/static/{name}", static),
    Route("/s/{token}", sheet),
    Route("/s/{token}/newer", newer),
    Route("/s/{token}/events", events, methods=["POST"]),
]
