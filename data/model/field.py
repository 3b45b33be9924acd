"""What goes out to the stations, what comes back from them, and what the desk does by hand: plain
values.

The standard library only. Instants are aware UTC by the clock of the operation they belong to,
positions WGS-84 (longitude, latitude). ``by`` is whoever did it, as it is shown. An ``id`` is
``None`` until the database gives one.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from data.model.city import Position
from data.model.plan import JobKind

BLOCKED_INLET = "blocked_inlet"
INCIDENT_KINDS = (
    BLOCKED_INLET,
    "standing_water",
    "burst_pipe",
    "fallen_tree",
    "vehicle_in_water",
    "missing_cover",
    "other",
)
HELP = "help"
"""The source of an incident that is a crew's call for help."""


class EventKind(StrEnum):
    """What a station says, or the desk of it.

    Of a sheet as a whole (no job): accept, refuse, ask, hand over, help. Of one inlet of a job:
    ``OF_AN_INLET``.
    """

    ACCEPT = "accept"
    REFUSE = "refuse"
    ASK = "ask"
    HAND_OVER = "hand_over"  # a crew given to a named deputy
    DELAY = "delay"  # the crew comes, ``amounts["minutes"]`` later
    DEPART = "depart"
    ARRIVE = "arrive"
    CLEAR = "clear"
    VERIFY = "verify"
    REOPEN = "reopen"
    HELP = "help"
    ANSWER = "answer"
    INLET_CLEARED = "inlet_cleared"  # it was blocked or dirty, and is open now
    INLET_BLOCKED = "inlet_blocked"  # it is blocked, and this crew can't open it
    INLET_OPEN = "inlet_open"  # it was found open: nothing to do
    INLET_SKIPPED = "inlet_skipped"  # nobody could get at it: ``reason`` is one of SKIP_REASONS
    KIT_USED = "kit_used"  # so many of the items in ``amounts`` of the car ``unit_id``
    KIT_MISSING = "kit_missing"  # what a car should have had: in ``amounts``, else in ``reason``
    PHOTO = "photo"  # a picture alone: how it was before
    TAKE_BACK = "take_back"  # the tap that ``about`` names was a mistake
    ON_DUTY = "on_duty"  # a station that refused all is on duty all the same
    NOTE = "note"  # the desk has seen to what ``about`` names
    TOLD = "told"  # somebody of the station (``told_by``) was reached by telephone and told


BY_THE_DESK = frozenset(
    {
        EventKind.VERIFY,
        EventKind.REOPEN,
        EventKind.ANSWER,
        EventKind.ON_DUTY,
        EventKind.NOTE,
        EventKind.TOLD,
    }
)
"""What the desk says of a station's work or to it: no sign that the station has read anything."""


class ReportWay(StrEnum):
    """How a word from the field reached us."""

    TAP = "tap"  # from a page of ours, by whoever said it
    PHONE = "phone"  # told by telephone, written down by the desk
    RADIO = "radio"


