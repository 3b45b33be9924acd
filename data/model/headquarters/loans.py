"""What a district could lend and what it lacks, and a unit lent by one district to another for some
hours (调剂). Plain values; the standard library only.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from data.model.city import Position
from data.model.message import Message
from data.model.plan import JobKind, UnitKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SpareUnit:
    """A crew or machine that its district's plan leaves idle, beyond what stays as its reserve.

    Attributes
    ----------
    resource_id
        Its id in its district's tables.
    name
        As people call it there; ``leader`` leads it, or drives it.
    station, phone, position
        Where it stands, and how that is reached.
    machine_kind, capacity
        Of a machine; a crew has ``size`` people and ``skills``.
    profile
        What it goes by, where its district's tables say that.
    from_at, to_at
        Its idle time within its shift.
    break_minutes, break_from, break_to
        The break of that shift, in its district's local time.
    """

    resource_id: str
    kind: UnitKind
    name: str
    leader: str
    station: str
    phone: str | None = None
    position: Position
    size: int = 1
    skills: tuple[str, ...] = ()
    machine_kind: str | None = None
    capacity: float | None = None
    profile: str | None = None
    from_at: datetime
    to_at: datetime
    break_minutes: int = 0
    break_from: time | None = None
    break_to: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """Work that a district's plan leaves out and that one more unit could do.

    Attributes
    ----------
    job_id
        Its name in the district's plan.
    station_id, station, chief, phone
        Whose it is, and who leads there.
    place, position
        The road, and where on it.
    machine_kind
        Of the machine it takes; ``None``: a crew of ``people`` with ``skills``.
    from_at, to_at
        Between when it is of use.
    minutes
        What it takes; of a post, which is manned until ``to_at``, the least that is of use.
    worth
        Weighted blocked-inlet-hours; of a post, if it is manned from ``from_at`` on.
    """

    job_id: str
    kind: JobKind
    station_id: str
    station: str
    chief: str
    phone: str | None = None
    place: str
    position: Position
    people: int = 1
    skills: tuple[str, ...] = ()
    machine_kind: str | None = None
    from_at: datetime
    to_at: datetime
    minutes: int
    worth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """A unit that one district lends to another.

    Attributes
    ----------
    lender_id, lender, borrower_id, borrower
        The two districts, by id and name.
    station_id, station, chief, phone
        Where it reports in the borrower's district, and who leads it there.
    from_at, to_at
        From leaving its own station until it is back.
    way_minutes
        One way.
    worth, cost
        Of what it could do there, and of the way and the hours; weighted blocked-inlet-hours.
    drill
        Whether both districts are in a drill.
    jobs
        The borrower's work that it was proposed for, by name.
    left_out
        What the plans of lender and borrower left out when it was proposed, in weighted
        blocked-inlet-hours.
    """

    unit: SpareUnit
    lender_id: str
    lender: str
    borrower_id: str
    borrower: str
    station_id: str
    station: str
    chief: str
    phone: str | None = None
    from_at: datetime
    to_at: datetime
    way_minutes: int
    worth: float
    cost: float
    drill: bool = False
    jobs: tuple[str, ...] = ()
    left_out: tuple[float, float] = (0.0, 0.0)

    @property
    def gain(self) -> float:
        """What it is worth beyond what it costs."""
        return self.worth - self.cost

    @property
    def way(self) -> timedelta:
        """How long one way takes."""
        return timedelta(minutes=self.way_minutes)

    @property
    def at_work(self) -> tuple[datetime, datetime]:
        """When it is in the borrower's district."""
        return self.from_at + self.way, self.to_at - self.way

    @property
    def told(self) -> Message:
        """Who is lent to whom, from when to when, and where it reports."""
        return Message(
            "loan.words",
            {
                "unit": self.unit.name,
                "lender": self.lender,
                "borrower": self.borrower,
                "station": self.station,
                "chief": f"{self.chief} {self.phone or ''}".strip(),
                "start": self.from_at,
                "end": self.to_at,
                "way": self.way_minutes,
            },
        )
