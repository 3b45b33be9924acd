"""The small HTTP API by which the hotline or the grid's platform reports incidents, and gauges what
they measure; described at ``openapi.json``.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as RoutingError

from dashboard.web.api.cases import CaseDoor, Exercise, add_case_routes, must_fit, of_our_time
from dashboard.web.exchange import status_of
from dashboard.web.rate_limit import Budgets
from data.model.account import Role
from data.model.field import Incident
from data.model.message import Message
from data.model.operation import Operation
from data.store.store import DatabaseError, Store
from ops.auth.api_tokens import METRICS, holder
from ops.auth.permissions import Actor
from ops.base.errors import NotAllowed, NotFound
from ops.base.messages import Translator
from ops.district.places import in_wgs84
from ops.district.services import ServiceSettings
from ops.field.calls import incidents
from ops.field.calls.incidents import IncidentReport, IncidentSettings
from ops.field.cases.street_cases import GridSettings
from ops.field.water.gauges import MOST, TakenReading, take_readings
from ops.notifications.reached import call_answered
from ops.risk.gauges import Gauge

_CALLS = Budgets(60, 1.0)
"""Calls of one token: a hotline that reports one a second is in trouble of another kind (an
assumption).
"""

Number = Annotated[int, Path(ge=1, lt=2**31)]  # as databases count them


class NewIncident(BaseModel):
    """An incident as the platform tells it; either ``segment_id`` or ``lon`` and ``lat`` says
    where, in ``crs``: ``wgs84``, ``gcj02`` (AMap, Tencent) or ``bd09`` (Baidu).
    """

    model_config = ConfigDict(extra="forbid", str_max_length=500)
    external_id: str = Field(min_length=1, max_length=100, description="the platform's own number")
    kind: str
    reported_at: Annotated[AwareDatetime, AfterValidator(of_our_time)]
    segment_id: str | None = None
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    crs: Literal["wgs84", "gcj02", "bd09"] = "wgs84"
    depth_cm: float | None = Field(None, ge=0, le=500)
    text: str = ""
    exercise: Exercise = False


class NewReadings(BaseModel):
    """What gauges measured, each judged by itself: ``gauge`` is its name in the settings, ``value``
    millimetres or centimetres as its kind says, ``at`` ISO 8601 with its offset or seconds since
    1970 (absent: now).
    """

    model_config = ConfigDict(extra="forbid")
    readings: list[Any] = Field(min_length=1, max_length=MOST)


class WhoWasReached(BaseModel):
    """Who took a call that a gateway made about a notice; ``key`` is that of the call."""

    model_config = ConfigDict(extra="forbid")
    by: str = Field(min_length=1, max_length=80)
    key: str = Field(default="", max_length=80)


class Noted(BaseModel):
    """Whether what was told is new."""

    new: bool


class RefusedReading(BaseModel):
    """One that could not be used as it is; ``index`` is its place in what was sent."""

    index: int
    code: str
    message: str


class KeptReadings(BaseModel):
    """How many were new, how many were known, and what is wrong with which."""

    new: int
    known: int
    faults: list[RefusedReading]


class KeptIncident(BaseModel):
    """An incident as it is kept; the times are those of the operation."""

    id: int
    matter: int = Field(description="the first of the calls about the same matter")
    external_id: str | None
    kind: str
    segment_id: str | None
    reported_at: datetime
    received_at: datetime
    closed_at: datetime | None


class Wrong(BaseModel):
    """One field that does not fit; ``message`` in Chinese and in English."""

    field: str
    message: str


class Refusal(BaseModel):
    """Why a call was refused, by a code and in words; ``fields`` where single ones do not fit."""

    code: str
    message: str
    fields: list[Wrong] = []


class Refused(BaseModel):
    """The body of an answer that refuses."""

    detail: Refusal


@dataclass(slots=True)
class _Door:
    """What the calls share."""

    store: Callable[[], Store]
    clock: Callable[[], datetime]
    settings: Callable[[], IncidentSettings]
    gauges: Callable[[], tuple[Gauge, ...]]

    def admit(
        self,
        token: Annotated[
            HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))
        ],
    ) -> str:
        """The platform that calls, while it does not call too often."""
        name = holder(self.store(), token.credentials) if token else None
        if name is None or name == METRICS:
            raise HTTPException(401, _words("token.refused"), {"WWW-Authenticate": "Bearer"})
        if wait_s := math.ceil(_CALLS.spend(f"{self.store().site} {name}")):
            headers = {"Retry-After": str(wait_s)}
            raise HTTPException(429, _words("token.too_often", seconds=wait_s), headers)
        return name

    def operation(self) -> Operation:
        operation = self.store().operations.current()
        if operation is None:
            raise HTTPException(503, _words("cli.no_operation"))
        return operation

    def own(self, name: str, number: Number, operation: Operation) -> Incident:
        """An incident that this platform reported; others it can't see."""
        incident = self.store().field.incident(operation.id, number)
        if incident is None or incident.source != f"api:{name}":
            raise HTTPException(404, _words("incident.not_found", number=number))
        return incident


