"""What residents are told of a work: what, where, when as far as anybody can say, and whether they
get through. Printed and hung up.
"""

from datetime import date, datetime

from data.model.city import City
from data.model.message import Message
from data.model.operation import Operation
from data.model.street.works import Passage, Work
from ops.base.messages import Translator
from ops.documents import labels
from ops.documents.typesetting import typeset
from ops.works.programme import Programme
from ops.works.schedule import WorkDates


def as_pdf(
    work: Work,
    programme: Programme,
    operation: Operation,
    city: City,
    now: datetime,
    t: Translator,
) -> bytes:
    """The notice of one work, on one page."""
    return typeset("works.typ", document(work, programme, operation, city, now, t))


def document(
    work: Work,
    programme: Programme,
    operation: Operation,
    city: City,
    now: datetime,
    t: Translator,
) -> dict:
    """All that is printed, in words."""
    return {
        "lang": t.language,
        "drill": t("paper.drill") if operation.is_drill else "",
        "title": t("works.notice_title"),
        "facts": [
            [t("works.head_work"), work.name],
            [t("works.head_place"), place_of(work, city, t)],
            [t("works.head_agency"), work.agency],
        ],
        "lines": [t.message(line) for line in _lines(work, programme, t)],
        "foot": t("paper.foot", at=now, district=city.district.name)
        + (" · " + t("paper.sample") if city.district.sample else ""),
    }


def place_of(work: Work, city: City, t: Translator) -> str:
    """Where it is: as its table says, else its stretch of road."""
    segment = city.segment_by_id.get(work.segment_id or "")
    return work.place or (labels.segment_name(t, segment) if segment else t("works.no_place"))


def day(t: Translator, found: date | None) -> str:
    """A day as people read it, or that none is in sight."""
    return t("works.not_in_sight") if found is None else t("works.day", day=found)


def _lines(work: Work, programme: Programme, t: Translator) -> list[Message]:
    dates, standing = programme.dates.get(work.id), programme.standing[work.id]
    if dates is None:
        over = standing.finished_on
        return [Message("works.notice_over", {"day": day(t, over)} if over else {"day": "—"})]
    if not dates.likely_end and not dates.likely_start:
        return [Message("works.no_date")]
    begin = (
        Message("works.notice_began", {"day": day(t, standing.started_on)})
        if standing.started_on
        else Message("works.notice_begins", {"day": day(t, dates.likely_start)})
    )
    return [
        begin,
        Message(
            "works.notice_ends", {"day": day(t, dates.likely_end), "sure": day(t, dates.sure_end)}
        ),
        *_weather(dates, t),
        Message(f"works.passage_{Passage(work.passage)}"),
        Message("works.notice_moves"),
    ]


def _weather(dates: WorkDates, t: Translator) -> list[Message]:
    if not dates.window:
        return []
    first, share = dates.window
    return [Message("works.notice_window", {"day": day(t, first), "share": round(100 * share)})]
