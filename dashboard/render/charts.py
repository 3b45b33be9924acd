"""The board's charts as Altair specifications. Pure.

Times are plain numbers, milliseconds of the district's wall clock (see ``frames``), and only labels
turn them into hours: so no browser's own time zone can move a bar.
"""

import altair as alt
import pandas as pd

from dashboard.render.colours import DAY_PAINT, Paint
from ops.base.messages import Translator

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


def mark(
    at_ms: int,
    word: str,
    colour: str,
    dash: list[int],
    dy: int,
    scale: float = 1.0,
) -> list[alt.Chart]:
    """A vertical line with its word at the top."""
    base = alt.Chart(pd.DataFrame({"at_ms": [at_ms], "word": [word]}))
    x = alt.X("at_ms:Q")
    rule = base.mark_rule(color=colour, strokeWidth=1.6 * scale, strokeDash=dash).encode(x=x)
    text = base.mark_text(
        color=colour,
        align="left",
        dx=3,
        dy=dy,
        fontWeight="bold",
        fontSize=11 * scale,
        baseline="top",
    ).encode(x=x, y=alt.value(0), text="word:N")
    return [rule, text]


def time_axis(field: str, t: Translator, domain: tuple[int, int]) -> alt.X:
    """Full hours, as many as stay readable; a new day is told by its date."""
    span = (domain[1] - domain[0]) / HOUR_MS
    step = HOUR_MS * next((step for step in (1, 2, 3, 6, 12) if span / step <= 13), 24)
    hours = list(range(-(-domain[0] // step) * step, domain[1] + 1, step))
    label = f"utchours(datum.value) == 0 ? {_DAY[t.language]} : {_HM}"
    axis = alt.Axis(
        orient="bottom",
        labelFlush=False,
        values=hours,
        labelExpr=label,
        labelOverlap=True,
        grid=True,
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
