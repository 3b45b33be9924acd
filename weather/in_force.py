"""Which alerts hold at an instant: a pure fold over all that was received.

The answer depends on what the messages say, not on the order, the delay or the repetition of their
coming: each pair of messages is judged by identifiers and by times of issue alone. What was lost
can't be known; then an alert stays in force until its own end, which is the safe side. No empty
answer and no failed poll ever ends an alert: only a message or its end of validity does.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache

from weather import message_codes
from weather.hazards import SIGNAL_AMOUNTS, same_hazard
from weather.model import Action, Alert, AlertStatus, Level

#: Clocks differ: a message that we hold may be dated some minutes ahead.
SKEW = timedelta(minutes=30)
#: One warning comes through several doors, each with a time of its own, so far apart at most.
#: Assumption.
SAME_WITHIN = timedelta(minutes=15)
#: 气象台 and 气象局 are one body; so is a name with and without the province and the city in front.
_BODY = re.compile("气象(?:台|局|站|服务中心)$")
_IN_FRONT = re.compile(
    "(?:.*[省市州盟区县旗]|吉林|辽宁|黑龙江|内蒙古|河北|山西|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南|"
    "四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆)"
)
#: 市气象台, 本县气象局: the body of a place that it takes for granted.
_OWN = re.compile("[本我]?(?P<name>[省市县区旗州].+)")
_AMOUNT = ("forecast_mm", "forecast_mm_max", "forecast_hours", "window_hours", "hourly_mm")
_EVERYTHING = re.compile("全部|所有|各类|各种|一切")
#: Codes of the whole country.
NATION = ("100000", "000000")
_ACTUAL = frozenset({AlertStatus.ACTUAL})


_RAINSTORM = {level: hours for level, (hours, _) in SIGNAL_AMOUNTS.items()}


@dataclass(frozen=True, slots=True)
class Validity:
    """How long an alert holds that doesn't say so itself.

    Attributes
    ----------
    by_type
        Hours by hazard, and by level within it.
    other_hours
        Hours for every other hazard. Assumption: China's national system sets ``expires`` 24 h
        after the effect.
    shortest_hours
        An alert holds at least so long, whatever it says: "未来0.5小时" is often prolonged a little
        late. Assumption.
    longest_hours
        No alert without an end of its own holds longer, so that a lost lifting is forgotten.
        Assumption.

    Notes
    -----
    ``by_type`` repeats the periods of the signals' criteria in the annex of CMA Order 16 (2007):
    rainstorm 12, 6, 3, 3 h; lightning 6, 2, 2 h; gale 24, 12, 6, 6 h; cold wave 48, 24, 24, 24 h;
    snowstorm 12, 12, 6, 6 h; heat 3 days for yellow. Thunderstorm with gale follows lightning, the
    others are assumptions. Provinces may set their own.
    """

    by_type: dict[str, dict[Level, float]] = field(
        default_factory=lambda: {
            "暴雨": _RAINSTORM,
            "强降雨": _RAINSTORM,
            "雷电": _hours(6, 6, 2, 2),
            "大风": _hours(24, 12, 6, 6),
            "雷雨大风": _hours(6, 6, 2, 2),
            "寒潮": _hours(48, 24, 24, 24),
            "暴雪": _hours(12, 12, 6, 6),
            "冰雹": _hours(6, 6, 6, 2),
            "强对流": _hours(6, 6, 6, 6),
            "高温": _hours(24, 72, 24, 24),
        }
    )
    other_hours: float = 24.0
    shortest_hours: float = 1.0
    longest_hours: float = 240.0

    def __post_init__(self) -> None:
        every = [hours for levels in self.by_type.values() for hours in levels.values()]
        if not 0 < self.shortest_hours <= min([*every, self.other_hours]):
            raise ValueError("Validity.shortest_hours must lie above 0 and below every other")
        if not max([*every, self.other_hours]) <= self.longest_hours:
            raise ValueError("Validity.longest_hours must not lie below any other")

    def hours(self, alert: Alert) -> float:
        """Hours that the alert holds from its onset: what it says, else the default of its type.

        The hour of a rate (小时雨强30毫米) says nothing of how long it rains.
        """
        hours = alert.window_hours if alert.window_hours is not None else alert.forecast_hours
        if hours is None or is_rate(alert):
            hours = max(hours or 0.0, self._usual_hours(alert))
        return min(max(hours, self.shortest_hours), self.longest_hours)

    def _usual_hours(self, alert: Alert) -> float:
        by_level: dict[Level, float] = next(
            (hours for name, hours in self.by_type.items() if same_hazard(name, alert.type)), {}
        )
        return (
            self.other_hours if alert.level is None else by_level.get(alert.level, self.other_hours)
        )


def is_rate(alert: Alert) -> bool:
    """Whether the hours are those of a rate, and no window is said."""
    rate, mm, hours = alert.hourly_mm, alert.forecast_mm, alert.forecast_hours
    if alert.window_hours is not None or rate is None or mm is None or hours is None:
        return False
    return math.isclose(mm, rate * hours)


def _hours(blue: float, yellow: float, orange: float, red: float) -> dict[Level, float]:
    return {Level.BLUE: blue, Level.YELLOW: yellow, Level.ORANGE: orange, Level.RED: red}


DEFAULT_VALIDITY = Validity()


def begins_at(alert: Alert) -> datetime:
    """When the alert was said: its issue, or its receipt if the clocks differ or no time is given.

    Raises
    ------
    ValueError
        It has neither.
    """
    if alert.issued_at is None:
        if alert.received_at is None:
            raise ValueError(f"alert {alert.provider_id} has no time of issue and none of receipt")
        return alert.received_at
    if (
        alert.received_at is not None
        and alert.received_at < alert.issued_at <= alert.received_at + SKEW
    ):
        return alert.received_at
    return alert.issued_at


def ends_at(alert: Alert, validity: Validity = DEFAULT_VALIDITY) -> datetime:
    """When the alert is over by itself: as it says, else by its forecast hours, else by the default
    of its type.

    A cancel is over at once. An end that is not after the beginning is none.
    """
    start = begins_at(alert)
    if alert.action is Action.CANCEL:
        return start
    onset = max(start, alert.onset_at or start)
    if onset - start > timedelta(hours=validity.longest_hours):  # no onset lies so far ahead
        onset = start
    if alert.expires_at is not None and alert.expires_at > onset:
        return alert.expires_at
    return onset + timedelta(hours=validity.hours(alert))


def is_over(alert: Alert, at: datetime, validity: Validity = DEFAULT_VALIDITY) -> bool:
    """Whether the alert's time has passed at an instant, without regard to other messages."""
    return at >= ends_at(alert, validity)