def _actor(name: str) -> Actor:
    return Actor(name=f"api:{name}", role=Role.PLATFORM)


def _words(code: str, **facts: object) -> dict[str, str]:
    return {
        "code": code,
        "message": f"{Translator('zh')(code, **facts)} / {Translator('en')(code, **facts)}",
    }


def _shown(incident: Incident) -> KeptIncident:
    return KeptIncident(**{name: getattr(incident, name) for name in KeptIncident.model_fields})


def make_api(
    store: Callable[[], Store],
    clock: Callable[[], datetime],
    settings: Callable[[], IncidentSettings],
    gauges: Callable[[], tuple[Gauge, ...]] = tuple,
    street: Callable[[], tuple[ServiceSettings, GridSettings]] = lambda: (
        ServiceSettings(),
        GridSettings(),
    ),
) -> FastAPI:
    """The API, to be mounted at ``/api``.

    Its pages of documentation would load scripts from elsewhere: there are none.
    """
    api = FastAPI(
        title="Xunban 汛班",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        responses={422: {"model": Refused}},
    )
    api.exception_handler(NotAllowed)(_refused)
    api.exception_handler(DatabaseError)(_no_database)
    api.exception_handler(RequestValidationError)(_not_valid)
    api.exception_handler(RoutingError)(_not_here)
    door = _Door(store, clock, settings, gauges)
    _add_routes(api, door)
    _add_routes_of_one(api, door)
    cases = CaseDoor(store, clock, lambda: (*street(), settings()))

    def actor(name: Annotated[str, Depends(door.admit)]) -> Actor:
        return _actor(name)

    add_case_routes(api, cases, Depends(actor), door.operation)
    return api


def _add_routes(api: FastAPI, door: _Door) -> None:
    """What a platform can tell."""
    Name = Annotated[str, Depends(door.admit)]

    @api.post(
        "/notices/{number}/reached",
        summary="Somebody answered the call about a notice; told by the gateway that made it, whose"
        " token bears the channel's name; told again it changes nothing",
    )
    def reached(name: Name, number: Number, who: WhoWasReached) -> Noted:
        operation = door.operation()
        notice = door.store().outbox.notice(operation.id, number)
        if notice is None or notice.channel != name:  # of another's call it knows nothing
            raise NotFound("api.no_notice", number=number)
        now, key = operation.now(door.clock()), who.key or f"notice-{number}"
        new = call_answered(door.store(), operation, _actor(name), notice, who.by, now, key)
        return Noted(new=new)

    @api.post(
        "/incidents",
        summary="Report an incident; a repeat of its external id is answered with the same id",
    )
    def report(name: Name, new: NewIncident) -> KeptIncident:
        operation = door.operation()
        must_fit(operation, new.exercise)
        stored, _ = incidents.report(
            door.store(),
            operation,
            _actor(name),
            _report(name, new),
            operation.now(door.clock()),
            door.settings(),
        )
        return _shown(stored)

    @api.post("/gauges", summary="Push what gauges measured; a repeat changes nothing")
    def push(name: Name, new: NewReadings) -> KeptReadings:
        operation = door.operation()
        return _taken(
            take_readings(
                door.store(),
                operation,
                _actor(name),
                new.readings,
                operation.now(door.clock()),
                door.gauges(),
                door.settings(),
            )
        )


