"""The ledger of the service cars' calls as a table, kits and proposals in words. Pure."""

from collections.abc import Iterable

from ops.base import naming
from ops.base.messages import Translator
from ops.documents import labels
from ops.documents.tables import Cell, Table
from ops.field.cars.calls import CallRecord
from ops.field.cars.kit import Kit
from ops.field.cars.proposals import Proposal

HEADS = (
    "head_number",
    "head_at",
    "head_kind",
    "head_place",
    "head_by",
    "head_taken_up",
    "head_on_site",
    "head_minutes",
    "head_done",
    "head_used",
    "head_missing",
    "head_text",
)


def calls_table(records: Iterable[CallRecord], t: Translator) -> Table:
    """A row for each call, the latest first."""
    return Table(
        title=t("street_service.cars"),
        heads=tuple(t(f"cars.{head}") for head in HEADS),
        rows=tuple(_row(one, t) for one in reversed(tuple(records))),
    )


def _row(one: CallRecord, t: Translator) -> tuple[Cell, ...]:
    return (
        one.number,
        f"{t.moment(one.at):day} {t.moment(one.at):hm}",
        t(f"case_kind.{one.kind}"),
        labels.said(t, one.place),
        labels.join_names(t, one.by),
        *(f"{t.moment(at):hm}" if at else "" for at in (one.taken_up_at, one.on_site_at)),
        None if one.to_site is None else round(one.to_site.total_seconds() / 60),
        f"{t.moment(one.done_at):hm}" if one.done_at else "",
        *(labels.join_names(t, labels.kit_texts(t, taken)) for taken in (one.used, one.missing)),
        one.text,
    )


def kit_words(kit: Kit, t: Translator) -> tuple[str, ...]:
    """What is in a car now; where something is short, also how many there should be."""
    return tuple(
        t(
            "cars.of" if item in kit.short else "kit.n",
            item=naming.item_name(item),
            n=kit.left[item],
            full=number,
        )
        for item, number in kit.full.items()
    )


def proposal_lines(one: Proposal, t: Translator) -> tuple[str, ...]:
    """What to carry, then the calls that say so."""
    code = "cars.propose_some" if one.least < one.number else "cars.propose"
    title = t(
        code,
        item=naming.item_name(one.item),
        n=one.number,
        least=one.least,
        carried=one.carried,
    )
    return (title, *(_says(call, t) for call in one.calls))


def _says(call: CallRecord, t: Translator) -> str:
    used, missing = (labels.kit_texts(t, taken) for taken in (call.used, call.missing))
    parts = (
        *(t("cars.says_used", what=what) for what in used),
        *(t("cars.says_missing", what=what) for what in missing),
        *((call.text,) if call.text else ()),
    )
    return t(
        "cars.says",
        day=f"{t.moment(call.at):day}",
        kind=t(f"case_kind.{call.kind}"),
        place=call.place or "—",
        what=parts,
    )