def in_force(
    alerts: Iterable[Alert],
    at: datetime,
    *,
    validity: Validity = DEFAULT_VALIDITY,
    statuses: frozenset[AlertStatus] = _ACTUAL,
) -> tuple[Alert, ...]:
    """The alerts that hold at an instant.

    Parameters
    ----------
    alerts
        All messages ever received, in any order, with any repetition.
    at
        Aware instant. Messages issued later do not count yet.
    validity
        How long an alert holds that doesn't say so.
    statuses
        Which messages count. An exercise counts in a drill only, a test never.

    Returns
    -------
    tuple of Alert
        The gravest first, then by hazard and issuer. One warning from several sources is one alert:
        the one that says most, completed by what only the others say.

    Notes
    -----
    A message ends another if it refers to its identifier, or if it is of the same issuer and
    hazard, for all of its area, and later. A cancel that names a message, a time or a colour ends
    only that; one that names nothing ends all of its issuer's kind; one for a part of the area ends
    it there, and the rest stands with a doubt. What is milder ends what is
    graver only if it says that it lowers or changes it; else the graver stands, with a doubt. Of
    two messages of one minute, a cancel ends those of its own level (解除橙色，发布黄色 is one
    breath) and the graver level stays, unless the other says that it lowers it.
    """
    known = said_by(alerts, at, statuses)
    bodies = _bodies(known)
    unended = [
        part
        for alert in known
        if alert.action is not Action.CANCEL
        and not any(_ends(later, alert, known, bodies) for later in known)
        and (part := alert if is_over(alert, at, validity) else _left_of(alert, known, bodies))
    ]
    warnings = (_merged(copies, validity) for copies in _joined(unended))
    standing = [
        _with_doubt(_with_amount(alert, known, at, validity), known)
        for alert in warnings
        if not is_over(alert, at, validity)
    ]
    return tuple(sorted(standing, key=_order))


