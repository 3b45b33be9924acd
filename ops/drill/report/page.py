"""A drill on one page: for a browser with its pictures inside, and for paper."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from importlib.metadata import version
from typing import Any

from data.model.city import City
from data.signs import escape
from ops.base.messages import Translator
from ops.documents import labels
from ops.documents.typesetting import typeset
from ops.drill.comparison import HABITS, LIMIT, NOTHING, OURS, Compared, Estimate
from ops.drill.outcome import Outcome
from ops.drill.physics.storms import BUILT_IN, RECORDED, DrillStorm
from ops.drill.report import pictures
from ops.drill.report.verdict import said
from ops.drill.study import Result, Study

MOST_ROADS = 14
KNOWN = (*BUILT_IN, RECORDED)
MM_H = "mm/h"
COLUMNS = (
    "policy",
    "minutes",
    "low",
    "deeper",
    "share",
    "p50",
    "p90",
    "incidents",
    "kilometres",
    "hours",
    "overtime",
    "changes",
)
WIDTHS = (2, 1.5, 0, 0, 1.7, *[0] * 7)
"""Of the columns on paper, in parts of what is left; 0: as wide as what stands in it."""


def as_html(study: Study, found: Result, t: Translator) -> str:
    """The page as one file that asks nobody for anything."""
    return html_of(document(study, found, t))


def html_of(d: Mapping[str, Any]) -> str:
    """What stands on a page, for a browser."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in d["heads"])
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in d["rows"]
    )
    parts = "".join(_figure(one) for one in d["pictures"])
    maps = "".join(_figure(one) for one in d["maps"])
    return (
        f'<!doctype html><html lang="{d["lang"]}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(d['title'])}</title><style>{_STYLE}</style>"
        f"<p class=mark>{escape(d['drill'])}</p><h1>{escape(d['title'])}</h1>"
        f"<p>{escape(d['span'])}</p><ul>"
        + "".join(f"<li>{escape(line)}</li>" for line in d["said"])
        + "</ul>"
        f"<div class=wide><table><tr>{head}</tr>{rows}</table></div>"
        f"{parts}<div class=maps>{maps}</div><p class=key>{d['key_html']}</p>"
        + "".join(f"<p class=note>{escape(note)}</p>" for note in d["notes"])
        + "</html>"
    )


def as_pdf(study: Study, found: Result, t: Translator) -> bytes:
    """The page on paper."""
    return typeset("drill.typ", document(study, found, t))


def document(study: Study, found: Result, t: Translator) -> dict:
    """All that stands on it, in words and pictures."""
    city, storm = study.city, study.storm
    shown = _beside(found)
    axis = axis_of(storm)
    return {
        "lang": t.language,
        "drill": t("drill.mark"),
        "title": t("drill.title", district=city.district.name),
        "span": span_of(storm, len(study.seeds), t),
        "said": [t.message(line) for line in said(found.figures)],
        "widths": WIDTHS,
        "heads": [t(f"drill.{column}") for column in COLUMNS],
        "rows": [_row(name, one, t) for name, one in found.figures.items()],
        "pictures": list(_pictures(study, found, shown, axis, t)),
        "maps": list(_maps(study, found, shown, t)),
        "key": [{"colour": colour, "name": t(f"drill.key_{n}")} for n, colour in _key()],
        "key_html": "".join(
            f'<b style="background:{colour}"></b>{escape(t(f"drill.key_{n}"))}'
            for n, colour in _key()
        ),
        "notes": [
            t("drill.caption"),
            t("drill.made", version=version("xunban"), steps=study.steps, seeds=study.seeds),
        ],
    }


def span_of(storm: DrillStorm, seeds: int, t: Translator) -> str:
    """Which storm it is, from when to when, and how often it was drawn."""
    return t(
        "drill.span",
        storm=t(f"drill.storm_{storm.name}") if storm.name in KNOWN else storm.name,
        begin=storm.begin,
        end=storm.end,
        mm=round(sum(storm.rain_mm_h) / 60),
        seeds=seeds,
    )


def axis_of(storm: DrillStorm) -> pictures.TimeAxis:
    """The hours of a storm."""
    return pictures.TimeAxis(
        begin=storm.begin, minutes=len(storm.rain_mm_h), hour=lambda at: f"{at:%H:%M}"
    )


def _beside(found: Result) -> tuple[str, ...]:
    """The two policies that pictures show: the best habit, and the plan, else the best of the
    rest.
    """
    best = sorted(found.figures, key=lambda name: found.figures[name].street_minutes_015.mean)
    habits = [name for name in best if name in HABITS]
    others = [OURS] if OURS in best else [name for name in best if name not in habits[:1]]
    return (*habits[:1], *others[:1])


