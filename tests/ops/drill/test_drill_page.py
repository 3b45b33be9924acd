"""The drill's page: what is written beside its pictures, and how sure its figures are."""

import re
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from ops.drill.comparison import Estimate
from ops.drill.page import _with_interval
from ops.drill.pictures import LABEL, TimeAxis


@pytest.mark.parametrize("hours", [1, 4, 11, 25, 50, 200])
def test_hours_are_named_where_there_is_room_and_never_one_over_another(hours):
    begin = datetime(2022, 7, 8, 8, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
    axis = TimeAxis(begin=begin, minutes=60 * hours, hour=lambda at: f"{at:%d %H}")
    drawn = "".join(axis.grid(10))
    at = [float(x) for x in re.findall(r'<text x="([\d.]+)"', drawn)]
    assert at
    assert all(b - a >= min(LABEL, axis.x(24 * 60) - axis.x(0)) for a, b in pairwise(at))
    assert drawn.count("<path") == hours
    assert axis.of(begin + timedelta(hours=hours)) == axis.x(60 * hours)


def test_minutes_of_water_are_never_below_none():
    values = [1, 2, 90]
    assert Estimate.of(values).low < 0
    assert _with_interval(Estimate.of_amounts(values), ".0f") == "31 (0 – 158)"


def test_a_share_below_none_is_told_from_a_span():
    share = Estimate(mean=0.46, low=-2.19, high=3.1)
    assert _with_interval(share, ".0%") == "46% (−219% – 310%)"