def _left_of(alert: Alert, known: Sequence[Alert], bodies: set[str]) -> Alert | None:
    """The warning without the places for which another message ended it; ``None``: all of them."""
    if len(alert.areas) < 2:
        return alert
    left = tuple(
        area
        for area in alert.areas
        if not any(_ends(later, replace(alert, areas=(area,)), known, bodies) for later in known)
    )
    if not left:
        return None
    if left == alert.areas:
        return alert
    doubts = (*alert.doubts, "doubt.partly_ended")
    return replace(
        alert,
        areas=left,
        doubts=doubts,
        confidence=min(alert.confidence, message_codes.confidence(("doubt.partly_ended",))),
        stored_digest=alert.digest,
    )


def said_by(
    alerts: Iterable[Alert], at: datetime, statuses: frozenset[AlertStatus] = _ACTUAL
) -> list[Alert]:
    """What was said by an instant and counts, each identifier once."""
    return _once(
        alert
        for alert in alerts
        if alert.status in statuses and _placed(alert) and begins_at(alert) <= at
    )


def ended_by(alert: Alert, known: Sequence[Alert]) -> Alert | None:
    """The message that ends another, of those that ``said_by`` gives, the last of them where each
    ends it for a part of its area; ``None`` if it is not ended.
    """
    bodies = _bodies(known)
    whole = next((later for later in known if _ends(later, alert, known, bodies)), None)
    if whole or len(alert.areas) < 2:
        return whole
    parts = [
        next((later for later in known if _ends(later, part, known, bodies)), None)
        for part in (replace(alert, areas=(area,)) for area in alert.areas)
    ]
    enders = [later for later in parts if later]
    return max(enders, key=begins_at) if len(enders) == len(parts) else None


def _bodies(known: Sequence[Alert]) -> set[str]:
    return {name for alert in known if alert.action is not Action.CANCEL for name in alert.issuers}


def _placed(alert: Alert) -> bool:
    return alert.issued_at is not None or alert.received_at is not None


def _once(alerts: Iterable[Alert]) -> list[Alert]:
    """Each identifier once: the first receipt of its last content."""
    chosen: dict[tuple[str, str], Alert] = {}
    for alert in alerts:
        name = (alert.provider, alert.provider_id)
        if name not in chosen or _precedence(alert) < _precedence(chosen[name]):
            chosen[name] = alert
    return [chosen[name] for name in sorted(chosen)]


def _precedence(alert: Alert) -> tuple:
    issued = alert.issued_at.timestamp() if alert.issued_at else 0.0
    received = alert.received_at.timestamp() if alert.received_at else 0.0
    return (-issued, alert.digest, received, repr(alert))


def _ends(later: Alert, alert: Alert, known: Sequence[Alert], bodies: set[str]) -> bool:
    """Whether one message ends another."""
    if later is alert or _siblings(later, alert) or same_warning(later, alert):
        return False
    if _refers(later, alert):
        return not _refers(alert, later) or begins_at(later) > begins_at(alert)
    if _said_at(later) < _said_at(alert):
        return False
    if later.action is Action.CANCEL and later.supersedes:
        named = (other for other in known if _refers(later, other))
        return any(
            other.action is not Action.CANCEL and same_warning(other, alert) for other in named
        )
    if not _same_issuer(later, alert) or _is_ambiguous(later, alert, bodies):
        return False
    if not _covers(later, alert):
        return False
    if later.action is Action.CANCEL:
        return _lifts(later, alert)
    return _same_hazard(later, alert) and _replaces(later, alert)


