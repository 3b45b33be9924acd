"""The page of a false alarm's cost beside being late: what it says follows from its figures."""

import re
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ops.base.messages import LANGUAGES, Translator
from ops.drill.alarm import FIGURES, WORTH, AlarmCosts
from ops.drill.comparison import Estimate
from ops.drill.physics.storms import DrillStorm
from ops.drill.report.alarm_page import as_html, as_pdf, document
from tests.helpers.makers import make_city

ZONE = ZoneInfo("Asia/Shanghai")
STORM = DrillStorm(
    name="cloudburst",
    begin=datetime(2022, 7, 8, 8, 20, tzinfo=ZONE),
    rain_mm_h=(0.0,) * 40 + (30.0,) * 60,
    forecast_mm={},
    warnings=(),
)


def around(mean, wide=5.0):
    return Estimate(mean=mean, low=mean - wide, high=mean + wide)


COSTS = AlarmCosts(
    in_time=around(2960),
    late=around(3040),
    nothing=around(3317),
    clean=around(2812),
    saved=around(80, 20),
    hours=around(12),
    overtime_hours=around(0, 0),
    inlets_left=around(-161),
)


def told(costs, language):
    t = Translator(language, ZONE)
    return document(make_city(), STORM, costs, 3, t)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_has_every_figure_and_the_curve(language):
    found = told(COSTS, language)
    assert len(found["rows"]) == len(FIGURES)
    assert any("3317" in cell for row in found["rows"] for cell in row)
    assert len(found["said"]) == 1 + len(WORTH)
    assert "80" in found["said"][0]
    curve = found["pictures"][-1]["svg"]
    heights = [
        float(at.split(",")[1]) for at in re.search(r'polyline points="([^"]+)', curve)[1].split()
    ]
    assert heights == sorted(heights, reverse=True), "the dearer an hour, the surer one must be"
    assert heights[0] > heights[-1]
    for mark in WORTH:
        assert f">{mark:g}<" in curve
    t = Translator(language, ZONE)
    page = as_html(make_city(), STORM, COSTS, 3, t)
    assert found["said"][0] in page
    assert page.count("<svg") == 3
    assert as_pdf(make_city(), STORM, COSTS, 3, t).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"saved": around(10, 20)}, ["alarm_unclear_less", *["alarm_threshold"] * len(WORTH)]),
        ({"saved": around(80, 0)}, ["alarm_unclear_less", *["alarm_threshold"] * len(WORTH)]),
        ({"saved": around(-30, 20)}, ["alarm_unclear_more", "alarm_never"]),
        ({"saved": around(0, 0)}, ["alarm_unclear_less", "alarm_never"]),
        ({"hours": around(-4)}, ["alarm_saved", "alarm_always"]),
    ],
    ids=["chance", "a single draw", "worse", "no water at all", "no more work"],
)
def test_what_can_not_be_seen_is_said(changed, codes):
    costs = replace(COSTS, **changed)
    assert [one.code for one in costs.said()] == [f"drill.{code}" for code in codes]
    for language in LANGUAGES:
        assert "<svg" in told(costs, language)["pictures"][-1]["svg"]
