"""The month of street cleaning as tables for a spreadsheet, and as a printed sheet. Pure."""

from collections.abc import Iterable
from datetime import datetime

from data.model.city import City, Segment
from data.model.operation import Operation
from data.model.plan import JobKind
from data.model.street.cleaning import HelperGroup, StreetCheck
from ops.base.messages import Translator
from ops.cleaning.month import CleaningMonth, RoadMonth
from ops.cleaning.parameters import CleaningSettings
from ops.cleaning.rounds import ROUNDS, every
from ops.cleaning.volunteers import PostStanding
from ops.district.places import length_km
from ops.documents import labels
from ops.documents.spreadsheets import as_excel
from ops.documents.tables import Table
from ops.documents.typesetting import typeset

_COUNTS = ("head_wanted", "head_made", "head_untold", "head_held", "head_missed")
PRINTED_ROADS = 40
"""So many roads with rounds not made stand on paper, the worst first; the workbook has all."""


def as_workbook(
    month: CleaningMonth, city: City, settings: CleaningSettings, t: Translator
) -> bytes:
    """A sheet each for the classes of road, the roads, the checks and the actions."""
    return as_excel(
        [
            class_table(month, city, settings, t),
            road_table(month, month.roads, city, settings, t),
            check_table(month.checks, city, t),
            post_table(month.posts, city, t),
        ],
        t,
    )


def as_pdf(
    month: CleaningMonth,
    operation: Operation,
    city: City,
    settings: CleaningSettings,
    t: Translator,
) -> bytes:
    """The sheet that is signed and sent."""
    return typeset("cleaning_month.typ", document(month, operation, city, settings, t))


def document(
    month: CleaningMonth,
    operation: Operation,
    city: City,
    settings: CleaningSettings,
    t: Translator,
) -> dict:
    """All that is printed, in words."""
    behind = sorted((one for one in month.roads if one.missed), key=lambda one: -one.missed)
    tables = (
        class_table(month, city, settings, t),
        road_table(month, behind[:PRINTED_ROADS], city, settings, t),
        check_table(month.checks, city, t),
        post_table(month.posts, city, t),
    )
    return {
        "lang": t.language,
        "drill": t("paper.drill") if operation.is_drill else "",
        "title": t("cleaning.month_title"),
        "facts": _facts(month, settings, t),
        "rule": t("cleaning.rule"),
        "tables": [
            {
                "title": table.title,
                "heads": table.heads,
                "rows": [[_printed(cell, t) for cell in row] for row in table.rows],
            }
            for table in tables
            if table.rows
        ],
        "foot": t("paper.foot", at=month.span[1], district=city.district.name)
        + (" · " + t("paper.sample") if city.district.sample else ""),
    }


def _printed(cell: object, t: Translator) -> str:
    if cell is None:
        return ""
    return f"{t.moment(cell)}" if isinstance(cell, datetime) else str(cell)


def _facts(month: CleaningMonth, settings: CleaningSettings, t: Translator) -> list[list[str]]:
    mean, failed = (
        month.mean_score,
        sum(check.score < settings.pass_score for check in month.checks),
    )
    checks = t("cleaning.checks_none")
    if mean is not None:
        checks = t("cleaning.checks_line", n=len(month.checks), mean=round(mean, 1), failed=failed)
    filled = sum(one.filled for one in month.posts)
    came = sum(sum(one.came.values()) for one in month.posts)
    posts = t("cleaning.posts_line", n=len(month.posts), filled=filled, came=came)
    start, end = month.span
    return [
        [t("cleaning.fact_span"), t("cleaning.month_span", **{"from": start, "until": end})],
        [t("cleaning.fact_held"), f"{month.held_hours:.1f}"],
        [t("cleaning.fact_checks"), checks],
        [t("cleaning.fact_posts"), posts if month.posts else t("cleaning.checks_none")],
    ]