def _lifts(cancel: Alert, alert: Alert) -> bool:
    """Whether what a cancel of the same body names is this: a time, a colour, its hazard, or
    everything.
    """
    if not cancel.type:
        return bool(_EVERYTHING.search(cancel.text)) and _instant(cancel) > _instant(alert)
    if not _same_hazard(cancel, alert):
        return False
    colour = _colour(cancel)
    if cancel.refers_to_issued_at is not None:
        return _is_of(alert, cancel.refers_to_issued_at, colour)
    if colour:
        return colour == _colour(alert)
    return _instant(cancel) > _instant(alert)


def _is_of(alert: Alert, issued_at: datetime, colour: str | None) -> bool:
    """Whether it is the warning of that time, or goes on with it; another door's may be some
    minutes off.
    """
    if colour and colour != _colour(alert):
        return False
    if alert.refers_to_issued_at == issued_at and alert.action is Action.CONTINUE:
        return True
    apart = abs(_said_at(alert) - issued_at.replace(second=0, microsecond=0))
    return apart <= (SAME_WITHIN if colour else timedelta(0))


def _replaces(later: Alert, alert: Alert) -> bool:
    """Whether a warning takes the place of an earlier one of its stream."""
    if _said_at(later) == _said_at(alert):
        return _prevails(later) > _prevails(alert)
    return later.rank >= alert.rank or _lowers(later, alert)


def _lowers(later: Alert, alert: Alert) -> bool:
    """Whether a milder warning says that it changes this graver one."""
    if later.refers_to_issued_at is not None and _is_of(alert, later.refers_to_issued_at, None):
        return True
    former = later.previous_level
    return later.action in (Action.DOWNGRADE, Action.UPDATE) and (
        former is None or former.rank >= alert.rank
    )


def _colour(alert: Alert) -> str | None:
    """The colour that it names; white, which is no level of ours, by its name."""
    if alert.level:
        return str(alert.level)
    return "white" if is_white(alert) else None


def is_white(alert: Alert) -> bool:
    """Whether it is a white signal, which is no level of ours."""
    return alert.level is None and "白色" in (alert.headline or "")


def _instant(alert: Alert) -> datetime:
    return alert.issued_at or begins_at(alert)


def _said_at(alert: Alert) -> datetime:
    """To the minute, as notices say it."""
    return (alert.issued_at or begins_at(alert)).replace(second=0, microsecond=0)


def _prevails(alert: Alert) -> tuple:
    """Of two messages of one minute the greater stays."""
    lowers = alert.previous_level is not None and alert.action in (Action.DOWNGRADE, Action.UPDATE)
    return (
        lowers,
        alert.rank,
        list(Action).index(alert.action),
        alert.provider_id,
    )


def _siblings(first: Alert, second: Alert) -> bool:
    """Two events of one message ("id" and "id,2") stand side by side."""
    return first.provider == second.provider and _base(first.provider_id) == _base(
        second.provider_id
    )


def _base(provider_id: str) -> str:
    return provider_id.split(",")[0]


def _refers(later: Alert, alert: Alert) -> bool:
    """By identifier, whatever time the reference gives; the national one holds across sources."""
    if not later.supersedes:
        return False
    mine = _base(alert.provider_id) if later.provider == alert.provider else None
    return any(name in (mine, alert.national_id) for name in map(_base, later.supersedes) if name)


def _same_stream(first: Alert, second: Alert) -> bool:
    return _same_hazard(first, second) and _same_issuer(first, second) and _overlap(first, second)


def _same_hazard(first: Alert, second: Alert) -> bool:
    return bool(first.type) and same_hazard(first.type, second.type)


def _same_issuer(first: Alert, second: Alert) -> bool:
    """A body in common, however its name is written."""
    if not first.issuers or not second.issuers:
        return first.issuers == second.issuers and first.provider == second.provider
    return any(_same_body(a, b) for a in first.issuers for b in second.issuers)


