"""The tables of the page on the risk: what was cleared and how it came through, what was learnt,
what the multipliers are. Pure.
"""

from collections.abc import Iterable

from data.model.city import City
from ops.analytics.after_storm import ClearedInlet, Relearnt
from ops.base.messages import Translator
from ops.base.naming import segment_name
from ops.documents.tables import Table
from ops.risk.multipliers import Multipliers


def cleared_table(cleared: Iterable[ClearedInlet], city: City, t: Translator) -> Table:
    """A row for each inlet that was cleared for a storm."""
    return Table(
        title=t("risk_page.cleared"),
        heads=_heads(t, "inlet", "road", "cleared_at", "outcome", "told_at"),
        rows=tuple(
            (
                one.inlet_id,
                t.message(segment_name(one.segment_id, city)),
                one.cleared_at,
                t(f"risk_page.outcome_{one.outcome}"),
                one.told_at,
            )
            for one in cleared
        ),
    )


def relearnt_table(relearnt: Iterable[Relearnt], city: City, t: Translator) -> Table:
    """A row for each inlet whose rate has changed."""
    return Table(
        title=t("risk_page.relearnt"),
        heads=_heads(t, "inlet", "road", "before", "after"),
        rows=tuple(
            (
                one.inlet_id,
                t.message(segment_name(one.segment_id, city)),
                round(one.before, 2),
                round(one.after, 2),
            )
            for one in relearnt
        ),
    )


def multipliers_table(multipliers: Multipliers, t: Translator) -> Table:
    """A row for each multiplier, with its interval where it is fitted."""
    return Table(
        title=t("risk_page.multipliers"),
        heads=_heads(t, "multiplier", "times", "low", "high"),
        rows=tuple(
            (
                t(f"risk_page.{name}"),
                round(one.value, 2),
                None if one.low is None else round(one.low, 2),
                None if one.high is None else round(one.high, 2),
            )
            for name, one in multipliers.lines()
        ),
    )


def _heads(t: Translator, *names: str) -> tuple[str, ...]:
    return tuple(t(f"risk_page.{name}") for name in names)
