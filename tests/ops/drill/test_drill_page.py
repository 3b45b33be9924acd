"""The drill's page: what is written beside its pictures, and how sure its figures are."""

import re
from dataclasses import MISSING, fields, replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from ops.base.messages import LANGUAGES, Translator
from ops.drill.comparison import Compared, Estimate
from ops.drill.report.page import with_interval
from ops.drill.report.pictures import LABEL, TimeAxis
from ops.drill.report.verdict import said


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
    assert with_interval(Estimate.of_amounts(values), ".0f") == "31 (0 – 158)"


def test_a_share_below_none_is_told_from_a_span():
    share = Estimate(mean=0.46, low=-2.19, high=3.1)
    assert with_interval(share, ".0%") == "46% (−219% – 310%)"


def compared(minutes, share=None, against=None, low=0.0):
    none = Estimate(mean=0.0, low=0.0, high=0.0)
    facts = dict.fromkeys((one.name for one in fields(Compared) if one.default is MISSING), none)
    facts |= {"street_minutes_015": replace(none, mean=minutes), "share": share}
    return Compared(**facts | {"against_ours": against, "low_minutes_015": replace(none, mean=low)})


@pytest.mark.parametrize(
    ("low", "high", "code"),
    [
        (20.0, 210.0, "drill.said_ahead"),
        (-210.0, -20.0, "drill.said_behind"),
        (-30.0, 210.0, "drill.said_unclear_less"),
        (-210.0, 30.0, "drill.said_unclear_more"),
        (115.0, 115.0, "drill.said_unclear_less"),
    ],
    ids=["ahead", "behind", "less by chance", "more by chance", "a single draw"],
)
def test_a_difference_is_called_clear_only_where_its_interval_is(low, high, code):
    against = Estimate(mean=(low + high) / 2, low=low, high=high)
    share = Estimate(mean=0.73, low=0.6, high=0.8)
    found = {"posts": compared(300, against=against), "xunban": compared(200, share)}
    lines = list(said(found))
    assert [one.code for one in lines] == [code, "drill.said_share"]
    for language in LANGUAGES:
        told = [Translator(language, ZoneInfo("Asia/Shanghai")).message(one) for one in lines]
        assert f"{abs(low + high) / 2:.0f}" in told[0]
        assert "73%" in told[1]
        assert not re.search(r"[ （(]-\d", told[0]), "more and less are words"
    assert not list(said({"posts": found["posts"]}))
