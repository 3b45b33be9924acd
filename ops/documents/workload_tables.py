"""The manager's workload: the hours of every crew as a chart and as tables. Pure.

What is over a limit is told by a sign and a word besides the colour.
"""

from collections.abc import Sequence

from data.model.city import City
from ops.analytics.workload import CrewWorkload, spread
from ops.base.messages import Translator
from ops.base.naming import station_name
from ops.documents.tables import Table


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