@lru_cache(maxsize=10_000)
def _same_body(first: str, second: str) -> bool:
    """气象台 or 气象局, with or without what it lies in (内蒙古通辽市开鲁县气象台 is 开鲁县气象台),
    or for short (市气象台).
    """
    long, short = sorted(
        (_BODY.sub("气象", first), _BODY.sub("气象", second)), key=len, reverse=True
    )
    if long == short or re.sub("[市县区旗](?=气象$)", "", long) == short:
        return True
    own = _OWN.fullmatch(short)
    if own and long.endswith(own["name"]):
        return True
    return long.endswith(short) and bool(_IN_FRONT.fullmatch(long[: -len(short)]))


def _is_ambiguous(later: Alert, alert: Alert, bodies: set[str]) -> bool:
    """Whether a body is signed so shortly (市气象台) that it may be this one's or another's."""
    if set(later.issuers) & set(alert.issuers):
        return False
    short = [name for name in (*later.issuers, *alert.issuers) if _OWN.fullmatch(name)]
    meant = {name for name in bodies for each in short if name != each and _same_body(name, each)}
    return any(not _same_body(a, b) for a in meant for b in meant)


def _places(alert: Alert) -> tuple[str, ...]:
    """The places it names; its issuer's own area is not first, for that is meant where none is
    named.
    """
    own = [_BODY.sub("", name) for name in alert.issuers]
    named = (_within_own(area, own) for area in alert.areas)
    return tuple(area for area in named if area)


def _within_own(area: str, own: list[str]) -> str:
    """A place without the issuer's own in front (通化市东昌区 of 吉林省通化市气象台); empty if it
    is that.
    """
    for place in own:
        if place and area.endswith(place):
            return ""
        tails = (place[start:] for start in range(len(place) - 1))
        area = next((area[len(tail) :] for tail in tails if area.startswith(tail)), area)
    return area


def _covers(later: Alert, alert: Alert) -> bool:
    """Whether a message is for all of the area of another; first that names none is for all of its
    issuer's.
    """
    places, others = _places(later), _places(alert)
    if places:
        return bool(others) and all(
            any(_lies_in(other, place) for place in places) for other in others
        )
    if later.adcodes and alert.adcodes:
        return all(any(within(a, b) for b in later.adcodes) for a in alert.adcodes)
    return True


def _lies_in(inner: str, outer: str) -> bool:
    """龙山区寿山镇 and 辽源市龙山区 lie in 龙山区, and 龙山区 is 辽源市龙山区."""
    return inner.startswith(outer) or inner.endswith(outer) or outer.endswith(inner)


def _overlap(first: Alert, second: Alert) -> bool:
    """Whether the areas may meet; one that names none speaks for all of its issuer's."""
    places, others = _places(first), _places(second)
    if places and others:
        return any(_lies_in(a, b) or _lies_in(b, a) for a in places for b in others)
    if first.adcodes and second.adcodes:
        return any(within(a, b) or within(b, a) for a in first.adcodes for b in second.adcodes)
    return True


def within(inner: str, outer: str) -> bool:
    """GB/T 2260 counts in pairs of digits: 220402 lies in 220400 and in 220000."""
    while outer.endswith("00"):
        outer = outer[:-2]
    return inner.startswith(outer)


def concerns(code: str, ours: str) -> bool:
    """Whether an area of this code lies in ours, or ours in it, as in its city, its province or the
    nation; ``ours`` may be the first digits of a code.
    """
    return code in NATION or within(code, ours) or within(ours, code)


def same_warning(first: Alert, second: Alert) -> bool:
    """One warning through two sources: by national identifier, else by issuer, hazard, level,
    deed, and time within ``SAME_WITHIN``.
    """
    if first.provider == second.provider:
        return False
    if first.national_id and second.national_id:
        return first.national_id == second.national_id
    referred = {first.refers_to_issued_at, second.refers_to_issued_at} - {None}
    return (
        _same_stream(first, second)
        and _colour(first) == _colour(second)
        and abs(_said_at(first) - _said_at(second)) <= SAME_WITHIN
        and (first.action is Action.CANCEL) == (second.action is Action.CANCEL)
        and not (first.action is Action.CANCEL and len(referred) > 1)
    )


