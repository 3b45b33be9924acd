"""What a drill came to: each event of the script, when it was given, and which plan answered it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from data.model.city import City
from data.model.duty_log import LogEntry, LogKind
from ops.analytics.history import History
from ops.base.messages import Translator
from ops.documents import labels
from ops.documents.tables import Cell, Table
from ops.duty.log import corrections
from ops.exercise.injects import told
from ops.exercise.script import Inject, due_at

HEADS = ("number", "due", "given", "what", "version", "minutes", "failed")


def answers_table(
    script: Iterable[Inject],
    begun_at: datetime,
    entries: Sequence[LogEntry],
    history: History,
    city: City,
    t: Translator,
) -> Table:
    """A row for each event; what was not given, or asks for no plan, has blanks."""
    given = {one.about: one for one in entries if one.kind is LogKind.INJECT}
    rows = [
        (
            one.number,
            due_at(one, begun_at),
            *_row(given.get(one.number), entries, history, told(one, city, t), t),
        )
        for one in script
    ]
    heads = tuple(t(f"script.head_{name}") for name in HEADS)
    return Table(title=t("script.report_title"), heads=heads, rows=tuple(rows))


def _row(
    entry: LogEntry | None,
    entries: Sequence[LogEntry],
    history: History,
    what: str,
    t: Translator,
) -> tuple[Cell, ...]:
    number, minutes = _answer(entry, history) if entry else (None, None)
    failed = corrections(entry, entries) if entry else ()
    words = labels.join(t, (one.text for one in failed))
    at = entry.happened_at if entry else None
    return at, what, number, minutes, words


def _answer(entry: LogEntry, history: History) -> tuple[int | None, float | None]:
    """The version that answered what the event asked for, and after how many minutes."""
    numbers = [
        one.answered_by
        for one in history.triggers
        if one.answered_by and one.requested_at == entry.happened_at
    ]
    found = [one for one in history.published if numbers and one.number >= min(numbers)]
    if not found:
        return None, None
    took = found[0].in_force_from - entry.happened_at
    return found[0].number, round(took / timedelta(minutes=1), 1)
