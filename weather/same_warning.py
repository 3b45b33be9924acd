"""One warning through several doors: which alerts are copies of one, and what they say together."""

from dataclasses import replace
from datetime import datetime, timedelta

from weather.hazards import same_hazard
from weather.jurisdiction import overlap, same_issuer
from weather.model import Action, Alert
from weather.validity import Validity, begins_at, ends_at

#: One warning comes through several doors, each with a time of its own, so far apart at most.
#: Assumption.
SAME_WITHIN = timedelta(minutes=15)

#: The fields that say how much, and in how long.
AMOUNT = ("forecast_mm", "forecast_mm_max", "forecast_hours", "window_hours", "hourly_mm")


def colour_of(alert: Alert) -> str | None:
    """The colour that it names; white, which is no level of ours, by its name."""
    if alert.level:
        return str(alert.level)
    return "white" if is_white(alert) else None


def is_white(alert: Alert) -> bool:
    """Whether it is a white signal, which is no level of ours."""
    return alert.level is None and "白色" in (alert.headline or "")


def said_at(alert: Alert) -> datetime:
    """To the minute, as notices say it."""
    return (alert.issued_at or begins_at(alert)).replace(second=0, microsecond=0)


def same_stream(first: Alert, second: Alert) -> bool:
    """Whether the later of two would speak of what the earlier spoke of: hazard, body and area."""
    return of_one_hazard(first, second) and same_issuer(first, second) and overlap(first, second)


def of_one_hazard(first: Alert, second: Alert) -> bool:
    """Whether both name a hazard, and the same."""
    return bool(first.type) and same_hazard(first.type, second.type)


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
        same_stream(first, second)
        and colour_of(first) == colour_of(second)
        and abs(said_at(first) - said_at(second)) <= SAME_WITHIN
        and (first.action is Action.CANCEL) == (second.action is Action.CANCEL)
        and not (first.action is Action.CANCEL and len(referred) > 1)
    )


def joined(alerts: list[Alert]) -> list[list[Alert]]:
    """The copies of each warning, the one that says most first."""
    groups: list[list[Alert]] = []
    for alert in sorted(alerts, key=_saying, reverse=True):
        group = next((copies for copies in groups if same_warning(alert, copies[0])), None)
        if group is None:
            groups.append([alert])
        else:
            group.append(alert)
    return groups


def merged(copies: list[Alert], validity: Validity) -> Alert:
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
        fuller = {name: getattr(wettest, name) for name in AMOUNT}
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