def _joined(alerts: list[Alert]) -> list[list[Alert]]:
    """The copies of each warning, the one that says most first."""
    groups: list[list[Alert]] = []
    for alert in sorted(alerts, key=_saying, reverse=True):
        group = next((copies for copies in groups if same_warning(alert, copies[0])), None)
        if group is None:
            groups.append([alert])
        else:
            group.append(alert)
    return groups


def _merged(copies: list[Alert], validity: Validity) -> Alert:
    """One alert of all copies: the greatest amount, the last end, and what only one of them
    says.
    """
    base = copies[0]
    if len(copies) == 1:
        return base
    wettest = max(copies, key=lambda copy: -1.0 if copy.forecast_mm is None else copy.forecast_mm)
    if wettest.forecast_mm is None:
        wettest = next((copy for copy in copies if copy.forecast_hours is not None), base)
    fuller: dict = {}
    if wettest.forecast_mm != base.forecast_mm or base.forecast_hours is None:
        fuller = {name: getattr(wettest, name) for name in _AMOUNT}
    fuller["hourly_mm"] = max((copy.hourly_mm for copy in copies if copy.hourly_mm), default=None)
    for name in ("observed_mm", "observed_hours", "onset_at", "instruction", "national_id"):
        fuller[name] = getattr(base, name) or _first(copies, name)
    for name in ("areas", "adcodes", "polygons", "circles"):
        fuller[name] = getattr(base, name) or _first(copies, name) or ()
    merged = replace(base, **fuller)
    last = max(ends_at(copy, validity) for copy in copies)
    stated = max((copy.expires_at for copy in copies if copy.expires_at), default=None)
    if last == stated or last - ends_at(merged, validity) > SAME_WITHIN:
        merged = replace(merged, expires_at=last)
    return merged if merged == base else replace(merged, stored_digest=base.digest)


def _first(copies: list[Alert], name: str) -> object:
    return next((value for copy in copies if (value := getattr(copy, name))), None)


def _with_amount(alert: Alert, known: Sequence[Alert], at: datetime, validity: Validity) -> Alert:
    """A warning that goes on (继续生效) and names no amount has that of the message before it."""
    if alert.action is not Action.CONTINUE or alert.forecast_mm is not None:
        return alert
    former = [
        each
        for each in known
        if each.action is not Action.CANCEL
        and each.forecast_mm is not None
        and each.level == alert.level
        and _same_stream(each, alert)
        and _said_at(each) < _said_at(alert)
        and not is_over(each, at, validity)
    ]
    if not former:
        return alert
    last = max(former, key=lambda each: (_said_at(each), each.forecast_mm, each.provider_id))
    ends = max(ends_at(alert, validity), ends_at(last, validity))
    fuller = {name: getattr(last, name) for name in _AMOUNT} | {"expires_at": ends}
    return replace(alert, **fuller, stored_digest=alert.digest)


def _with_doubt(alert: Alert, known: Sequence[Alert]) -> Alert:
    """A graver warning that a milder one of its stream followed without a word stands with a
    doubt.
    """
    code = "doubt.milder_since"
    if code in alert.doubts or not any(
        each.action is not Action.CANCEL
        and _said_at(each) > _said_at(alert)
        and each.rank < alert.rank
        and _same_stream(each, alert)
        and _covers(each, alert)
        for each in known
    ):
        return alert
    doubts = (*alert.doubts, code)
    left = min(alert.confidence, message_codes.confidence((code,)))
    return replace(alert, doubts=doubts, confidence=left)


def _saying(alert: Alert) -> tuple:
    facts = (
        alert.forecast_mm,
        alert.forecast_hours,
        alert.expires_at,
        alert.national_id,
        alert.instruction,
    )
    return (
        sum(value is not None for value in facts) + bool(alert.adcodes),
        bool(alert.polygons or alert.circles),
        alert.confidence,
        alert.provider,
        alert.provider_id,
    )


def _order(alert: Alert) -> tuple:
    return (
        -alert.rank,
        alert.type,
        alert.issuers,
        begins_at(alert),
        alert.provider,
        alert.provider_id,
    )
