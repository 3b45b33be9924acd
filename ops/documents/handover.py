"""The record of a change of the watch (交接班记录) as PDF: what stood open, the log, both names."""

from collections.abc import Sequence
from datetime import datetime

from data.model.city import City
from data.model.duty_log import LogEntry
from data.model.operation import Operation
from ops.base.messages import Translator
from ops.documents.typesetting import typeset
from ops.duty.log import Handover, handovers, notes


def as_pdf(
    handover: Handover,
    entries: Sequence[LogEntry],
    operation: Operation,
    city: City,
    now: datetime,
    t: Translator,
) -> bytes:
    """The record; ``entries`` are the whole log, of which the watch that ended is told."""
    return typeset("handover.typ", document(handover, entries, operation, city, now, t))


def document(
    handover: Handover,
    entries: Sequence[LogEntry],
    operation: Operation,
    city: City,
    now: datetime,
    t: Translator,
) -> dict:
    """All that is printed, in words."""
    given, taken = handover.given, handover.taken
    still_open = [t.message(one) for one in given.open] or [t("handover.nothing")]
    log = [line for note in watch_of(handover, entries) for line in _lines(note, entries, t)]
    return {
        "lang": t.language,
        "drill": t("paper.drill") if operation.is_drill else "",
        "title": t("handover.paper_title", district=city.district.name),
        "parts": [
            {"title": t("handover.open_title", n=len(given.open)), "lines": still_open},
            {"title": t("handover.paper_log"), "lines": log or [t("duty_log.nothing")]},
        ],
        "words": [one for one in (given.text, taken.text if taken else "") if one],
        "signs": [
            {
                "name": t("handover.sign_give", name=t.actor(given.by)),
                "at": str(t.moment(given.written_at)),
            },
            {
                "name": t("handover.sign_take", name=t.actor(taken.by) if taken else ""),
                "at": str(t.moment(taken.written_at)) if taken else "",
            },
        ],
        "foot": t("paper.foot", at=now, district=city.district.name)
        + (" · " + t("paper.sample") if city.district.sample else ""),
    }


def watch_of(handover: Handover, entries: Sequence[LogEntry]) -> tuple[LogEntry, ...]:
    """The notes of the watch that this handover ended, the oldest first."""
    ids = sorted(one.given.id or 0 for one in handovers(entries))
    last = handover.given.id or 0
    before = max((one for one in ids if one < last), default=0)
    found = [note.entry for note in notes(entries) if before < (note.entry.id or 0) < last]
    return tuple(reversed(found))


def _lines(entry: LogEntry, entries: Sequence[LogEntry], t: Translator) -> list[str]:

    def line(at: datetime, one: LogEntry) -> str:
        words = t("name.more", what=one.text, more=t.actor(one.by))
        return f"{t.moment(at)}\N{IDEOGRAPHIC SPACE}{words}"

    later = next(note for note in notes(entries) if note.entry.id == entry.id).corrections
    word = t("duty_log.kind_correction")
    return [
        line(entry.happened_at, entry),
        *(f"\N{IDEOGRAPHIC SPACE}{word} {line(one.written_at, one)}" for one in later),
    ]