OF_AN_INLET = (
    EventKind.INLET_CLEARED,
    EventKind.INLET_BLOCKED,
    EventKind.INLET_OPEN,
    EventKind.INLET_SKIPPED,
)
"""What is said of one inlet, in the order in which it is offered."""
OF_A_KIT = (EventKind.KIT_USED, EventKind.KIT_MISSING)
"""What is said of what a car has aboard."""
OF_A_JOB = (
    EventKind.DELAY,
    EventKind.DEPART,
    EventKind.ARRIVE,
    EventKind.CLEAR,
    EventKind.PHOTO,
    *OF_A_KIT,
    *OF_AN_INLET,
)
"""What is said of one job, never of a whole sheet."""
SKIP_REASONS = ("not_found", "welded", "car_on_it", "unsafe", "traffic")
"""Why an inlet was left as it is."""
LEFT_FOR_GOOD = frozenset({"not_found", "welded"})
"""Of these, what no crew can mend by coming again: a case for upkeep, or for the tables."""
DELAY_REASONS = ("traffic", "water", "busy", "machine", "people")
"""Why a crew comes later, to be tapped; whatever else there is can be written."""
LATER_BY = (15, 30, 60)
"""Minutes that it comes later, to be tapped (an assumption)."""
CAN_BE_TAKEN_BACK = frozenset({EventKind.ACCEPT, EventKind.REFUSE, *OF_A_JOB})
"""A wrong tap of these says nothing any more; a question or a call for help has been read."""
DEVICE_CLOCK_WITHIN = timedelta(hours=24)
"""A tap made without a network is kept so long; a device's clock further back, or ahead of ours, is
wrong.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldEvent:
    """One tap in the field, never changed: the state of a job is what its events add up to.

    Attributes
    ----------
    event_id
        Made by the device for this one tap; it is kept once, however often it is sent.
    job_id, unit_id
        ``None`` where the whole sheet is meant.
    device_at, server_at
        When it was tapped by the device's clock, when it reached us by ours.
    position
        Where the device was, if it told.
    amounts
        What was done, by its unit: ``{"silt_m3": 0.4, "inlets": 6}``.
    photo
        Name of the stored picture.
    inlet_id
        The inlet of the job that ``OF_AN_INLET`` speaks of.
    way, told_by
        How it reached us; who said it, where that is not ``by``, who wrote it down.
    about
        What a note of the desk has settled: the name of an event, or of another need. Of a tap that
        takes another back: that one's name.
    """

    id: int | None = None
    operation_id: int
    event_id: str
    version: int
    station_id: str
    kind: EventKind
    job_id: str | None = None
    unit_id: str | None = None
    device_at: datetime | None = None
    server_at: datetime
    by: str
    position: Position | None = None
    amounts: dict[str, float] = field(default_factory=dict)
    photo: str | None = None
    reason: str | None = None
    inlet_id: str | None = None
    way: ReportWay = ReportWay.TAP
    told_by: str | None = None
    about: str | None = None

    @property
    def is_own_word(self) -> bool:
        """Whether the station itself tapped it: what the desk says or writes down for it shows
        nothing of how the station reports.
        """
        return self.kind not in BY_THE_DESK and self.way is ReportWay.TAP

    @property
    def happened_at(self) -> datetime:
        """When it happened: by the device, which may have been without a network, unless its clock
        can't be right.
        """
        earliest = self.server_at - DEVICE_CLOCK_WITHIN
        is_right = self.device_at is not None and earliest <= self.device_at <= self.server_at
        return self.device_at if self.device_at and is_right else self.server_at


@dataclass(frozen=True, slots=True, kw_only=True)
class InletReport:
    """A tap that tells how inlets are: of work on them that is done, verified or opened anew, or of
    one inlet.

    ``job_kind`` and ``inlet_ids`` are those of the job as the version that was tapped has it.
    """

    event: FieldEvent
    job_kind: JobKind
    inlet_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTap:
    """A tap that tells whether work is done, with what work it was and on which road, as the
    version that was tapped has it.
    """

    event: FieldEvent
    job_kind: JobKind
    segment_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that happened and needs hands.

    Attributes
    ----------
    source
        ``desk``, ``crew``, ``help`` (a crew's call for help), ``csv``, or ``api:`` and the name of
        the platform.
    external_id
        The source's own number, kept once for each source; ``None`` where it has none.
    reported_at, received_at
        When it was reported, and when it reached us: both are kept.
    matter_id
        The first call about the same matter; ``None`` where this is the first.
    matter_by, matter_at
        Who split it off or joined it by hand, and when; ``None`` where the program sorted it.
    """

    id: int | None = None
    operation_id: int
    kind: str
    segment_id: str | None = None
    inlet_id: str | None = None
    position: Position | None = None
    depth_cm: float | None = None
    text: str = ""
    source: str
    external_id: str | None = None
    reported_at: datetime
    received_at: datetime
    by: str
    photo: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    matter_id: int | None = None
    matter_by: str | None = None
    matter_at: datetime | None = None

    @property
    def matter(self) -> int | None:
        """The number of the matter that it belongs to: that of the matter's first call."""
        return self.id if self.matter_id is None else self.matter_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A crew or a machine that can't be used from ``from_at`` on, until before ``to_at``; ``None``:
    until somebody says that it is back.
    """

    id: int | None = None
    operation_id: int
    resource_id: str
    from_at: datetime
    to_at: datetime | None = None
    by: str
    reason: str = ""
    ended_by: str | None = None

    def is_over(self, at: datetime) -> bool:
        """Whether it is back by then."""
        return self.to_at is not None and self.to_at <= at

    def is_in_force(self, at: datetime) -> bool:
        """Whether the crew or machine is out of action then."""
        return self.from_at <= at and not self.is_over(at)
