"""Who works in a street that is closed or under water since the last plan. Pure."""

from collections.abc import Iterator

from data.model.message import Message
from data.model.plan import PlanVersion
from ops.base.naming import member_names, work_name
from ops.district.places import place
from ops.planning.context import Storm
from ops.ways.closures import line_of


def told_inside(storm: Storm, old: PlanVersion | None, new: PlanVersion) -> tuple[Message, ...]:
    """For each team under way in such a street what is closed: it may have to leave another way.
    Who keeps a post there sees the water himself; he is told when nobody gets through any more.
    """
    return tuple(_inside(storm, old, new)) if storm.closures and old else ()


def _inside(storm: Storm, old: PlanVersion | None, new: PlanVersion) -> Iterator[Message]:
    known = old.ways.closed if old and old.ways else ()
    fresh = [one for one in storm.closures if line_of(one) not in known]
    for work in new.assignments if fresh else ():
        if work.state != "under_way":
            continue
        where = place(work, storm.city)
        for closure in fresh:
            is_news = not (closure.speed_share and work.kind.is_post)
            if is_news and storm.is_inside(where, closure):
                yield Message(
                    "change.closed_in",
                    {
                        "job": work_name(work, storm.city),
                        "team": member_names(work.members, storm.city),
                        "what": line_of(closure),
                    },
                )
                break