def _add_routes_of_one(api: FastAPI, door: _Door) -> None:
    """What a platform can ask of an incident of its own."""
    Name = Annotated[str, Depends(door.admit)]

    def done(name: str, number: int, act: Callable[..., object], *more: int) -> KeptIncident:
        operation = door.operation()
        door.own(name, number, operation)
        now = operation.now(door.clock())
        act(door.store(), operation, _actor(name), number, *more, now)
        return _shown(door.own(name, number, operation))

    @api.get("/incidents/{number}", summary="How an incident of this platform stands")
    def look(name: Name, number: Number) -> KeptIncident:
        return _shown(door.own(name, number, door.operation()))

    @api.put(
        "/incidents/{number}/close",
        summary="Close an incident of this platform; closed again, nothing changes",
    )
    def close(name: Name, number: Number) -> KeptIncident:
        return done(name, number, incidents.close)

    @api.put(
        "/incidents/{number}/split",
        summary="An incident of this platform is about something else than those it was put to",
    )
    def split(name: Name, number: Number) -> KeptIncident:
        return done(name, number, incidents.split)

    @api.put(
        "/incidents/{number}/join/{to}",
        summary="Two incidents of this platform, with all that belong to them, are about the same",
    )
    def join(name: Name, number: Number, to: Number) -> KeptIncident:
        return done(name, number, incidents.join, to)


def _taken(taken: list[TakenReading]) -> KeptReadings:
    return KeptReadings(
        new=sum(each.new for each in taken),
        known=sum(each.reading is not None and not each.new for each in taken),
        faults=[
            RefusedReading(index=index, **_words(each.fault))
            for index, each in enumerate(taken)
            if each.fault
        ],
    )


def _report(name: str, new: NewIncident) -> IncidentReport:
    """What a platform sent, as the centre's own reports are."""
    return IncidentReport(
        kind=new.kind,
        by=name,
        source=_actor(name).name,
        reported_at=new.reported_at,
        position=in_wgs84(new.lon, new.lat, new.crs),
        segment_id=new.segment_id,
        depth_cm=new.depth_cm,
        text=new.text,
        external_id=new.external_id,
    )


def _refused(_request: Request, refused: NotAllowed) -> JSONResponse:
    return JSONResponse({"detail": _words(refused.code, **refused.facts)}, status_of(refused))


def _not_valid(_request: Request, error: RequestValidationError) -> JSONResponse:
    """Every field that does not fit, by its name; what was sent in it does not come back."""
    faults = [(_field(fault["loc"]), _wrong(fault)) for fault in error.errors()]
    messages = tuple(Message("api.field", {"field": name, "what": what}) for name, what in faults)
    fields = [
        {"field": name, "message": _words(what.code, **what.facts)["message"]}
        for name, what in faults
    ]
    return JSONResponse({"detail": _words("api.invalid", wrong=messages) | {"fields": fields}}, 422)


def _field(place: Sequence[str | int]) -> str:
    """The name of the field, after where it was looked for; what is wrong as a whole is called by
    that.
    """
    name = next((part for part in reversed(place) if isinstance(part, str)), "body")[:100]
    return name.encode(errors="replace").decode()  # half a character can't be sent back


def _wrong(error: dict) -> Message:
    """What a check of the library's says, in our words."""
    kind, limits = error["type"], error.get("ctx", {})
    if kind in _LIMITS:
        return Message(f"api.{kind}", {"limit": f"{limits[_LIMITS[kind]]:g}"})
    word = next((word for head, word in _WRONG.items() if kind.startswith(head)), "other")
    return Message(f"api.{word}")


_LIMITS = {
    "greater_than_equal": "ge",
    "less_than_equal": "le",
    "string_too_long": "max_length",
    "string_too_short": "min_length",
}
_WRONG = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "string_": "text",
    "float_": "number",
    "int_": "number",
    "timezone_": "zone",
    "datetime_": "time",
    "json_invalid": "no_json",
    "model_": "no_object",
}


def _not_here(_request: Request, error: RoutingError) -> JSONResponse:
    """What the framework refuses by itself, in our words; our own refusals have theirs."""
    code = {404: "api.no_path", 405: "api.no_method"}.get(error.status_code, "api.unreadable")
    detail = error.detail if isinstance(error.detail, dict) else _words(code)
    return JSONResponse({"detail": detail}, error.status_code, error.headers)


def _no_database(_request: Request, _error: DatabaseError) -> JSONResponse:
    return JSONResponse({"detail": _words("board.wrong_database")}, 503)
