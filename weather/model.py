"""The weather in our terms: what every provider's payload is turned into.

Times are aware UTC; rain is millimetres per interval; positions are WGS-84 (longitude, latitude).
``None`` means "not said", which is neither zero nor empty.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

Fact = str | int | float | datetime
"""What a sentence may fill in."""


def _line(code: str, facts: Mapping[str, Fact]) -> str:
    """For logs: nothing reads it back."""
    filled_in = ", ".join(f"{name}={value}" for name, value in facts.items())
    return f"{code} ({filled_in})" if filled_in else code


class WeatherError(Exception):
    """What the world of weather can do to us.

    Parameters
    ----------
    code
        Key of the sentence in the catalogue of texts, such as ``"notice.no_time"``.
    facts
        What the sentence fills in. Never a key, a token or a password.
    retry_after_s
        Seconds for which the source asks to be left alone, where it asks (0: it names none).
    """

    def __init__(self, code: str, *, retry_after_s: int | None = None, **facts: Fact):
        self.code = code
        self.facts = facts
        self.retry_after_s = retry_after_s
        super().__init__(_line(code, facts))


class SourceDown(WeatherError):
    """The source did not answer, or answered that it can't."""


class BadPayload(WeatherError):
    """The source answered, and the answer can't be understood."""


class Level(StrEnum):
    """Colour of a Chinese warning signal, mildest first."""

    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"

    @property
    def rank(self) -> int:
        """1 (blue) to 4 (red)."""
        return list(Level).index(self) + 1


class Severity(StrEnum):
    """CAP 1.2 severity."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Action(StrEnum):
    """What a message does to the warning it speaks of."""

    ISSUE = "issue"
    CONTINUE = "continue"
    UPDATE = "update"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    CANCEL = "cancel"


class AlertStatus(StrEnum):
    """Whether a message is meant."""

    ACTUAL = "actual"
    EXERCISE = "exercise"
    TEST = "test"


def _aware(owner: object) -> None:
    """Refuse naive datetimes: an hour of Beijing read as UTC is a storm missed."""
    for each in fields(owner):  # type: ignore[arg-type]
        value = getattr(owner, each.name)
        if isinstance(value, datetime) and value.utcoffset() is None:
            raise ValueError(f"{type(owner).__name__}.{each.name} has no time zone: {value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message about one warning, as one provider gave it.

    Attributes
    ----------
    provider, provider_id
        Who gave it, and its name there; together they are unique.
    national_id
        Identifier of the national warning system (12379), where given.
    issuers
        The bodies that sign it, such as ``("辽源市气象台",)``.
    type
        The hazard in Chinese: 暴雨, 雷电, 大风, 城市内涝 ...; the source's own word where no
        Chinese one is known; empty where the message names none (a CAP cancel that only refers).
    level
        Colour; ``None`` where the source gives none.
    action, previous_level, supersedes, refers_to_issued_at
        What it does, to which earlier message (``provider_id`` of it, or its time of issue).
    issued_at, effective_at, onset_at, expires_at, received_at
        Aware instants; ``received_at`` is our own clock's, ``None`` if a text is only looked at.
    forecast_hours, forecast_mm, forecast_mm_max, window_hours
        "``forecast_mm`` (to ``forecast_mm_max``) in ``forecast_hours``, some time within the next
        ``window_hours``".
    hourly_mm
        The least of the rain's intensity, in mm per hour (小时雨强30毫米). Where ``forecast_mm`` is
        that same rate, ``forecast_hours`` is no duration.
    observed_hours, observed_mm
        What has fallen already.
    areas, adcodes, polygons, circles
        Names as written; GB/T 2260 codes; rings of positions; (longitude, latitude, radius in km).
    confidence, doubts
        0 to 1, and the catalogue keys of what is uncertain.
    stored_digest
        The digest of the stored message, where other copies of it completed this one.
    """

    provider: str
    provider_id: str
    national_id: str | None = None
    issuers: tuple[str, ...]
    type: str
    level: Level | None
    severity: Severity = Severity.UNKNOWN
    action: Action
    previous_level: Level | None = None
    supersedes: tuple[str, ...] = ()
    refers_to_issued_at: datetime | None = None
    issued_at: datetime | None
    effective_at: datetime | None = None
    onset_at: datetime | None = None
    expires_at: datetime | None = None
    received_at: datetime | None
    forecast_hours: float | None = None
    forecast_mm: float | None = None
    forecast_mm_max: float | None = None
    window_hours: float | None = None
    hourly_mm: float | None = None
    observed_hours: float | None = None
    observed_mm: float | None = None
    areas: tuple[str, ...] = ()
    adcodes: tuple[str, ...] = ()
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    circles: tuple[tuple[float, float, float], ...] = ()
    headline: str | None = None
    text: str
    instruction: str | None = None
    status: AlertStatus = AlertStatus.ACTUAL
    confidence: float = 1.0
    doubts: tuple[str, ...] = ()
    stored_digest: str | None = None

    def __post_init__(self) -> None:
        _aware(self)
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"Alert.confidence must lie in 0 to 1, got {self.confidence}")

    @property
    def rank(self) -> int:
        """How grave it is: 1 (blue) to 4 (red), 0 without a colour."""
        return self.level.rank if self.level else 0

    @property
    def digest(self) -> str:
        """Name of what is said, whoever brought it and whenever: the same warning twice has one
        digest.

        What a lifting refers to is part of what it says: two of one second are two.
        """
        if self.stored_digest:
            return self.stored_digest
        lifts = self.action is Action.CANCEL and bool(self.supersedes)
        content = [
            self.type,
            self.level,
            self.action,
            self.issued_at,
            self.refers_to_issued_at,
            sorted(self.issuers),
            self.forecast_hours,
            self.forecast_mm,
            self.observed_hours,
            self.observed_mm,
            sorted(self.areas),
            self.status,
            *([self.expires_at] if self.expires_at else []),
            *([self.polygons, self.circles] if self.polygons or self.circles else []),
            *(["lifts", *sorted(self.supersedes)] if lifts else []),
        ]
        return digest_of(content)


