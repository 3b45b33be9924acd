"""The desk above several districts: what each of them publishes, side by side, the most pressing
first; and what they are told to do.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.render import markup
from dashboard.render.markup import Html
from dashboard.views.headquarters import directives, lending
from data.model.headquarters.directives import DirectiveStanding
from data.model.headquarters.members import DistrictSummary, Member
from ops.base.messages import Translator
from ops.documents import labels

SILENT = timedelta(minutes=2)
"""A district that has published nothing for so long is shown as silent: six times what it takes."""
GRAVEST_FIRST = ("I", "II", "III", "IV")


def show(board: Board) -> None:
    """The whole page."""
    if not board.store.members.all():
        st.html(markup.notice("plain", board.t("above.none_yet"), alone=True))
        return
    directives.give_box(board)
    _districts(board)
    lending.lending(board)
    directives.given(board)


@st.fragment(run_every=REFRESH_S)
@safe
def _districts(board: Board) -> None:
    """A card for each district, by city."""
    found, now = board.store.members.summaries(), board.clock()
    told = board.store.directives.standings()

    def rank(one: Member) -> tuple[float, ...]:
        return pressing(found.get(one.id), now)

    cities = by_city(board)
    for city in sorted(cities, key=lambda city: min(map(rank, cities[city]))):
        ordered = sorted(cities[city], key=rank)
        told_of = [found[one.id] for one in ordered if one.id in found]
        st.html(markup.head(city, _levels(told_of, len(ordered), board.t)))
        cards = [
            card(one, found.get(one.id), _late(one, told, now), now, board.t) for one in ordered
        ]
        st.html(markup.tag("div", *cards, cls="xb-districts"))


def by_city(board: Board) -> dict[str, list[Member]]:
    """The districts that whoever looks sees: a city's desk those of its city."""
    found: dict[str, list[Member]] = {}
    for one in board.store.members.all():
        if one.archived_at is None and board.actor.city in (None, one.city):
            found.setdefault(one.city, []).append(one)
    return found


def _late(member: Member, told: list[DirectiveStanding], now: datetime) -> int:
    mine = (one for one in told if one.directive.member_id == member.id)
    return sum(one.is_late(now) for one in mine)


def pressing(summary: DistrictSummary | None, now: datetime) -> tuple[float, ...]:
    """How pressing a district is, the smallest first: silent ones, then real operation by response
    level and by when the rain begins, those with more late work and less coverage first, and drills
    last of all.
    """
    if summary is None or now - summary.at > SILENT:
        return (0,)
    level = summary.level or ""
    rank = GRAVEST_FIRST.index(level) if level in GRAVEST_FIRST else len(GRAVEST_FIRST)
    share = (summary.covered or 0) / summary.roads if summary.roads else 1.0
    return (
        1,
        bool(summary.drill),
        rank,
        _until_rain_s(summary),
        -summary.late_count,
        -len(summary.warnings),
        share,
    )


def _until_rain_s(summary: DistrictSummary) -> float:
    """By the district's own clock; rain that has begun is there, and none ahead is never."""
    if summary.onset_at is None or summary.clock_at is None:
        return float("inf")
    return max((summary.onset_at - summary.clock_at).total_seconds(), 0.0)


def _levels(found: list[DistrictSummary], count: int, t: Translator) -> str:
    """How many districts there are, and how many really respond by which level."""
    levels = [one.level for one in found if one.level and not one.drill]
    known = sorted(set(levels), key=lambda one: (one not in GRAVEST_FIRST, one))
    each = [t("above.at_level", level=one, n=levels.count(one)) for one in known]
    return " · ".join([t("above.count", n=count), *each])


def card(
    member: Member,
    summary: DistrictSummary | None,
    late_directives: int,
    now: datetime,
    t: Translator,
) -> Html:
    """What a district publishes, in its own time."""
    if summary is None:
        return _card("silent", member.name, [markup.faint(t("above.nothing"))])
    own = Translator(t.language, ZoneInfo(summary.zone))
    silent = now - summary.at > SILENT
    badges = [
        markup.badge(t("above.drill")) if summary.drill else "",
        markup.badge(own("above.silent", at=summary.at), "bad") if silent else "",
        markup.badge(t("directive.late") + f" {late_directives}", "bad") if late_directives else "",
    ]
    bad = silent or summary.late_count or late_directives
    body = [
        markup.tag("p", *(one for one in badges if one)),
        markup.facts_table(_facts(summary, own)),
        markup.bullets(
            f"{one.station} {one.place} {own('above.due', at=one.due_at)}"
            for one in summary.late[:3]
        )
        if summary.late
        else "",
    ]
    return _card("bad" if bad else "", member.name, body)


def _card(kind: str, name: str, body: list[Html | str]) -> Html:
    return markup.tag("div", markup.tag("b", name), *body, cls=f"xb-district {kind}".strip())


def _facts(one: DistrictSummary, t: Translator) -> list[tuple[str, str]]:
    """What is known, each after its name; what is not is left out, and is no zero."""
    covered = t("above.covered", covered=one.covered, roads=one.roads) if one.roads else ""
    minutes = round(one.p90_s / 60) if one.p90_s is not None else None
    version = "" if one.version is None else t("above.version", number=one.version, at=one.made_at)
    if one.held and one.version is not None:
        version = t("above.held", number=one.version)
    onset = t("above.before", at=one.onset_at) if covered and one.onset_at else ""
    facts = (
        ("warning", labels.join_names(t, one.warnings)),
        ("level", one.level or ""),
        ("onset", f"{covered} {onset}".strip()),
        ("late", str(one.late_count) if one.version is not None else ""),
        ("p90", "" if minutes is None else t("above.minutes", minutes=minutes, n=one.cases)),
        ("incidents", str(one.incidents)),
        ("out", t("above.of", n=one.units_out, total=one.units) if one.units else ""),
        ("plan", version),
        ("seen", t("above.at", at=one.at)),
    )
    return [(t(f"above.{name}"), value) for name, value in facts]
