"""The morning's and the evening's briefing (早报、晚报) for the superior office: one page as PDF,
or the tables as Excel. What was reported stands beside what was planned, never mixed with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from data.model.city import City
from data.model.operation import LevelOrder, Operation
from data.model.plan import RainOutlook
from ops.base.messages import Translator
from ops.base.naming import station_name
from ops.documents import labels
from ops.documents.tables import Cell, Table, cell_text
from ops.documents.typesetting import typeset
from ops.duty.briefing import BriefingFigures, BriefingKind, Effort
from ops.field.calls.incident_jobs import matter_name
from weather.model import Alert
from weather.validity import ends_at

MOST_LINES = 8
EFFORTS = ("people", "vehicles", "places", "posts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """What a briefing is made of.

    Attributes
    ----------
    begin, now
        The span that it tells of, by the operation's clock.
    figures, ahead
        What was done in the span; what the plan wants from now on, in as many hours as it was long.
    alerts, order, rain
        The warnings in force, the level ordered, the rain of the plan in force.
    needs
        How many things wait for the desk's hand.
    watch
        Who has the watch; ``by`` makes the briefing.
    """

    operation: Operation
    kind: BriefingKind
    begin: datetime
    now: datetime
    figures: BriefingFigures
    ahead: Effort
    city: City
    alerts: Sequence[Alert] = ()
    order: LevelOrder | None = None
    rain: RainOutlook | None = None
    needs: int = 0
    watch: str | None = None
    by: str = ""


def as_pdf(briefing: Briefing, t: Translator) -> bytes:
    """The briefing as one page."""
    return typeset("briefing.typ", document(briefing, t))


def as_tables(briefing: Briefing, t: Translator) -> tuple[Table, ...]:
    """The briefing as tables: its figures with whose they are, and what is open."""
    head: list[tuple[Cell, ...]] = [
        (t("report.district"), _district(briefing, t), None),
        (t("report.begin"), briefing.begin, None),
        (t("report.end"), briefing.now, None),
    ]
    foot: list[tuple[Cell, ...]] = [
        (t("briefing.watch"), briefing.watch or "", None),
        (t("report.by"), t.actor(briefing.by), None),
    ]
    figures = Table(
        title=t(f"briefing.{briefing.kind}"),
        heads=(t("report.item"), t("briefing.reported"), t("briefing.planned")),
        rows=(*head, *_rows(briefing.figures, t), *foot),
    )
    sections = Table(
        title=t("briefing.sections"),
        heads=(t("briefing.section"), t("briefing.told")),
        rows=tuple((part["title"], line) for part in _parts(briefing, t) for line in part["lines"]),
    )
    return figures, sections


def document(briefing: Briefing, t: Translator) -> dict:
    """All that is printed, in words."""
    rows = _rows(briefing.figures, t)
    return {
        "lang": t.language,
        "drill": t("paper.drill") if briefing.operation.is_drill else "",
        "title": t("briefing.title", district=briefing.city.district.name),
        "kind": t(f"briefing.{briefing.kind}"),
        "span": t("report.span", begin=briefing.begin, end=briefing.now),
        "summary": _summary(briefing.figures, t),
        "heads": [t("report.item"), t("briefing.reported"), t("briefing.planned")],
        "rows": [[cell_text(cell, t) for cell in row] for row in rows],
        "parts": _parts(briefing, t),
        "notes": [t("briefing.definition"), t("report.reported")],
        "signs": [t("briefing.sign_watch", name=briefing.watch or ""), t("briefing.sign_leader")],
        "foot": t("report.foot", at=briefing.now, by=briefing.by)
        + (" · " + t("paper.sample") if briefing.city.district.sample else ""),
    }


def _district(briefing: Briefing, t: Translator) -> str:
    mark = t("report.drill_mark") if briefing.operation.is_drill else ""
    return briefing.city.district.name + mark


def _rows(found: BriefingFigures, t: Translator) -> list[tuple[Cell, ...]]:
    efforts = [
        (t(f"briefing.{name}"), getattr(found.reported, name), getattr(found.planned, name))
        for name in EFFORTS
    ]
    return [
        *efforts,
        (t("briefing.inlets"), found.inlets, None),
        (t("briefing.silt"), found.silt_m3, None),
        (t("briefing.incidents"), len(found.incidents), None),
        (t("briefing.closed"), found.closed, None),
        (t("briefing.still"), len(found.still), None),
    ]


def _summary(found: BriefingFigures, t: Translator) -> str:
    """The sentence that is read out, in the superior's form; of what was reported alone."""
    facts = {name: getattr(found.reported, name) for name in EFFORTS}
    return t(
        "briefing.summary",
        **facts,
        inlets=found.inlets,
        silt=f"{found.silt_m3:g}",
        incidents=len(found.incidents),
        closed=found.closed,
        still=len(found.still),
    )


def _parts(briefing: Briefing, t: Translator) -> list[dict]:
    parts = {
        "weather": _weather(briefing, t),
        "open": _open(briefing, t),
        "silent": _silent(briefing, t),
        "next": [t("briefing.ahead", **{n: getattr(briefing.ahead, n) for n in EFFORTS})],
    }
    return [
        {"title": t(f"briefing.part_{name}"), "lines": lines or [t("report.none")]}
        for name, lines in parts.items()
    ]


def _weather(briefing: Briefing, t: Translator) -> list[str]:
    lines = [
        t("handover.alert", alert=labels.alert_name(t, one), at=ends_at(one))
        for one in briefing.alerts
    ]
    if briefing.order:
        lines.append(t("handover.level", level=briefing.order.level, by=briefing.order.by))
    if briefing.rain and (told := labels.rain_ahead(t, briefing.rain, briefing.now)):
        lines.append(told)
    return lines


def _open(briefing: Briefing, t: Translator) -> list[str]:
    still = briefing.figures.still
    lines = [
        t("report.open_incident", what=matter_name(one, briefing.city), at=one.first.received_at)
        for one in still[:MOST_LINES]
    ]
    if len(still) > MOST_LINES:
        lines.append(t("report.more", n=len(still) - MOST_LINES))
    if briefing.needs:
        lines.append(t("briefing.needs", n=briefing.needs))
    return lines


def _silent(briefing: Briefing, t: Translator) -> list[str]:
    names = tuple(station_name(one, briefing.city) for one in briefing.figures.silent)
    return [t("briefing.silent", places=names, n=len(names))] if names else []
