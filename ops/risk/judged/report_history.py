"""A record of reports and a list of places -> what a backtest reads. Pure."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from data.model.past_record import KnownPlace, ReportRecord
from ops.risk.judged.backtest import ReportHistory


def report_history(record: ReportRecord, listed: Sequence[KnownPlace] = ()) -> ReportHistory:
    """The reports by day and place, of the places of the list and those that were mentioned.

    A place that the list names without a road, or does not name, shares one with the others of that
    kind.
    """
    by_name = {place.name: place for place in listed}
    for name in record.places:
        by_name.setdefault(name, KnownPlace(name=name))
    number_of = {name: number for number, name in enumerate(by_name)}
    by_day_and_place: dict[tuple[int, int], float] = defaultdict(float)
    for day, name, count in zip(record.days, record.places, record.counts, strict=True):
        by_day_and_place[day, number_of[name]] += count
    keys = sorted(by_day_and_place)
    roads = {road: number for number, road in enumerate({one.road for one in by_name.values()})}
    since = [float(one.since.toordinal()) if one.since else np.nan for one in by_name.values()]
    return ReportHistory(
        places=tuple(by_name),
        road_of=np.array([roads[one.road] for one in by_name.values()], np.int64),
        since=np.array(since, float),
        listed=np.arange(len(by_name)) < len({place.name for place in listed}),
        day=np.array([day for day, _ in keys], np.int64),
        place=np.array([place for _, place in keys], np.int64),
        count=np.array([by_day_and_place[key] for key in keys], float),
    )
