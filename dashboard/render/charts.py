"""The board's charts as Altair specifications. Pure.

Times are plain numbers, milliseconds of the district's wall clock (see ``frames``), and only labels
turn them into hours: so no browser's own time zone can move a bar.
"""

from collections.abc import Iterator
from typing import Literal

import altair as alt
import pandas as pd

from dashboard.render import colours
from dashboard.render.colours import DAY_PAINT, Paint
from dashboard.render.frames import Gantt
from data.model.plan import Phase
from ops.base.messages import Translator
from ops.documents import labels

FONT = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif'
HOUR_MS = 3_600_000
_HM = "utcFormat(datum.value, '%H:%M')"
_DAY = {
    "zh": "(utcmonth(datum.value)+1) + '月' + utcdate(datum.value) + '日'",
    "en": "utcdate(datum.value) + utcFormat(datum.value, ' %b')",
}


def rain_chart(
    rain: pd.DataFrame,
    now_ms: int,
    onset_ms: int | None,
    t: Translator,
    height: int = 150,
    scale: float = 1.0,
    paint: Paint = DAY_PAINT,
) -> alt.LayerChart:
    """Hourly rain as bars; the onset and the present marked with a line and a word.

    Parameters
    ----------
    scale
        How much larger than on a desk its words are: a wall is read from afar.
    """
    domain = (
        min(int(rain["start_ms"].min()), now_ms - 3 * HOUR_MS),
        max(int(rain["end_ms"].max()), now_ms + 12 * HOUR_MS),
    )
    layers = [
        _rain_bars(rain, domain, t, paint),
        *mark(
            min(max(now_ms, domain[0]), domain[1]),
            t("board.now"),
            paint.now,
            [1, 0],
            1,
            scale=scale,
        ),
    ]
    if onset_ms is not None and domain[0] <= onset_ms <= domain[1]:
        layers += mark(
            onset_ms, t("board.onset"), paint.onset, [4, 3], round(13 * scale), scale=scale
        )
    return dressed(layered(*layers).properties(height=height), paint, scale)


def _rain_bars(
    rain: pd.DataFrame, domain: tuple[int, int], t: Translator, paint: Paint
) -> alt.Chart:
    """A bar for each hour, paler where it is past."""
    amount = alt.Y(
        "mm:Q",
        title=t("board.rain_axis"),
        scale=alt.Scale(domainMin=0, domainMax=_top(rain)),
        axis=alt.Axis(tickCount=4),
    )
    bars = alt.Chart(rain).mark_rect(
        cornerRadius=2, color=paint.rain, stroke=paint.gap, strokeWidth=2
    )
    return bars.encode(
        x=time_axis("start_ms", t, domain),
        x2="end_ms:Q",
        y=amount,
        y2=alt.Y2Datum(0),
        opacity=alt.condition("datum.past", alt.value(0.4), alt.value(0.95)),
        tooltip=[
            alt.Tooltip("time:N", title=t("board.tip_time")),
            alt.Tooltip("mm:Q", title="mm", format=".1f"),
        ],
    )


def _top(rain: pd.DataFrame) -> float:
    """Upper end of the axis: room for the words above the highest bar; light rain looks light."""
    return max(5.0, float(rain["mm"].max()) * 1.35 if len(rain) else 5.0)


def gantt_chart(
    bars: Gantt,
    now_ms: int,
    onset_ms: int | None,
    t: Translator,
    window_ms: tuple[int, int] | None = None,
    pixels: int = 1100,
    paint: Paint = DAY_PAINT,
) -> alt.LayerChart:
    """The time chart: a row for each unit, phases in colour and word, rests hollow, the present as
    a line.

    Parameters
    ----------
    window_ms
        Only what lies between; the whole plan when ``None``.
    pixels
        About how wide the chart is drawn: bars too short for their word go without (a hover tells
        it).
    """
    frame = bars.frame
    start, end = window_ms or (int(frame["from_ms"].min()), int(frame["to_ms"].max()))
    frame = _cut(frame, start, end, pixels)
    rows = _unit_rows(bars)
    time = time_axis("from_ms", t, (start, end), orient="top")
    base = alt.Chart(frame)
    layers: list[alt.Chart | alt.LayerChart] = [
        _travel(base, time, rows),
        *_work(base, time, rows, t, paint),
        _rests(base, time, rows, t, paint),
        _words(base, rows, t, paint),
    ]
    layers += _gantt_marks(now_ms, onset_ms, (start, end), t, paint)
    height = (
        26 * len(bars.rows) + 80
    )  # the axis, the legend and the words of the marks take their part
    padding = {"left": 4, "right": 16, "top": 4, "bottom": 22}
    return dressed(layered(*layers).properties(height=height, padding=padding), paint)


