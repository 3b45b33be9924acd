"""The crews' hours as a chart."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.render import charts, manager_charts
from dashboard.render.colours import Paint
from data.model.city import City
from ops.analytics.workload import CrewWorkload
from ops.base.messages import Translator
from ops.documents.workload_tables import _names, limits_word

_ORDINARY, _OVERTIME = "#3B74D9", "#D97706"


def load_frame(workloads: Sequence[CrewWorkload], city: City, t: Translator) -> pd.DataFrame:
    """Two rows for each crew, its ordinary hours and its overtime; the sign stands once."""
    names, stations = _names(city)
    rows = []
    for load in workloads:
        name = " ".join(
            filter(None, (stations.get(load.crew_id), names.get(load.crew_id, load.crew_id)))
        )
        sign = "▲" if load.violations else "△" if load.unusual_days else ""
        for place, (part, hours) in enumerate(
            (("ordinary", load.hours - load.overtime_hours), ("overtime", load.overtime_hours))
        ):
            rows.append(
                {
                    "crew": name,
                    "part": t(f"workload.{part}"),
                    "hours": round(hours, 2),
                    "place": place,
                    "total": round(load.hours, 2),
                    "limits": limits_word(load, t),
                    "text": "" if place else f"{load.hours:.1f} {sign}".strip(),
                }
            )
    return pd.DataFrame(rows, columns=["crew", "part", "hours", "place", "total", "limits", "text"])


def load_chart(frame: pd.DataFrame, t: Translator, paint: Paint) -> alt.LayerChart:
    """Each crew a bar: ordinary hours, then overtime, the sum and a sign at its end."""
    crews = list(dict.fromkeys(frame["crew"]))
    rows = alt.Y(
        "crew:N", sort=crews, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=150)
    )
    parts = [t("workload.ordinary"), t("workload.overtime")]
    base = alt.Chart(frame)
    bars = base.mark_bar(height=13).encode(
        y=rows,
        order="place:O",
        tooltip=_tooltip(t),
        x=alt.X(
            "hours:Q", title=t("workload.hours_axis"), stack="zero", axis=alt.Axis(tickCount=6)
        ),
        color=alt.Color(
            "part:N",
            title=None,
            legend=alt.Legend(orient="top", offset=2, symbolType="square"),
            scale=alt.Scale(domain=parts, range=[_ORDINARY, _OVERTIME]),
        ),
    )
    texts = base.mark_text(align="left", dx=6, fontSize=11, color=paint.label).encode(
        y=rows, x="total:Q", text="text:N"
    )
    return manager_charts.dressed(
        charts.layered(bars, texts).properties(height=20 * len(crews) + 40), paint, right=50
    )


def _tooltip(t: Translator) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("crew:N", title=t("workload.head_crew")),
        alt.Tooltip("part:N", title=t("workload.head_part")),
        alt.Tooltip("hours:Q", title=t("workload.hours_axis"), format=".1f"),
        alt.Tooltip("limits:N", title=t("workload.head_limits")),
    ]
