"""The manager's workload: the hours of every crew as a chart and as tables. Pure.

What is over a limit is told by a sign and a word besides the colour.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from data.model.city import City
from ops.analytics.reserve_calls import ReserveCall
from ops.analytics.workload import CrewWorkload, spread
from ops.base.messages import Translator
from ops.base.naming import station_name
from ops.documents import labels
from ops.documents.tables import Table
from ops.planning.on_duty.fair_month import FairMonth


def spread_text(found: Sequence[CrewWorkload], t: Translator) -> str:
    """How evenly the hours lie, in a sentence."""
    one = spread([load.hours for load in found])
    return t(
        "workload.spread",
        range=round(one.most - one.least, 1),
        most=round(one.most, 1),
        least=round(one.least, 1),
        gini=round(one.gini, 2),
    )


def limits_word(load: CrewWorkload, t: Translator) -> str:
    """Whether a crew's overtime is within its limits, with a sign."""
    if load.violations:
        exempt = all(violation.level for violation in load.violations)
        return t("workload.exempt" if exempt else "workload.over", n=len(load.violations))
    return t("workload.unusual", n=load.unusual_days) if load.unusual_days else t("workload.fine")


def load_table(found: Sequence[CrewWorkload], city: City, t: Translator) -> Table:
    """A row for each crew."""
    names, stations = _names(city)
    heads = (
        "crew",
        "station",
        "hours",
        "reported",
        "night_hours",
        "nights",
        "calls",
        "overtime",
        "overtime_pay",
        "limits",
    )
    return Table(
        title=t("workload.table"),
        heads=_heads(t, heads),
        rows=tuple(
            (
                names.get(load.crew_id, load.crew_id),
                stations.get(load.crew_id, ""),
                round(load.hours, 1),
                round(load.reported_hours, 1),
                round(load.night_hours, 1),
                load.nights,
                load.calls,
                round(load.overtime_hours, 1),
                "  ".join(f"{rate} % × {hours:.1f}" for rate, hours in load.overtime_pay),
                limits_word(load, t),
            )
            for load in found
        ),
    )


def breach_table(found: Sequence[CrewWorkload], city: City, t: Translator) -> Table:
    """Each limit that was broken, and what exempts it."""
    names, stations = _names(city)
    rows = [
        (
            names.get(one.crew_id, one.crew_id),
            stations.get(one.crew_id, ""),
            t(f"workload.span_{one.span}"),
            one.when,
            round(one.hours, 1),
            one.limit,
            t("workload.exempt_by", level=one.level) if one.level else t("workload.not_exempt"),
        )
        for load in found
        for one in load.violations
    ]
    return Table(
        title=t("workload.table_breaches"),
        rows=tuple(rows),
        heads=_heads(t, ("crew", "station", "span", "when", "overtime", "limit", "exemption")),
    )


def _names(city: City) -> tuple[dict[str, str], dict[str, str]]:
    """The name and the station of each crew."""
    return (
        {crew.id: crew.name for crew in city.crews},
        {crew.id: station_name(crew.station_id, city) for crew in city.crews},
    )


def _heads(t: Translator, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(t(f"workload.head_{name}") for name in names)


def reserve_table(
    found: Iterable[ReserveCall], city: City, target_minutes: float, t: Translator
) -> Table:
    """A row for each call of a crew in reserve, with what it took it to leave."""
    heads = ("crew", "station", "job", "called", "left", "minutes", "within")
    names, stations = _names(city)
    return Table(
        title=t("reserve.title"),
        heads=tuple(t(f"reserve.head_{head}") for head in heads),
        rows=tuple(
            (
                names.get(call.resource_id, call.resource_id),
                stations.get(call.resource_id, call.station_id),
                f"{labels.place_name(t, city, call.segment_id)} {t(f'job.{call.kind}')}",
                call.called_at,
                call.left_at or t("reserve.untold"),
                round(call.reaction / timedelta(minutes=1), 1) if call.reaction else None,
                t(
                    "manager.yes"
                    if call.reaction <= timedelta(minutes=target_minutes)
                    else "manager.no"
                )
                if call.reaction
                else "",
            )
            for call in found
        ),
    )


def month_table(month: FairMonth, city: City, t: Translator) -> Table:
    """A fair month as it is proposed: a row for each person, a column for each day, then the
    counts.
    """
    counts = ("turns", "nights", "weekends")
    away = {one.id: one.away for one in month.problem.people}

    def cell(who: str, day: int) -> str:
        shift = city.shift_by_id.get(month.duty(who, day) or "")
        if shift:
            return shift.name
        return t("roster.short_leave") if day in away[who] else ""

    rows = tuple(
        (
            person.name,
            *(cell(person.id, day) for day in range(len(month.days))),
            *(getattr(now, name) for name in counts),
        )
        for person, _, _, now in month.counts()
    )
    heads = (t("fair_month.head_who"), *(f"{day:%m-%d}" for day in month.days))
    return Table(
        title=f"{month.days[0]:%Y-%m}",
        heads=(*heads, *(t(f"fair_month.head_{name}") for name in counts)),
        rows=rows,
    )
