"""The part of the API by which a 数字城管 or 12345 platform sends cases in and asks how they stand;
described at ``openapi.json`` and in the handbook.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from fastapi import FastAPI
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from dashboard.web.site_of_request import home
from data.geo import to_wgs84
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.permissions import Actor
from ops.base.errors import Conflict, Invalid, NotFound
from ops.base.naming import station_name
from ops.district.services import ServiceSettings
from ops.field.calls.incidents import IncidentSettings
from ops.field.cases.kinds import kind_of
from ops.field.cases.standing import CaseStanding
from ops.field.cases.street_cases import CaseReport, GridSettings, open_case, standing
from ops.field.photos import MOST_BYTES, kept
from ops.field.reports import check_text
from ops.notifications.case_answers import answer_body

MOST_BASE64 = MOST_BYTES * 4 // 3 * 79 // 76 + 100
"""A picture in lines of 76 signs, with what begins an address that holds it."""
DATA_ADDRESS = re.compile(r"data:image/[\w.+-]+;base64,", re.IGNORECASE)


EARLIEST, LATEST = 2000, 2100
Exercise = Annotated[
    bool, Field(description="whether it is told for a drill alone; a drill takes nothing else")
]


def must_fit(operation: Operation, exercise: bool) -> None:
    """What is real makes real work and is answered; what is told for a drill does neither. So a
    drill takes nothing real, which nobody would go to, and real operation no exercise.

    Raises
    ------
    Conflict
        It is told to the other one: whoever sends it hears so at once.
    """
    if operation.is_drill and not exercise:
        raise Conflict("api.in_drill")
    if exercise and not operation.is_drill:
        raise Conflict("api.no_drill")


def of_our_time(at: datetime) -> datetime:
    """A time that can be counted with; no platform reports what was before it."""
    if not EARLIEST <= at.year <= LATEST:
        raise PydanticCustomError("datetime_year", "not a time of ours")
    return at


class NewCase(BaseModel):
    """A case as the platform tells it: ``number`` is the platform's own, told twice it is one case.

    ``code`` is P (部件) or E (事件) and four digits of GB/T 30428.2, or a kind of ours. The place
    is in ``crs``: ``wgs84``, ``gcj02`` (AMap, Tencent) or ``bd09`` (Baidu).
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    number: Annotated[str, Field(coerce_numbers_to_str=True, min_length=1, max_length=100)]
    code: str = Field(min_length=1, max_length=40)
    reported_at: Annotated[AwareDatetime, AfterValidator(of_our_time)]
    due_at: Annotated[AwareDatetime, AfterValidator(of_our_time)] | None = None
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    crs: Literal["wgs84", "gcj02", "bd09"] = "wgs84"
    text: str = Field("", max_length=500)
    photo_jpeg: str | None = Field(
        None, max_length=MOST_BASE64, description="base64, as a data: address too"
    )
    exercise: Exercise = False


class KeptCase(BaseModel):
    """How a case stands; times are those of the operation. ``text`` and ``photo_jpeg`` (base64)
    are the answer, once it is closed.
    """

    number: str | None
    case: int
    kind: str
    level: str
    owner: str
    due_at: datetime
    state: str
    closed_at: datetime | None
    text: str
    photo_jpeg: str | None


class CaseDoor:
    """What the calls about cases share.

    Parameters
    ----------
    settings
        The services switched on, the grid's settings, and those by which places are found.
    """

    def __init__(
        self,
        store: Callable[[], Store],
        clock: Callable[[], datetime],
        settings: Callable[[], tuple[ServiceSettings, GridSettings, IncidentSettings]],
    ):
        self._store, self._clock, self._settings = store, clock, settings

    def take(self, actor: Actor, operation: Operation, new: NewCase) -> KeptCase:
        """Keep a case; sent again, it is answered as it stands."""
        services, grid, incident = self._settings()
        _must_run(services)
        must_fit(operation, new.exercise)
        store, now = self._store(), operation.now(self._clock())
        known = self._find(actor, operation, new.number)
        if known is None:
            told, whose = self._told(actor, new, grid), f"{operation.id} {actor.name} {new.number}"
            with kept(_picture(new), home() / "photos", store, self._clock(), whose) as photo:
                told = replace(told, photo=photo)
                case, _ = open_case(store, operation, actor, told, now, grid, incident)
            known = standing(store, operation, case.id or 0)
        return _shown(known, store)

    def look(self, actor: Actor, operation: Operation, number: str) -> KeptCase:
        """How a case of this platform stands."""
        _must_run(self._settings()[0])
        found = self._find(actor, operation, number)
        if found is None:
            raise NotFound("case.not_found", number=number)
        return _shown(found, self._store())

    def _find(self, actor: Actor, operation: Operation, number: str) -> CaseStanding | None:
        check_text(number)
        found = self._store().street_cases.named(operation.id, actor.name, number.strip())
        return standing(self._store(), operation, found[0].id or 0) if found else None

    def _told(self, actor: Actor, new: NewCase, grid: GridSettings) -> CaseReport:
        return CaseReport(
            kind=kind_of(new.code, grid.codes),
            by=actor.name,
            source=actor.name,
            reported_at=new.reported_at,
            position=to_wgs84((new.lon, new.lat), new.crs),
            text=new.text,
            external_id=new.number,
            due_at=new.due_at,
        )


def _picture(new: NewCase) -> bytes | None:
    """The picture that came with it; ``None``: none did."""
    try:
        told = "".join(DATA_ADDRESS.sub("", new.photo_jpeg or "", count=1).split())
        return base64.b64decode(told, validate=True) or None
    except (binascii.Error, ValueError):
        raise Invalid("field.photo_kind") from None


def _must_run(services: ServiceSettings) -> None:
    if "grid" not in services.running:
        raise NotFound("case.switched_off")


def _shown(one: CaseStanding, store: Store) -> KeptCase:
    answer = answer_body(one, home() / "photos", store)
    return KeptCase(
        number=one.case.external_id,
        case=one.case.id or 0,
        kind=one.case.kind,
        level=one.level,
        owner=station_name(one.owner, store.city()),
        due_at=one.due_at,
        state=str(answer["state"]),
        closed_at=one.closed.at if one.closed else None,
        text=str(answer["text"]),
        photo_jpeg=answer["photo_jpeg"],  # type: ignore[arg-type]
    )


def add_case_routes(
    api: FastAPI,
    door: CaseDoor,
    actor: object,
    operation: Callable[[], Operation],
) -> None:
    """What a platform can ask for about cases; ``actor`` is how a call is admitted."""
    Who = Annotated[Actor, actor]

    @api.post("/cases", summary="Send a case in; sent again, it is answered as it stands")
    def take(who: Who, new: NewCase) -> KeptCase:
        return door.take(who, operation(), new)

    @api.get("/cases/{number:path}", summary="How a case of this platform stands, with its answer")
    def look(who: Who, number: str) -> KeptCase:
        return door.look(who, operation(), number)
