"""A month of the roster as a table: a row for each crew, driver or person, a column for each day.
Pure.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta

from dashboard.render import markup
from data.model.city import City, Worker, worker_key
from data.model.roster import WorkerKey
from ops.base.messages import Translator
from ops.district.roster_changes import worker_name
from ops.district.rosters import is_on_leave, shift_on, swapped

WEEKEND = 5


def month_days(first: date) -> list[date]:
    """Every day of the month that a day lies in."""
    start = first.replace(day=1)
    after = (start + timedelta(days=31)).replace(day=1)
    return [start + timedelta(days=n) for n in range((after - start).days)]


def grid(
    workers: Iterable[Worker],
    days: Sequence[date],
    city: City,
    faults: Collection[tuple[WorkerKey, date]],
    today: date,
    t: Translator,
) -> markup.Html:
    """The table; ``faults`` are marked, and today's column."""
    heads = [markup.tag("th", t("roster.who"))]
    for day in days:
        kind = "today" if day == today else "weekend" if day.weekday() >= WEEKEND else ""
        name = t(f"roster.weekday_{day.weekday()}")
        heads.append(markup.tag("th", str(day.day), markup.tag("em", name), cls=kind))
    rows = [
        markup.tag(
            "tr",
            markup.tag("th", worker_name(worker)),
            *(_cell(worker, day, city, (worker_key(worker), day) in faults, t) for day in days),
        )
        for worker in workers
    ]
    body = markup.tag(
        "table", markup.tag("thead", markup.tag("tr", heads)), markup.tag("tbody", rows)
    )
    return markup.tag("div", body, cls="xb-roster")


def _cell(worker: Worker, day: date, city: City, is_wrong: bool, t: Translator) -> markup.Html:
    shift = shift_on(worker, day, city)
    entry = city.roster_by_day.get((worker_key(worker), day))
    if shift is None:
        away = entry.duty if entry and entry.duty in ("leave", "absent") else "off"
        text, kind = t(f"roster.short_{away}"), away
    else:
        text, kind = shift.name[:1], f"turn{city.shifts.index(shift) % 4}"
    other = swapped(worker, day, city) if not (entry and entry.duty) else None
    mark = "*" if other or (entry and not is_on_leave(worker, day, city)) else ""
    title = f"{worker_name(worker)} {day.isoformat()} {shift.name if shift else ''}"
    if other:
        title += " " + t("roster.swapped", who=worker_name(other))
    wrong = " wrong" if is_wrong else ""
    return markup.tag("td", text + mark, cls=kind + wrong, title=title.strip())
