"""The programme of dry-day works as a table, and its clashes in sentences. Pure."""

from collections.abc import Iterator

from data.model.city import City
from data.model.message import Message
from data.model.street.works import Work
from ops.base.messages import Translator
from ops.documents.street.works_notice import day, place_of
from ops.documents.tables import Table
from ops.works.clashes import Clash
from ops.works.programme import Programme
from ops.works.schedule import WorkDates
from ops.works.standing import Standing

HEADS = (
    "head_work",
    "head_place",
    "head_agency",
    "head_kind",
    "head_stands",
    "head_start",
    "head_end",
    "head_sure",
    "head_in_time",
    "head_why",
    "head_months",
)


def programme_table(programme: Programme, city: City, t: Translator) -> Table:
    """A row for each work, in the order in which they are done."""
    return Table(
        title=t("works.page"),
        heads=tuple(t(f"works.{head}") for head in HEADS),
        rows=tuple(_row(work, programme, city, t) for work in programme.works),
    )


def _row(work: Work, programme: Programme, city: City, t: Translator) -> tuple[str, ...]:
    dates, standing = programme.dates.get(work.id), programme.standing[work.id]
    others = "" if work.in_programme else t("works.others")
    return (
        work.name + others,
        place_of(work, city, t),
        work.agency,
        t(f"works.kind_{work.kind}"),
        _stands(standing, t),
        *_dates(dates, programme, t),
    )


def _stands(standing: Standing, t: Translator) -> str:
    if standing.withdrawn:
        return t("works.stands_withdrawn")
    if standing.finished_on:
        return t("works.stands_finished", day=day(t, standing.finished_on))
    if standing.started_on:
        return t("works.stands_under_way", day=day(t, standing.started_on))
    return t("works.stands_waiting")


def _dates(dates: WorkDates | None, programme: Programme, t: Translator) -> tuple[str, ...]:
    if dates is None:
        return ("",) * 6
    if not dates.by_month and not dates.likely_start:
        return ("", "", "", "", t("works.and").join(map(t.message, dates.why)), "")
    return (
        day(t, dates.likely_start),
        day(t, dates.likely_end),
        day(t, dates.sure_end),
        "" if dates.in_time is None else t("works.share", share=round(100 * dates.in_time)),
        t("works.and").join(_said(one, programme, t) for one in dates.why),
        t("works.and").join(
            t("works.month", month=month, share=round(100 * share))
            for month, share in dates.by_month
        ),
    )


def _said(why: Message, programme: Programme, t: Translator) -> str:
    """What it waits for; another work by its name."""
    names = {work.id: work.name for work in programme.works}
    what = why.facts.get("what")
    return t.message(Message(why.code, {**why.facts, "what": names.get(str(what), what)}))


def clash_lines(clash: Clash, city: City, t: Translator) -> Iterator[str]:
    """What is at stake on both sides, in sentences."""
    names = {
        "place": place_of(clash.trench, city, t),
        "surface": clash.surface.name,
        "trench": clash.trench.name,
        "surface_agency": clash.surface.agency,
        "trench_agency": clash.trench.agency,
    }
    if clash.laid_on:
        yield t(
            "works.clash_laid",
            day=day(t, clash.laid_on),
            until=day(t, clash.closed_until),
            **names,
        )
        return
    if clash.surface_dates:
        yield t(
            "works.clash_tell",
            surface_start=day(t, clash.surface_dates.likely_start),
            surface_end=day(t, clash.surface_dates.likely_end),
            trench_start=_begins(clash, t),
            **names,
        )
    if clash.closed_until:
        yield t("works.clash_closed", day=day(t, clash.closed_until))
    yield _if_mended(clash, t)


def _begins(clash: Clash, t: Translator) -> str:
    start = clash.trench_dates.likely_start
    return day(t, start) if start else t("works.no_date")


def _if_mended(clash: Clash, t: Translator) -> str:
    trench, surface = clash.trench_first, clash.surface_after
    if not trench or not surface:
        return t("works.clash_circle")
    in_time = (
        ""
        if surface.in_time is None
        else t("works.clash_in_time", share=round(100 * surface.in_time))
    )
    return t(
        "works.clash_mended",
        trench_start=day(t, trench.likely_start),
        trench_end=day(t, trench.likely_end),
        surface_start=day(t, surface.likely_start),
        surface_end=day(t, surface.likely_end),
        in_time=in_time,
    )