class Readable(list[Alert]):
    """The alerts of an answer that could be read, and why each other entry was left out."""

    def __init__(self, alerts: Iterable[Alert] = (), rejected: Sequence[BadPayload] = ()):
        super().__init__(alerts)
        self.rejected = tuple(rejected)


@dataclass(frozen=True, slots=True, kw_only=True)
class RainStep:
    """Rain of one interval.

    ``mm`` falls between ``start`` and ``end``, whatever the source's own convention;
    ``probability`` is 0 to 1.
    """

    start: datetime
    end: datetime
    mm: float
    probability: float | None = None
    member: str | None = None

    def __post_init__(self) -> None:
        _aware(self)
        if self.end <= self.start:
            raise ValueError(f"RainStep ends at {self.end}, not after its start {self.start}")
        if not 0 <= self.mm < 2000:  # the wettest hour known is some 400 mm
            raise ValueError(f"RainStep.mm is no amount of rain: {self.mm}")
        if self.probability is not None and not 0 <= self.probability <= 1:
            raise ValueError(f"RainStep.probability must lie in 0 to 1, got {self.probability}")


#: Age at which a forecast that doesn't say otherwise is fresh no longer.
STALE = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class RainSeries:
    """A rain forecast: one run of one provider, steps in order of time.

    ``stale_at`` is when it is fresh no longer, as its feed was set up; ``STALE`` after it was
    fetched if nobody says. ``unread`` counts the values that could not be read and are gaps here.
    """

    provider: str
    run_at: datetime | None = None
    fetched_at: datetime
    steps: tuple[RainStep, ...]
    stale_at: datetime | None = None
    unread: int = 0

    def __post_init__(self) -> None:
        _aware(self)

    def is_stale(self, now: datetime) -> bool:
        """Whether it is too old to be trusted alone."""
        return now > (self.stale_at or self.fetched_at + STALE)

    @property
    def digest(self) -> str:
        """Name of what is forecast: the same steps fetched twice have one digest."""
        return digest_of(
            [
                self.provider,
                self.run_at,
                [(s.start, s.end, s.mm, s.probability, s.member) for s in self.steps],
            ]
        )


class Health(StrEnum):
    """State of a source. Quiet ("no warning") and down are different things."""

    OK = "ok"
    QUIET = "quiet"
    STALE = "stale"
    FAILED = "failed"
    OVER_QUOTA = "over_quota"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceError:
    """What went wrong at the last try: the ``WeatherError``, as a value that can be kept.

    Attributes
    ----------
    code, facts
        Key of the sentence in the catalogue of texts, and what it fills in.
    retry_after_s
        Seconds for which the source asks to be left alone, counted from the try.
    """

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    retry_after_s: int | None = None

    @classmethod
    def of(cls, error: WeatherError) -> "SourceError":
        """The value of an exception."""
        return cls(code=error.code, facts=error.facts, retry_after_s=error.retry_after_s)

    def __str__(self) -> str:
        return _line(self.code, self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How a source is: its state, its last try, its last good answer, and what went wrong."""

    provider: str
    state: Health
    tried_at: datetime
    good_at: datetime | None = None
    error: SourceError | None = None

    def __post_init__(self) -> None:
        _aware(self)


#: Years that weather is told of; a date outside is a slip or an attack, and its arithmetic may
# overflow.
YEARS = range(1970, 2200)


def digest_of(content: object) -> str:
    """24 hexadecimal digits that name a JSON-able value; instants count in UTC."""
    return hashlib.sha256(
        json.dumps(content, ensure_ascii=False, default=_plain).encode()
    ).hexdigest()[:24]


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no digest of a {type(value).__name__}")
