"""The manager's workload: the hours of every crew as a chart and as tables. Pure.

What is over a limit is told by a sign and a word besides the colour.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from dashboard import retrospect
from dashboard.colours import Paint
from dashboard.tables import Table
from data.entities import City
from ops.storms import Storm, cases_of
from ops.text import Speaker
from ops.workload import Load, WorkloadSettings, loads, spread, stints

if TYPE_CHECKING:
    from dashboard.manager import Look

_ORDINARY, _OVERTIME = "#3B74D9", "#D97706"
Period = tuple[datetime, datetime]


def last_days(look: "Look", settings: WorkloadSettings) -> Period:
    """The days that are compared, until now."""
    return look.situation.now - timedelta(days=settings.days), look.situation.now


def period_of(look: "Look", storm: Storm | None) -> Period:
    """From the begin of a storm until its last work is over, at most until now; ``None``: the whole operation."""
    now = look.situation.now
    if storm is None:
        return datetime.min.replace(tzinfo=UTC), now
    ends = [end for case in cases_of(storm, look.cases) for end in (case.planned_end, case.at("cleared")) if end]
    return storm.begin_at, min(now, max([storm.end_at, *ends])) if storm.over else now


def of(look: "Look", period: Period, settings: WorkloadSettings) -> tuple[Load, ...]:
    """What every crew has worked in a period."""
    return loads(stints(look.cases, look.situation.now), look.history.orders, look.situation.city, period, settings,
                 look.settings)


def told_spread(found: Sequence[Load], say: Speaker) -> str:
    """How evenly the hours lie, in a sentence."""
    one = spread([load.hours for load in found])
    return say("workload.spread", range=round(one.most - one.least, 1), most=round(one.most, 1),
               least=round(one.least, 1), gini=round(one.gini, 2))


def limits_word(load: Load, say: Speaker) -> str:
    """Whether a crew's overtime is within its limits, with a sign."""
    if load.breaches:
        exempt = all(breach.level for breach in load.breaches)
        return say("workload.exempt" if exempt else "workload.over", n=len(load.breaches))
    return say("workload.unusual", n=load.unusual_days) if load.unusual_days else say("workload.fine")


def load_table(found: Sequence[Load], city: City, say: Speaker) -> Table:
    """A row for each crew."""
    names, stations = _names(city)
    heads = ("crew", "station", "hours", "reported", "night_hours", "nights", "calls", "overtime", "limits")
    return Table(title=say("workload.table"), heads=_heads(say, heads), rows=tuple(
        (names.get(load.crew_id, load.crew_id), stations.get(load.crew_id, ""), round(load.hours, 1),
         round(load.reported_hours, 1), round(load.night_hours, 1), load.nights, load.calls,
         round(load.overtime_hours, 1), limits_word(load, say)) for load in found))


def breach_table(found: Sequence[Load], city: City, say: Speaker) -> Table:
    """Each limit that was broken, and what exempts it."""
    names, stations = _names(city)
    rows = [(names.get(one.crew_id, one.crew_id), stations.get(one.crew_id, ""), say(f"workload.span_{one.span}"),
             one.when, round(one.hours, 1), one.limit, say("workload.exempt_by", level=one.level) if one.level
             else say("workload.not_exempt")) for load in found for one in load.breaches]
    return Table(title=say("workload.table_breaches"), rows=tuple(rows), heads=_heads(
        say, ("crew", "station", "span", "when", "overtime", "limit", "exemption")))


def _names(city: City) -> tuple[dict[str, str], dict[str, str]]:
    """The name and the station of each crew."""
    stations = {station.id: station.name for station in city.stations}
    return ({crew.id: crew.name for crew in city.crews},
            {crew.id: stations.get(crew.station_id, "") for crew in city.crews})


def _heads(say: Speaker, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(say(f"workload.head_{name}") for name in names)


def load_frame(found: Sequence[Load], city: City, say: Speaker) -> pd.DataFrame:
    """Two rows for each crew, its ordinary hours and its overtime; the sign stands once."""
    names, stations = _names(city)
    rows = []
    for load in found:
        name = " ".join(filter(None, (stations.get(load.crew_id), names.get(load.crew_id, load.crew_id))))
        sign = "▲" if load.breaches else "△" if load.unusual_days else ""
        for place, (part, hours) in enumerate((("ordinary", load.hours - load.overtime_hours),
                                               ("overtime", load.overtime_hours))):
            rows.append({"crew": name, "part": say(f"workload.{part}"), "hours": round(hours, 2), "place": place,
                         "total": round(load.hours, 2), "limits": limits_word(load, say),
                         "told": "" if place else f"{load.hours:.1f} {sign}".strip()})
    return pd.DataFrame(rows, columns=["crew", "part", "hours", "place", "total", "limits", "told"])


def load_chart(frame: pd.DataFrame, say: Speaker, paint: Paint) -> alt.LayerChart:
    """Each crew a bar: ordinary hours, then overtime, the sum and a sign at its end."""
    crews = list(dict.fromkeys(frame["crew"]))
    rows = alt.Y("crew:N", sort=crews, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=150))
    parts = [say("workload.ordinary"), say("workload.overtime")]
    tip = [alt.Tooltip("crew:N", title=say("workload.head_crew")),
           alt.Tooltip("part:N", title=say("workload.head_part")),
           alt.Tooltip("hours:Q", title=say("workload.hours_axis"), format=".1f"),
           alt.Tooltip("limits:N", title=say("workload.head_limits"))]
    base = alt.Chart(frame)
    bars = base.mark_bar(height=13).encode(
        y=rows, order="place:O", tooltip=tip,
        x=alt.X("hours:Q", title=say("workload.hours_axis"), stack="zero", axis=alt.Axis(tickCount=6)),
        color=alt.Color("part:N", title=None, legend=alt.Legend(orient="top", offset=2, symbolType="square"),
                        scale=alt.Scale(domain=parts, range=[_ORDINARY, _OVERTIME])))
    told = base.mark_text(align="left", dx=6, fontSize=11, color=paint.label).encode(y=rows, x="total:Q", text="told:N")
    return retrospect.dressed(alt.layer(bars, told).properties(height=20 * len(crews) + 40), paint, right=50)
