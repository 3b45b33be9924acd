"""The manager's charts: legs against their targets, the trend of one measure, a storm in time.
Pure.

Whether a target was kept is told by a shape and a word besides the colour.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import altair as alt
import pandas as pd

from dashboard.render import charts
from dashboard.render.colours import Paint
from dashboard.render.frames import wall_ms
from data.model.city import City
from data.model.plan import PlanVersion
from ops.analytics.storm_ledger import LANES, STATES, Entry
from ops.analytics.time_kpis import Group
from ops.base.messages import Translator
from ops.documents import labels
from ops.documents.tables import group_name

COLOURS = {
    "incident": "#C8141A",
    "under_way": "#0B7A4B",
    "due": "#0B7A4B",
    "planned": "#2F6FDE",
    "left_out": "#B4235A",
    "cleared": "#14A3A8",
    "over": "#8BA595",
    "none": "#C3CAD2",
}
HOLLOW = frozenset({"due", "planned", "over"})
"""What was only planned is drawn hollow."""
_WIDTH = {
    "incident": 70,
    "under_way": 60,
    "due": 55,
    "planned": 45,
    "left_out": 55,
    "cleared": 45,
    "over": 30,
    "none": 20,
}
_MEDIAN, _P90 = "#3B74D9", "#D97706"  # told apart without colours by their shapes


def legs_frame(group: Group, t: Translator) -> pd.DataFrame:
    """A row for each measure of a group: median, P90, target in minutes; ``None``: not reached."""
    rows = [
        {
            "measure": t(f"kpi.{span.name}"),
            "median": _minutes(span.median),
            "p90": _minutes(span.p90),
            "target": span.target_s / 60,
            "text": t("manager.kept", n=round(100 * (span.within or 0.0))),
        }
        for span in group.spans
        if span.count
    ]
    return pd.DataFrame(rows, columns=["measure", "median", "p90", "target", "text"])


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)


def legs_chart(frame: pd.DataFrame, t: Translator, paint: Paint) -> alt.LayerChart:
    """Each measure: the median as a bar, P90 as a diamond, the target as an upright stroke."""
    rows = alt.Y(
        "measure:N",
        sort=list(frame["measure"]),
        title=None,
        axis=alt.Axis(ticks=False, domain=False, labelLimit=130),
    )
    tip = _legs_tooltip(t)
    base = alt.Chart(frame)
    x = alt.X(
        "median:Q",
        title=t("manager.axis_minutes"),
        scale=alt.Scale(domainMin=0),
        axis=alt.Axis(tickCount=6),
    )
    bars = base.mark_bar(height=14, color=_MEDIAN, cornerRadius=2).encode(y=rows, x=x, tooltip=tip)
    p90 = base.mark_point(shape="diamond", filled=True, size=110, color=_P90, opacity=1).encode(
        y=rows, x="p90:Q", tooltip=tip
    )
    target = base.mark_tick(thickness=3, size=24, color=paint.ink).encode(
        y=rows, x="target:Q", tooltip=tip
    )
    texts = _legs_texts(base, rows, paint)
    return dressed(
        charts.layered(bars, target, p90, texts).properties(height=34 * max(1, len(frame)) + 40),
        paint,
        right=110,
    )


def _legs_tooltip(t: Translator) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("measure:N", title=t("manager.head_measure")),
        *(
            alt.Tooltip(f"{name}:Q", title=t(f"manager.head_{name}"), format=".1f")
            for name in ("median", "p90", "target")
        ),
        alt.Tooltip("text:N", title=t("manager.head_within")),
    ]


def _legs_texts(base: alt.Chart, rows: alt.Y, paint: Paint) -> alt.Chart:
    """The share within the target, written behind the last mark of its row."""
    return (
        base.mark_text(align="left", dx=8, fontSize=11, color=paint.label)
        .encode(y=rows, x=alt.X("end:Q"), text="text:N")
        .transform_calculate(
            end="max(datum.target, isValid(datum.p90) ? datum.p90 : 0, "
            "isValid(datum.median) ? datum.median : 0)"
        )
    )


def trend_frame(groups: Sequence[Group], measure: str, by: str, t: Translator) -> pd.DataFrame:
    """A row for each day, week or month: median, P90, target in minutes and the number of cases of
    one measure.
    """
    rows = []
    for group in groups:
        span = next((span for span in group.spans if span.name == measure and span.count), None)
        if span:
            rows.append(
                {
                    "when": group_name(group, by, t),
                    "median": _minutes(span.median),
                    "p90": _minutes(span.p90),
                    "target": span.target_s / 60,
                    "count": span.count,
                }
            )
    return pd.DataFrame(rows, columns=["when", "median", "p90", "target", "count"])


def trend_chart(
    frame: pd.DataFrame, t: Translator, paint: Paint, height: int = 220
) -> alt.LayerChart:
    """Median as bars, P90 as diamonds, the target as a dashed line."""
    base = alt.Chart(frame)
    x = alt.X("when:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    tip = [
        alt.Tooltip("when:N", title=t("manager.head_group")),
        *(
            alt.Tooltip(f"{name}:Q", title=t(f"manager.head_{name}"), format=".1f")
            for name in ("median", "p90", "target")
        ),
        alt.Tooltip("count:Q", title=t("manager.head_count")),
    ]
    y = alt.Y(
        "median:Q",
        title=t("manager.axis_minutes"),
        scale=alt.Scale(domainMin=0),
        axis=alt.Axis(tickCount=5),
    )
    bars = (
        base.mark_bar(color=_MEDIAN, cornerRadius=2)
        .encode(x=x, y=y, tooltip=tip)
        .properties(height=height)
    )
    p90 = base.mark_point(shape="diamond", filled=True, size=100, color=_P90, opacity=1).encode(
        x=x, y="p90:Q", tooltip=tip
    )
    target = base.mark_tick(thickness=3, color=paint.ink, size=40).encode(
        x=x, y="target:Q", tooltip=tip
    )
    return dressed(charts.layered(bars, target, p90), paint)


def timeline_frame(entries: Iterable[Entry], t: Translator) -> pd.DataFrame:
    """The entries of a storm as marks, each in the row of its kind."""
    rows = [
        {
            "lane": t(f"manager.lane_{LANES[entry.kind]}"),
            "at_ms": wall_ms(t, entry.at),
            "time": str(t.moment(entry.at)),
            "kind": t(f"storm.kind_{entry.kind}"),
            "what": t.message(entry.what),
        }
        for entry in entries
    ]
    return pd.DataFrame(rows, columns=["lane", "at_ms", "time", "kind", "what"])


def timeline_chart(
    frame: pd.DataFrame, at_ms: int, span_ms: tuple[int, int], t: Translator, paint: Paint
) -> alt.LayerChart:
    """A storm in time: what happened in each row, and the moment looked at."""
    lanes = [t(f"manager.lane_{lane}") for lane in dict.fromkeys(LANES.values())]
    rows = alt.Y(
        "lane:N",
        sort=lanes,
        title=None,
        scale=alt.Scale(domain=lanes),
        axis=alt.Axis(ticks=False, domain=False, grid=True),
    )
    marks = (
        alt.Chart(frame)
        .mark_tick(thickness=3, size=18)
        .encode(
            x=charts.time_axis("at_ms", t, span_ms),
            y=rows,
            color=alt.condition(
                f"datum.at_ms <= {at_ms}", alt.value(_MEDIAN), alt.value("#B4BDC7")
            ),
            tooltip=[
                alt.Tooltip(f"{name}:N", title=t(f"manager.head_{name}"))
                for name in ("time", "kind", "what")
            ],
        )
    )
    return dressed(
        charts.layered(
            marks, *charts.mark(at_ms, t("manager.looked_at"), _P90, [1, 0], -2)
        ).properties(height=26 * len(lanes) + 40),
        paint,
    )


def dressed(chart: alt.LayerChart, paint: Paint, right: int = 16) -> alt.LayerChart:
    """The board's fonts and colours, with room at the right for words."""
    return charts.dressed(
        chart.properties(padding={"left": 4, "right": right, "top": 12, "bottom": 6}), paint
    )


def segments_frame(
    states: dict[str, str], version: PlanVersion | None, city: City, at: datetime, t: Translator
) -> pd.DataFrame:
    """Every segment in the state it had at an instant, as the map takes it; the gravest last."""
    rows = []
    for segment in sorted(city.segments, key=lambda segment: -STATES.index(states[segment.id])):
        state, name = states[segment.id], labels.segment_name(t, segment)
        word = t(f"manager.segment_{state}")
        number = f" · {t('board.plan_version', number=version.number)}" if version else ""
        rows.append(
            {
                "segment_id": segment.id,
                "road": segment.road,
                "name": name,
                "path": [list(position) for position in segment.line],
                "key": state,
                "word": word,
                "width": _WIDTH[state],
                "detail": f"{name}\n{word}\n{t.moment(at)}{number}",
            }
        )
    return pd.DataFrame(
        rows, columns=["segment_id", "road", "name", "path", "key", "word", "width", "detail"]
    )
