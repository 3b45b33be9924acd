"""The duty log is only added to; the watch is handed over by one and taken over by another."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.account import Role
from data.model.duty_log import LogEntry, LogKind
from data.model.message import Message
from ops.auth.permissions import CONSOLE, Actor
from ops.base.errors import NotAllowed
from ops.base.messages import LANGUAGES, Translator
from ops.documents import handover as record
from ops.duty.log import (
    hand_over,
    handovers,
    notes,
    on_watch,
    take_over,
    waiting,
    write_note,
)
from tests.helpers.files.pdf import pages, squeezed, words_of
from tests.helpers.makers import NOW, both_databases, make_city

WANG, LI = (Actor(name=name, role=Role.DUTY) for name in ("王", "李"))
MINUTE = timedelta(minutes=1)
OPEN = (Message("handover.level", {"level": "II", "by": "局长"}),)


def refused(code: str, deed, *args, **more) -> None:
    with pytest.raises(NotAllowed) as told:
        deed(*args, **more)
    assert told.value.code == code


def test_a_note_stays_and_is_corrected_by_a_further_word(store, drill):
    first = write_note(store, drill, WANG, "水深20厘米", NOW - 10 * MINUTE, NOW)
    write_note(store, drill, LI, "是30厘米", NOW, NOW, about=first.id)
    write_note(store, drill, WANG, "更早的事", NOW - 30 * MINUTE, NOW)
    latest, earlier = notes(store.duty_log.entries(drill.id))
    assert (latest.entry, earlier.entry.text) == (first, "更早的事")
    assert [(one.by, one.text) for one in latest.corrections] == [("李", "是30厘米")]


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("duty_log.empty", {"text": " \n"}),
        ("duty_log.bad_text", {"text": "x" * 2001}),
        ("duty_log.bad_text", {"text": "\x1b[2J"}),
        ("duty_log.bad_time", {"happened_at": NOW + MINUTE}),
        ("duty_log.bad_time", {"happened_at": NOW - timedelta(hours=25)}),
        ("duty_log.no_entry", {"about": 99}),
    ],
)
def test_what_can_not_be_meant_is_refused(store, drill, code, changes):
    facts = {"text": "说明", "happened_at": NOW, "now": NOW}
    refused(code, write_note, store, drill, WANG, **(facts | changes))
    assert not store.duty_log.entries(drill.id)


def test_the_watch_goes_from_one_to_another_who_both_sign(store, drill):
    given = hand_over(store, drill, WANG, "看好连阳路", OPEN, NOW)
    refused("duty_log.waits", hand_over, store, drill, LI, "", (), NOW)
    refused("duty_log.same_officer", take_over, store, drill, WANG, given.id, "", NOW)
    refused("duty_log.no_handover", take_over, store, drill, LI, given.id + 1, "", NOW)
    assert on_watch(store.duty_log.entries(drill.id)) is None
    taken = take_over(store, drill, LI, given.id, "知道了", NOW + MINUTE)
    refused("duty_log.no_handover", take_over, store, drill, WANG, given.id, "", NOW)
    entries = store.duty_log.entries(drill.id)
    (one,) = handovers(entries)
    assert (one.given, one.taken, on_watch(entries)) == (given, taken, "李")
    assert one.given.open == OPEN
    assert waiting(entries) is None
    again = hand_over(store, drill, LI, "", (), NOW + 2 * MINUTE)
    later = NOW + timedelta(days=40)
    write_note(store, drill, CONSOLE, "汛后", later, later)
    entries = store.duty_log.entries(drill.id)
    assert (waiting(entries), on_watch(entries)) == (again, "李")


@both_databases
def test_a_handover_is_taken_once_whoever_is_quicker(store, drill):
    entry = LogEntry(
        operation_id=drill.id,
        kind=LogKind.TAKEOVER,
        happened_at=NOW,
        written_at=NOW,
        by="李",
        about=7,
    )
    assert store.duty_log.write(entry)
    assert store.duty_log.write(replace(entry, by="赵")) is None
    assert store.duty_log.write(replace(entry, kind=LogKind.CORRECTION))
    assert store.duty_log.write(replace(entry, kind=LogKind.CORRECTION))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_record_has_its_own_watch_alone_and_both_names(store, drill, lang, tmp_path):
    t = Translator(lang)
    write_note(store, drill, CONSOLE, "前一班的事", NOW, NOW)
    first = hand_over(store, drill, WANG, "", (), NOW)
    take_over(store, drill, LI, first.id, "", NOW)
    note = write_note(store, drill, LI, '#panic("x") 夜里两点巡查', NOW, NOW)
    write_note(store, drill, LI, "应为三点", NOW, NOW, about=note.id)
    hand_over(store, drill, LI, "看好连阳路", OPEN, NOW)
    entries = store.duty_log.entries(drill.id)
    pdf = record.as_pdf(handovers(entries)[0], entries, drill, make_city(), NOW, t)
    shown = words_of(pdf, tmp_path)
    assert pages(pdf) == 1
    for words in (
        "夜里两点巡查",
        "应为三点",
        "看好连阳路",
        t.message(OPEN[0]),
        t("paper.drill"),
        "李",
    ):
        assert squeezed(words) in shown
    assert "前一班的事" not in shown