def _gantt_marks(
    now_ms: int,
    onset_ms: int | None,
    window_ms: tuple[int, int],
    t: Translator,
    paint: Paint,
) -> Iterator[alt.Chart]:
    """The present and the onset, where they lie in the window."""
    for at, word, colour, dash in (
        (now_ms, t("board.now"), paint.now, [1, 0]),
        (onset_ms, t("board.onset"), paint.onset, [4, 3]),
    ):
        if at is not None and window_ms[0] <= at <= window_ms[1]:
            yield from mark(at, word, colour, dash, -2, bottom=True)


def _unit_rows(bars: Gantt) -> alt.Y:
    """The upright axis: a row for each unit, in the chart's order."""
    return alt.Y(
        "row:N",
        sort=list(bars.rows),
        title=None,
        scale=alt.Scale(domain=list(bars.rows)),
        axis=alt.Axis(labelLimit=190, labelPadding=6, ticks=False, domain=False, grid=True),
    )


def _cut(frame: pd.DataFrame, start: int, end: int, pixels: int) -> pd.DataFrame:
    """Bars cut to the window; a word stays where it fits."""
    frame = frame[(frame["to_ms"] > start) & (frame["from_ms"] < end)].copy()
    frame["from_ms"] = frame["from_ms"].clip(lower=start)
    frame["to_ms"] = frame["to_ms"].clip(upper=end)
    frame["mid_ms"] = (frame["from_ms"] + frame["to_ms"]) // 2
    room = (frame["to_ms"] - frame["from_ms"]) / max(1, end - start) * pixels
    frame["shown"] = [
        word if _pixels(word) <= fits else ""
        for word, fits in zip(frame["label"], room, strict=True)
    ]
    return frame


def _pixels(word: str) -> int:
    """About how wide a word is drawn: a Chinese letter is nearly twice a Latin one."""
    return sum(11 if ord(letter) > 255 else 7 for letter in word) + 6


def _travel(base: alt.Chart, time: alt.X, rows: alt.Y) -> alt.Chart:
    return (
        base.transform_filter("datum.part == 'travel'")
        .mark_bar(height=4, color=colours.TRAVEL)
        .encode(x=time, x2="to_ms:Q", y=rows)
    )


def _work(
    base: alt.Chart, time: alt.X, rows: alt.Y, t: Translator, paint: Paint
) -> Iterator[alt.Chart]:
    """The work: filled where somebody reported it, hollow where it is only planned."""
    phases = [labels.phase_name(t, phase) for phase in Phase]
    paints = alt.Scale(domain=phases, range=[colours.PHASE[phase] for phase in Phase])
    legend = alt.Legend(orient="top", offset=2, symbolType="square")
    colour = alt.Color("phase:N", title=None, legend=legend, scale=paints)
    work = base.transform_filter("datum.part == 'work'")
    yield (
        work.transform_filter("!datum.said")
        .mark_bar(height=16, cornerRadius=3, fill=paint.land, strokeWidth=2)
        .encode(
            x=time,
            x2="to_ms:Q",
            y=rows,
            stroke=alt.Stroke("phase:N", legend=None, scale=paints),
            tooltip=_hover(t),
        )
    )
    yield (
        work.transform_filter("datum.said")
        .mark_bar(height=17, cornerRadius=3)
        .encode(x=time, x2="to_ms:Q", y=rows, color=colour, tooltip=_hover(t))
    )


