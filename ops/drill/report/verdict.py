"""What a comparison says, in sentences: what the plan is ahead of, and what it is not. Pure."""

from collections.abc import Iterator, Mapping

from data.model.message import Message
from ops.drill.comparison import HABITS, OURS, Compared

LOW_FIRST = "lowpoints"
"""The habit that low points are compared with."""


def said(found: Mapping[str, Compared]) -> Iterator[Message]:
    """The plan beside each habit, draw by draw; what it avoided; the low points; the reserves.

    Nothing where the plan or every habit is missing. Of a single draw no difference is called
    clear.
    """
    ours = found.get(OURS)
    if ours is None:
        return
    for name in HABITS:
        if name in found and (difference := found[name].against_ours):
            facts = {"mean": round(abs(difference.mean)), "policy": Message(f"drill.policy_{name}")}
            low, high = sorted((round(difference.low), round(difference.high)))
            if low < high and low > 0:
                yield Message("drill.said_ahead", {**facts, "low": low, "high": high})
            elif low < high and high < 0:
                yield Message("drill.said_behind", {**facts, "low": -high, "high": -low})
            else:
                sign = "less" if difference.mean >= 0 else "more"
                yield Message(f"drill.said_unclear_{sign}", facts)
    if ours.share is not None:
        yield Message("drill.said_share", {"share": f"{ours.share.mean:.0%}"})
    if LOW_FIRST in found:
        theirs, own = found[LOW_FIRST].low_minutes_015.mean, ours.low_minutes_015.mean
        yield Message("drill.said_low", {"ours": round(own), "theirs": round(theirs)})
    yield from _reserves(ours)


def _reserves(ours: Compared) -> Iterator[Message]:
    """How fast the reserves left that the plan called."""
    calls, p50, p90, late, target = (
        ours.reserve_calls,
        ours.reserve_p50_s,
        ours.reserve_p90_s,
        ours.reserve_late,
        ours.reserve_target_s,
    )
    if calls and not calls.mean:
        yield Message(f"drill.said_no_reserves_{_why_none(ours)}")
    elif calls and p50 and p90 and late and target:
        facts: dict[str, object] = {
            "calls": f"{calls.mean:g}",
            "p50": f"{p50.mean / 60:.1f}",
            "p90": f"{p90.mean / 60:.1f}",
            "late": f"{late.mean:g}",
            "target": f"{target / 60:g}",
        }
        yield Message("drill.said_reserves", facts)


def _why_none(ours: Compared) -> str:
    """Why no reserve was called: nothing was reported, none stood by, or others went."""
    if not ours.reports.mean:
        return "quiet"
    return "unused" if ours.reserves_stood and ours.reserves_stood.mean else "unmanned"
