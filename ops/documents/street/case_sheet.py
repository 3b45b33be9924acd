"""A case of the street on one page (案件单): where, whose, its steps, who was told, what was said;
and the words for it that the board shows too.
"""

from datetime import datetime, timedelta

from data.model.city import City
from data.model.operation import Operation
from data.model.street.street_case import GRID, CaseEvent, CaseEventKind, CaseStep
from ops.base.messages import Translator
from ops.base.naming import segment_name, station_name
from ops.documents import labels
from ops.documents.typesetting import typeset
from ops.field.cases.standing import CaseStanding, StepStanding
from ops.field.cases.usual import as_read


def as_pdf(
    one: CaseStanding, operation: Operation, city: City, now: datetime, t: Translator
) -> bytes:
    """The page as PDF."""
    return typeset("case_sheet.typ", document(one, operation, city, now, t))


def document(
    one: CaseStanding, operation: Operation, city: City, now: datetime, t: Translator
) -> dict:
    """All that is printed, in words."""
    said = [line for event in one.events if (line := event_line(t, event, one, city))]
    return {
        "lang": t.language,
        "drill": t("paper.drill") if operation.is_drill else "",
        "title": t("case.paper_title", number=one.case.id),
        "facts": [list(fact) for fact in facts(t, one, city, now)],
        "heads": [t(f"case.head_{name}") for name in ("step", "owner", "due", "after", "state")],
        "steps": [step_cells(t, step, one, city, now) for step in one.steps],
        "steps_title": t("case.steps"),
        "said_title": t("case.story"),
        "said": said or [t("case.nothing_said")],
        "foot": t("paper.foot", at=now, district=city.district.name)
        + (" · " + t("paper.sample") if city.district.sample else ""),
    }


def facts(
    t: Translator, one: CaseStanding, city: City, now: datetime
) -> tuple[tuple[str, str], ...]:
    """What is known of a case, each after its name."""
    case = one.case
    late = max(timedelta(0), now - one.due_at) if not one.closed else timedelta(0)
    due = str(t.moment(one.due_at))
    if late:
        due = t("name.more", what=due, more=late_word(t, late))
    return (
        (t("case.fact_what"), t("case.line", what=t(f"case_kind.{case.kind}"), text=case.text)),
        (t("case.fact_level"), t(f"case_level.{one.level}")),
        (t("case.fact_where"), t.message(segment_name(case.segment_id, city))),
        (t("case.fact_by"), f"{t.actor(case.by)} {t.moment(case.reported_at)}"),
        (t("case.fact_owner"), owner_line(t, one, city)),
        (t("case.fact_due"), due),
        (t("case.fact_state"), state_word(t, one, now)),
    )


def owner_name(t: Translator, owner: str, city: City) -> str:
    """Who it is: a station by its name, the grid, a department of the tables in the reader's
    language, another as it is called.
    """
    if owner == GRID:
        return t("case_owner.grid")
    if owner in city.station_by_id:
        return station_name(owner, city)
    return t.message(as_read(owner, "case_owner"))


def step_name(t: Translator, step: CaseStep) -> str:
    """What is to be done: a usual step in the reader's language, another as it was written."""
    return t.message(as_read(step.what, "case_step"))


def owner_line(t: Translator, one: CaseStanding, city: City) -> str:
    """Who has it, and to whom it is offered who has not taken it."""
    name = owner_name(t, one.owner, city)
    if one.offered_to:
        return t("case.offered", owner=name, to=owner_name(t, one.offered_to, city))
    return name


def state_word(t: Translator, one: CaseStanding, now: datetime) -> str:
    """How a case stands, in a word."""
    if one.closed:
        return t("case.state_answered" if one.answered else "case.state_closed")
    if one.is_unseen:
        return t("case.state_unseen")
    if late := one.late(now):
        if now <= one.due_at:
            return t("case.state_step_late", late=labels.span_of(t, late))
        return late_word(t, late)
    if one.done and all(step.done for step in one.steps):
        return t("case.state_done")
    return t("case.state_taken" if one.accepted else "case.state_open")


def late_word(t: Translator, late: timedelta) -> str:
    """By how much something is late."""
    return t("case.state_late", late=labels.span_of(t, late))


def step_cells(
    t: Translator, step: StepStanding, one: CaseStanding, city: City, now: datetime
) -> list[str]:
    """A step in a row: what, whose, until when, after what, how it stands."""
    names = {each.step.key: step_name(t, each.step) for each in one.steps}
    return [
        step_name(t, step.step),
        owner_name(t, step.step.owner, city),
        str(t.moment(step.step.due_at)),
        labels.join_names(t, (names.get(key, key) for key in step.step.after)),
        step_state(t, step, names, now),
    ]


def step_state(t: Translator, step: StepStanding, names: dict[str, str], now: datetime) -> str:
    """How a step stands, in words."""
    if step.done:
        return t("case.step_done", at=step.done.at, by=step.done.by)
    if step.waits_for:
        return t("case.step_waiting", steps=tuple(names[key] for key in step.waits_for))
    late = step.late(now)
    return late_word(t, late) if late else t("case.step_due")


def event_line(t: Translator, event: CaseEvent, one: CaseStanding, city: City) -> str:
    """What was said of a case, in a sentence; empty for what the steps show anyway."""
    if event.kind is CaseEventKind.PLAN:
        return ""
    names = {each.step.key: step_name(t, each.step) for each in one.steps}
    return t(
        f"case.said_{event.kind}",
        at=event.at,
        by=event.by,
        owner=owner_name(t, event.owner, city) if event.owner else "",
        step=names.get(event.step or "", ""),
        to=t(f"case_rung.{min(event.rung, 3)}") if event.rung else "",
        text=event.text,
    )