def class_table(
    month: CleaningMonth, city: City, settings: CleaningSettings, t: Translator
) -> Table:
    """A row for each kind of round and class of road, the key roads first."""
    heads = ("head_kind", "head_class", "head_every", "head_roads", "head_km", *_COUNTS)
    rows = []
    for kind in ROUNDS:
        for importance in (5, 4, 3, 2, 1):
            own = [
                one
                for one in month.roads
                if one.kind is kind and _road(one, city).importance == importance
            ]
            if own:
                kilometres = sum(length_km(_road(one, city)) for one in own)
                often = _hours(kind, _road(own[0], city), settings)
                rows.append(
                    (
                        t(f"job.{kind}"),
                        importance,
                        often,
                        len(own),
                        round(kilometres, 1),
                        *_counts(own),
                    )
                )
    return _table(t, "sheet_classes", (*heads, "head_share"), rows)


def road_table(
    month: CleaningMonth,
    roads: Iterable[RoadMonth],
    city: City,
    settings: CleaningSettings,
    t: Translator,
) -> Table:
    """A row for each road and kind of round."""
    heads = ("head_road", "head_class", "head_kind", "head_every", *_COUNTS, "head_share")
    rows = [
        (
            labels.segment_name(t, segment),
            segment.importance,
            t(f"job.{one.kind}"),
            _hours(one.kind, segment, settings),
            *_counts([one]),
            one.last_at,
        )
        for one in roads
        for segment in (_road(one, city),)
    ]
    return _table(t, "sheet_roads", (*heads, "head_last"), rows)


def _road(one: RoadMonth, city: City) -> Segment:
    return city.segment_by_id[one.segment_id]


def _hours(kind: JobKind, segment: Segment, settings: CleaningSettings) -> float | None:
    often = every(kind, segment, settings)
    return often.total_seconds() / 3600 if often else None


def _counts(roads: Iterable[RoadMonth]) -> tuple[int | None, ...]:
    """What was wanted and what of it was made; a share of nothing is none."""
    roads = tuple(roads)
    wanted = sum(one.wanted for one in roads)
    made = sum(min(one.made, one.wanted) for one in roads)
    return (
        wanted,
        sum(one.made for one in roads),
        sum(one.untold for one in roads),
        sum(one.held for one in roads),
        sum(one.missed for one in roads),
        round(100 * made / wanted) if wanted else None,
    )


def check_table(checks: Iterable[StreetCheck], city: City, t: Translator) -> Table:
    """A row for each check, the newest first."""
    heads = ("head_at", "head_road", "head_score", "head_faults", "head_by", "head_photo")
    rows = [
        (
            check.at,
            labels.place_name(t, city, check.segment_id),
            check.score,
            fault_words(check, t),
            t.actor(check.by),
            t("cleaning.has_photo") if check.photo else "",
        )
        for check in sorted(checks, key=lambda one: one.at, reverse=True)
    ]
    return _table(t, "sheet_checks", heads, rows)


def fault_words(check: StreetCheck, t: Translator) -> str:
    """What was found, and what was written of it."""
    words = [t(f"cleaning.fault_{fault}") for fault in check.faults]
    return labels.join_names(t, [*words, *([check.text] if check.text else [])])


def post_table(posts: Iterable[PostStanding], city: City, t: Translator) -> Table:
    """A row for each action."""
    heads = (
        "post_name",
        "head_at",
        "head_place",
        "head_people",
        "head_filled",
        "head_party",
        "head_came",
        "head_state",
    )
    rows = [
        (
            one.post.name,
            one.post.from_at,
            one.post.place or labels.place_name(t, city, one.post.segment_id),
            one.post.wanted,
            one.filled,
            one.of(HelperGroup.PARTY),
            sum(one.came.values()) if one.came else None,
            post_state(one, t),
        )
        for one in posts
    ]
    return _table(t, "sheet_posts", heads, rows)


def post_state(one: PostStanding, t: Translator) -> str:
    """How an action stands, in a word or two."""
    if one.cancelled:
        return t("cleaning.post_cancelled")
    if one.held:
        return t("cleaning.post_held")
    if one.came:
        return t("cleaning.post_came", n=sum(one.came.values()))
    return t("cleaning.post_open", n=one.open) if one.open else t("cleaning.post_full")


def _table(t: Translator, title: str, heads: Iterable[str], rows: Iterable[tuple]) -> Table:
    return Table(
        title=t(f"cleaning.{title}"),
        heads=tuple(t(f"cleaning.{head}") for head in heads),
        rows=tuple(rows),
    )