def _row(name: str, one: Compared, t: Translator) -> list[str]:
    minutes = one.street_minutes_015
    share = "" if one.share is None else with_interval(one.share, ".0%")
    is_manned = name not in (NOTHING, LIMIT)
    manned = [
        f"{one.response_p50_s.mean / 60:.0f}",
        f"{one.response_p90_s.mean / 60:.0f}",
        f"{one.reports.mean:.0f}",
        f"{one.kilometres.mean:.0f}",
        f"{one.crew_hours.mean:.0f}",
        f"{one.overtime_hours.mean:.0f}",
        f"{one.plan_changes.mean:.0f}" if name not in HABITS else "",
    ]
    return [
        t(f"drill.policy_{name}"),
        with_interval(minutes, ".0f"),
        f"{one.low_minutes_015.mean:.0f}",
        f"{one.street_minutes_027.mean:.0f}",
        share,
        *(manned if is_manned else ["", "", manned[2], "", "", "", ""]),
    ]


def with_interval(one: Estimate, form: str) -> str:
    """Without one where nothing is spread: a single draw says nothing of others."""
    if one.low == one.high:
        return f"{one.mean:{form}}"
    return f"{one.mean:{form}} ({one.low:{form}} – {one.high:{form}})".replace("-", "−")


def _pictures(
    study: Study,
    found: Result,
    shown: Sequence[str],
    axis: pictures.TimeAxis,
    t: Translator,
) -> Iterator[dict[str, str]]:
    """Rain, water under two policies, and where the crews of the last of them that has any were:
    first draw.
    """
    city, rain = study.city, study.storm.rain_mm_h
    yield {"title": t("drill.picture_rain"), "svg": pictures.rain(rain, axis, MM_H)}
    firsts = {name: found.outcomes[name][0] for name in shown}
    roads = _wet_roads(list(firsts.values()), city, t)
    for name, outcome in firsts.items():
        title = t("drill.picture_water", policy=t(f"drill.policy_{name}"))
        yield {"title": title, "svg": pictures.water(outcome.depths, roads, axis)}
    manned = next((name for name in reversed(shown) if firsts[name].stays), "")
    if not manned:
        return
    stays = firsts[manned].stays
    there = {one.resource_id for one in stays}
    names = {one.id: one.name for one in city.crews if one.id in there}
    names |= {one.id: one.plate for one in city.machines if one.id in there}
    title = t("drill.picture_crews", policy=t(f"drill.policy_{manned}"))
    yield {"title": title, "svg": pictures.crews(stays, names, axis)}


def _wet_roads(outcomes: Sequence[Outcome], city: City, t: Translator) -> Mapping[str, str]:
    """The roads on which water stood longest in any of these, as many as a page holds."""
    stood = {
        one.id: max(sum(outcome.depths.get(one.id, ())) for outcome in outcomes)
        for one in city.segments
    }
    order = sorted(stood, key=lambda road: -stood[road])[:MOST_ROADS]
    return {
        road: labels.segment_name(t, city.segment_by_id[road]) for road in order if stood[road] > 0
    }


def _maps(
    study: Study, found: Result, shown: Sequence[str], t: Translator
) -> Iterator[dict[str, str]]:
    """The roads at the minute in which most of them were deep, under the first of the two."""
    first = found.outcomes[shown[0]][0]
    minutes = range(min(len(depths) for depths in first.depths.values()))
    worst = max(minutes, key=lambda n: sum(depths[n] for depths in first.depths.values()))
    at = study.storm.begin + timedelta(minutes=worst)
    for name in shown:
        depths = found.outcomes[name][0].depths
        now = {road: each[worst] for road, each in depths.items()}
        title = t("drill.picture_map", policy=t(f"drill.policy_{name}"), at=at)
        yield {"title": title, "svg": pictures.map_at(now, study.city)}


def _key() -> Iterator[tuple[str, str]]:
    for n, (_, colour) in enumerate(pictures.DEPTHS):
        yield f"depth_{n}", colour
    for work, colour in pictures.WORKS.items():
        yield str(work), colour


def _figure(one: Mapping[str, str]) -> str:
    return f"<figure><figcaption>{escape(one['title'])}</figcaption>{one['svg']}</figure>"


_STYLE = (
    "body{font:14px/1.5 sans-serif;max-width:820px;margin:1em auto;padding:0 12px;color:#1c2733}"
    "table{border-collapse:collapse;font-size:12px}td,th{border:1px solid #c9d1d9;padding:3px 5px;"
    "text-align:right}td:first-child,th:first-child{text-align:left}figure{margin:14px 0}"
    ".wide{overflow-x:auto}figcaption{font-weight:600}svg{max-width:100%;height:auto}"
    # beside one another in time: a phone moves them sideways, for shrunk nobody reads them
    "@media(max-width:640px){h1{font-size:1.4em}body>figure{overflow-x:auto}"
    "body>figure svg{max-width:none;width:600px}}"
    ".maps{display:flex;flex-wrap:wrap}"
    ".maps figure{flex:1 1 300px}.key b{display:inline-block;width:14px;height:10px;"
    "margin:0 4px 0 12px}.mark{background:#6d28d9;color:#fff;padding:4px 10px;font-weight:600}"
    ".note{color:#5b6773;font-size:12px}"
)