def _hover(t: Translator) -> list[alt.Tooltip]:
    """What a hover over a bar, or over the word in it, tells."""
    fields = ("row", "time", "job", "place", "team", "state", "why")
    return [alt.Tooltip(f"{field}:N", title=t(f"board.tip_{field}")) for field in fields]


def _rests(base: alt.Chart, time: alt.X, rows: alt.Y, t: Translator, paint: Paint) -> alt.Chart:
    return (
        base.transform_filter("datum.part == 'rest'")
        .mark_bar(
            height=15,
            color=paint.rest,
            stroke=paint.rest_edge,
            strokeWidth=1,
            strokeDash=[2, 2],
            cornerRadius=2,
        )
        .encode(
            x=time,
            x2="to_ms:Q",
            y=rows,
            tooltip=[
                alt.Tooltip("row:N", title=t("board.tip_row")),
                alt.Tooltip("time:N", title=t("board.rest")),
            ],
        )
    )


def _words(base: alt.Chart, rows: alt.Y, t: Translator, paint: Paint) -> alt.Chart:
    return (
        base.transform_filter("datum.shown != '' && datum.part != 'travel'")
        .mark_text(fontSize=11, baseline="middle")
        .encode(
            x=alt.X("mid_ms:Q"),
            y=rows,
            text="shown:N",
            tooltip=_hover(t),
            color=alt.when("datum.part == 'rest'")
            .then(alt.value(paint.rest_ink))
            .when("datum.said")
            .then(alt.value("#FFFFFF"))
            .otherwise(alt.value(paint.ink)),
        )
    )


def mark(
    at_ms: int,
    word: str,
    colour: str,
    dash: list[int],
    dy: int,
    bottom: bool = False,
    scale: float = 1.0,
) -> list[alt.Chart]:
    """A vertical line with its word at the top (or below the rows)."""
    base = alt.Chart(pd.DataFrame({"at_ms": [at_ms], "word": [word]}))
    x = alt.X("at_ms:Q")
    rule = base.mark_rule(color=colour, strokeWidth=1.6 * scale, strokeDash=dash).encode(x=x)
    text = base.mark_text(
        color=colour,
        align="left",
        dx=3,
        dy=12 if bottom else dy,
        fontWeight="bold",
        fontSize=11 * scale,
        baseline="top" if not bottom else "middle",
    ).encode(x=x, y=alt.value("height") if bottom else alt.value(0), text="word:N")
    return [rule, text]


def time_axis(
    field: str, t: Translator, domain: tuple[int, int], orient: Literal["top", "bottom"] = "bottom"
) -> alt.X:
    """Full hours, as many as stay readable; a new day is told by its date."""
    span = (domain[1] - domain[0]) / HOUR_MS
    step = HOUR_MS * next((step for step in (1, 2, 3, 6, 12) if span / step <= 13), 24)
    hours = list(range(-(-domain[0] // step) * step, domain[1] + 1, step))
    label = f"utchours(datum.value) == 0 ? {_DAY[t.language]} : {_HM}"
    axis = alt.Axis(
        orient=orient, labelFlush=False, values=hours, labelExpr=label, labelOverlap=True, grid=True
    )
    return alt.X(
        f"{field}:Q",
        title=None,
        scale=alt.Scale(domain=list(domain), nice=False, zero=False),
        axis=axis,
    )


def layered(*layers: alt.Chart | alt.LayerChart) -> alt.LayerChart:
    """Drawings laid over one another, the first at the bottom."""
    return alt.LayerChart(layer=list(layers))


def dressed(chart: alt.LayerChart, paint: Paint, scale: float = 1.0) -> alt.LayerChart:
    """A chart in the board's type and in the reader's theme."""
    return (
        chart.configure(font=FONT, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=paint.label,
            titleColor=paint.label,
            gridColor=paint.grid,
            labelFontSize=11 * scale,
            titleFontSize=11 * scale,
            titleFontWeight="normal",
        )
        .configure_legend(labelFontSize=12, labelColor=paint.ink)
    )
