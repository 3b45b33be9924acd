"""What a false alarm costs beside being late, on one page: for a browser, and for paper."""

from importlib.metadata import version

from data.model.city import City
from ops.base.messages import Translator
from ops.documents.typesetting import typeset
from ops.drill.alarm import FIGURES, WATER, WORTH, AlarmCosts
from ops.drill.physics.storms import DrillStorm
from ops.drill.report import pictures
from ops.drill.report.page import MM_H, axis_of, html_of, span_of, with_interval

COURSE = 24
"""So many worths are reckoned for the curve."""


def as_html(city: City, storm: DrillStorm, costs: AlarmCosts, seeds: int, t: Translator) -> str:
    """The page as one file that asks nobody for anything."""
    return html_of(document(city, storm, costs, seeds, t))


def as_pdf(city: City, storm: DrillStorm, costs: AlarmCosts, seeds: int, t: Translator) -> bytes:
    """The page on paper."""
    return typeset("drill.typ", document(city, storm, costs, seeds, t))


def document(city: City, storm: DrillStorm, costs: AlarmCosts, seeds: int, t: Translator) -> dict:
    """All that stands on it, in words and pictures."""
    return {
        "lang": t.language,
        "drill": t("drill.mark"),
        "title": t("drill.alarm_title", district=city.district.name),
        "span": span_of(storm, seeds, t),
        "said": [t.message(line) for line in costs.said()],
        "widths": (2, 1),
        "heads": [t("drill.alarm_what"), t("drill.alarm_mean")],
        "rows": [
            [t(f"drill.alarm_{name}"), with_interval(getattr(costs, name), ".0f")]
            for name in FIGURES
        ],
        "pictures": [
            {
                "title": t("drill.picture_rain"),
                "svg": pictures.rain(storm.rain_mm_h, axis_of(storm), MM_H),
            },
            {"title": t("drill.alarm_picture_water"), "svg": _water(costs, t)},
            {"title": t("drill.alarm_picture_curve"), "svg": _curve(costs, t)},
        ],
        "maps": [],
        "key": [],
        "key_html": "",
        "notes": [
            t("drill.alarm_reading"),
            t("drill.caption"),
            t("drill.alarm_made", version=version("xunban")),
        ],
    }


def _water(costs: AlarmCosts, t: Translator) -> str:
    return pictures.bars({t(f"drill.alarm_short_{name}"): getattr(costs, name) for name in WATER})


def _curve(costs: AlarmCosts, t: Translator) -> str:
    ratio = (WORTH[-1] / WORTH[0]) ** (1 / COURSE)
    course = {WORTH[0] * ratio**n: costs.threshold(WORTH[0] * ratio**n) for n in range(COURSE + 1)}
    return pictures.course(course, WORTH, t("drill.alarm_axis"))
