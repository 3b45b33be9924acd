"""What crews say is done, and was not opened again since: the one fold of those words. Pure."""

from collections.abc import Iterable

from data.model.field import EventKind, FieldEvent
from data.model.plan import SAME_JOB_WITHIN


def done_words(events: Iterable[FieldEvent]) -> tuple[tuple[FieldEvent, ...], ...]:
    """The words that a job is done, job by job, the first of each first; none of what was opened
    again after them. Of one name, what is said a day and more after the last word is another job.
    """
    done: dict[tuple[int, str], list[list[FieldEvent]]] = {}
    for event in sorted(events, key=lambda one: (one.happened_at, one.id or 0, one.event_id)):
        if event.job_id is None or event.kind not in (EventKind.CLEAR, EventKind.REOPEN):
            continue
        jobs = done.setdefault((event.operation_id, event.job_id), [])
        if event.kind is EventKind.REOPEN:
            del jobs[-1:]
        elif jobs and event.happened_at - jobs[-1][-1].happened_at < SAME_JOB_WITHIN:
            jobs[-1].append(event)
        else:
            jobs.append([event])
    return tuple(tuple(words) for jobs in done.values() for words in jobs)
