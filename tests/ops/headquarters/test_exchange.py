"""What goes between the desk above and its districts: each once, whenever the carrier fails."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from data.model.account import Role
from data.model.headquarters.directives import Directive, DirectiveEvent, DirectiveStep
from data.model.headquarters.loans import Loan
from data.model.headquarters.members import Member
from data.model.operation import OperationKind
from data.store.store import MAIN, Store
from ops.auth.permissions import CONSOLE, Actor
from ops.base.errors import NotAllowed
from ops.base.sites import Site
from ops.exercise.beside import address, furnish
from ops.field.outages import outages_ahead
from ops.headquarters.directives import answer, give
from ops.headquarters.exchange import carry, end_loans, summarise, unanswered
from ops.headquarters.loans import lent_now
from ops.headquarters.register import Register
from ops.notifications.alarms import Alarms
from ops.notifications.channels import ChannelSettings
from ops.notifications.notices import NotifySettings
from ops.notifications.sender import Sender
from ops.notifications.webhook import Call
from ops.runtime.health_check import Patient, examine
from ops.runtime.planning_loop import Loop
from ops.settings import BackupSettings, Settings
from tests.helpers.clock import Clock
from tests.helpers.makers import (
    HOUR,
    NOW,
    both_databases,
    make_alert,
    make_city,
    make_loan,
    make_spare,
)
from tests.helpers.progress import VERSION

QUARTER = timedelta(minutes=15)
SHI = Actor(name="市值班", role=Role.CITY, city="杭州市")
DUTY = Actor(name="区值班", role=Role.DUTY)


@pytest.fixture
def above(tmp_path) -> Store:
    """The database of the desk above two districts of its city and one of another."""
    store = Store(f"sqlite:///{tmp_path / 'above.db'}")
    store.migrate()
    for member_id, city in (("east", "杭州市"), ("west", "杭州市"), ("far", "宁波市")):
        store.members.add(Member(id=member_id, name=member_id, city=city, added_at=NOW))
    yield store
    store.close()


class Desk:
    """A channel of the desk that carries no drill."""

    name, per_minute = "d", 20
    settings = ChannelSettings(name="d", kind="wecom", url="x", role="desk", drill=False)

    def __init__(self) -> None:
        self.sent: list[str] = []

    def parts(self, text: str) -> list[str]:
        return [text]

    def send(self, text: str, _at: datetime, _call: Call | None = None) -> None:
        self.sent.append(text)


def steps(store: Store) -> list[list[str]]:
    return [[str(event.step) for event in one.events] for one in store.directives.standings()]


def test_a_directive_goes_down_once_and_its_answers_go_up(above, store):
    give(above, SHI, ["east"], "备好泵车", QUARTER, NOW)
    carry(above, store, "east", NOW)
    carry(above, store, "east", NOW)
    assert steps(above) == [["receive"]]
    (there,) = store.directives.standings()
    assert there.directive.text == "备好泵车"
    assert unanswered(store) == [there]  # that it came is no answer
    assert not there.is_late(NOW + QUARTER)
    assert there.is_late(NOW + 2 * QUARTER)
    answer(store, DUTY, there.directive.id, DirectiveStep.ACKNOWLEDGE, "", NOW + QUARTER)
    answer(store, DUTY, there.directive.id, DirectiveStep.DONE, "到位", NOW + 2 * QUARTER)
    carry(above, store, "east", NOW + 2 * QUARTER)
    assert steps(above) == [["receive", "acknowledge", "done"]]
    assert not above.directives.standings()[0].is_open
    assert unanswered(store) == []


def test_a_district_that_is_put_back_gets_what_is_open_with_what_it_said(above, store, tmp_path):
    for text in ("a", "b", "c"):
        give(above, SHI, ["east"], text, QUARTER, NOW)
    carry(above, store, "east", NOW)
    answer(store, DUTY, 1, DirectiveStep.DONE, "", NOW)
    answer(store, DUTY, 2, DirectiveStep.ACKNOWLEDGE, "", NOW)
    carry(above, store, "east", NOW)
    put_back = Store(f"sqlite:///{tmp_path / 'put-back.db'}")
    put_back.migrate()
    carry(above, put_back, "east", NOW)
    assert [one.directive.text for one in put_back.directives.standings()] == ["c", "b"]
    assert [one.directive.text for one in unanswered(put_back)] == ["c"]
    put_back.close()


def test_above_put_back_shows_the_answer_and_not_that_it_came_again(above, store):
    give(above, SHI, ["east"], "x", QUARTER, NOW)
    kept = above.directives.standings()[0].directive
    store.directives.keep(kept)
    answer(store, DUTY, kept.id, DirectiveStep.ACKNOWLEDGE, "", NOW)
    carry(above, store, "east", NOW + QUARTER)
    assert steps(above) == [["acknowledge", "receive"]]
    assert above.directives.standings()[0].answer.step is DirectiveStep.ACKNOWLEDGE


def test_a_number_given_anew_carries_no_answer_of_the_directive_that_had_it(above, store):
    old = Directive(id=1, member_id="east", text="x", by="市", at=NOW - QUARTER, due_at=NOW)
    store.directives.keep(old)
    answer(store, DUTY, 1, DirectiveStep.DONE, "", NOW)
    give(above, SHI, ["east"], "y", QUARTER, NOW)  # above was put back to before the old one
    carry(above, store, "east", NOW)
    assert steps(above) == [[]]
    assert above.directives.standings()[0].is_late(NOW + 2 * QUARTER)


@pytest.mark.parametrize("kind", OperationKind)
def test_the_desk_hears_once_of_what_nobody_answered_and_of_a_drill_no_word(above, store, kind):
    store.operations.start(kind, NOW, NOW)
    store.replace_city(make_city())
    give(above, SHI, ["east"], "备好泵车", QUARTER, NOW)
    carry(above, store, "east", NOW)  # and whoever led died before he told of it
    desk, clock = Desk(), Clock()
    loop = Loop(store, Settings(), clock)
    loop._alarms = Alarms([desk], "zh", store)
    loop._sender = Sender(store, [desk], NotifySettings(), clock)
    assert loop.lead()
    for _ in range(2):
        loop.exchange(above, "east")
        loop.send()
        assert loop._alarms.settle(10)
    assert len(desk.sent) == 1
    assert "备好泵车" in desk.sent[0]
    assert "演练" not in desk.sent[0]
    clock.go(2 * QUARTER.total_seconds())
    loop.lead()
    loop.exchange(above, "east")
    loop.send()
    assert loop._alarms.settle(10)
    assert len(desk.sent) == 2
    loop.stop()


def test_a_district_gets_its_own_alone(above, store):
    give(above, SHI, ["east", "west"], "x", QUARTER, NOW)
    carry(above, store, "west", NOW)
    assert [one.directive.member_id for one in store.directives.standings()] == ["west"]


@pytest.mark.parametrize(
    ("districts", "text", "within"),
    [
        ([], "x", QUARTER),
        (["nobody"], "x", QUARTER),
        (["far"], "x", QUARTER),  # of another city
        (["east", "far"], "x", QUARTER),
        (["east"], " ", QUARTER),
        (["east"], "x" * 501, QUARTER),
        (["east"], "x", timedelta(minutes=1)),
    ],
)
def test_what_can_not_be_told_is_told_to_nobody(above, districts, text, within):
    with pytest.raises(NotAllowed):
        give(above, SHI, districts, text, within, NOW)
    assert above.directives.standings() == []


def test_what_is_refused_needs_a_reason_and_is_over(above, store):
    give(above, SHI, ["east"], "x", QUARTER, NOW)
    carry(above, store, "east", NOW)
    number = store.directives.standings()[0].directive.id
    with pytest.raises(NotAllowed):
        answer(store, DUTY, number, DirectiveStep.REFUSE, "", NOW)
    answer(store, DUTY, number, DirectiveStep.REFUSE, "泵车都在外面", NOW)
    with pytest.raises(NotAllowed):
        answer(store, DUTY, number, DirectiveStep.DONE, "", NOW)


def test_what_a_district_publishes_is_how_it_stands(above, store, drill):
    empty = summarise(store, "east", Settings(), NOW)
    assert (empty.version, empty.roads, empty.p90_s, empty.late) == (None, None, None, ())
    store.replace_city(make_city())
    store.weather.save_alerts(drill.id, [make_alert()])
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)
    store.level_orders.order(drill.id, "II", "x", NOW)
    much_later = NOW + timedelta(hours=3)
    told = summarise(store, "east", Settings(), much_later)
    assert (told.name, told.zone) == (
        make_city().district.name,
        make_city().district.time_zone,
    )
    assert (told.version, told.drill, told.level) == (1, True, "II")
    assert told.late_count == len(told.late) > 0
    assert all(one.place and one.station for one in told.late)
    above.members.publish(told)
    above.members.publish(replace(told, incidents=3))
    assert above.members.summaries() == {"east": replace(told, incidents=3)}


@both_databases
def test_a_loan_is_decided_once_and_asks_both_for_a_plan_once(store, drill):
    store.replace_city(make_city())
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)
    loan = make_loan(drill=True, from_at=drill.now(NOW), to_at=drill.now(NOW) + 6 * QUARTER)
    told = Directive(
        member_id="west", text="", by="市", at=NOW, due_at=NOW, loan=loan, borrower_id="main"
    )
    number = store.directives.give(told).id
    assert [one.directive.loan for one in store.directives.standings("main")] == [loan]
    said = [
        store.directives.note(DirectiveEvent(directive_id=number, step=step, at=NOW, by="x"))
        for step in (
            DirectiveStep.ACKNOWLEDGE,
            DirectiveStep.LAPSE,
            DirectiveStep.REFUSE,
            DirectiveStep.ACKNOWLEDGE,
            DirectiveStep.DONE,
            DirectiveStep.DONE,
        )
    ]
    assert said == [True, False, False, False, True, False]
    causes = [one.cause for one in store.triggers.pending(drill.id) if "loan" in one.cause]
    assert causes == [f"loan:{number}@acknowledge", f"loan:{number}@done"]
    assert store.city().crew_by_id[f"loan-{number}"].station_id == loan.station_id


def lend(store: Store, loan: Loan, at: datetime, step: DirectiveStep | None = None) -> int:
    """A loan that was approved at once and, with ``step``, an hour later that was said."""
    told = Directive(
        member_id=loan.lender_id,
        text="",
        by="市",
        at=at,
        due_at=at + QUARTER,
        loan=loan,
        borrower_id=loan.borrower_id,
    )
    number = store.directives.give(told).id
    said = [(DirectiveStep.ACKNOWLEDGE, at)] + ([(step, at + HOUR)] if step else [])
    for each, when in said:
        store.directives.note(DirectiveEvent(directive_id=number, step=each, at=when, by="x"))
    return number


@pytest.mark.parametrize("years", [-4, 0, 4])
@pytest.mark.parametrize("side", ["lender_id", "borrower_id"])
def test_who_is_called_back_in_a_drill_comes_by_its_clock(store, years, side):
    """Whatever the clock of the drill is set to; what its desk says is dated by the real one."""
    store.replace_city(make_city())
    real = NOW + timedelta(days=365 * years)
    drill = store.operations.start(OperationKind.DRILL, NOW, real)
    sides = {"lender_id": "west", "borrower_id": "far"} | {side: store.site}
    unit = make_spare(resource_id="A1day")
    loan = make_loan(drill=True, unit=unit, from_at=NOW, to_at=NOW + 6 * HOUR, **sides)
    number = lend(store, loan, real, DirectiveStep.DONE)
    own = side == "lender_id"
    (lent,) = store.city().lent
    assert lent.to_at == NOW + HOUR + (loan.way if own else timedelta(0))
    out = [
        (one.from_at, one.to_at)
        for one in outages_ahead(store, drill, NOW + HOUR / 2)
        if one.resource_id == ("A1day" if own else f"loan-{number}")
    ]
    assert out[-1] == ((NOW, NOW + HOUR + loan.way) if own else (NOW + HOUR, None))


def test_a_loan_of_a_drill_ends_with_it(store):
    """The next drill goes through the same hours, with all its units."""
    store.replace_city(make_city())
    first = store.operations.start(OperationKind.DRILL, NOW, NOW)
    loan = make_loan(drill=True, lender_id=store.site, borrower_id="far", from_at=NOW)
    loan = replace(loan, unit=make_spare(resource_id="A1day"))
    lend(store, loan, NOW)
    end_loans(store, store.site, NOW + HOUR)
    assert steps(store) == [["acknowledge"]]
    store.operations.end(first.id, NOW + HOUR)
    again = store.operations.start(OperationKind.DRILL, NOW, NOW + HOUR)
    assert outages_ahead(store, again, NOW) == ()
    assert store.city().lent == ()
    assert list(lent_now(store, again, NOW)) == []
    end_loans(store, store.site, NOW + HOUR)
    assert steps(store) == [["acknowledge", "done"]]


@pytest.mark.parametrize("years", [-4, 4])
def test_a_real_loan_ends_by_the_real_clock_while_a_drill_is_on(store, years):
    store.replace_city(make_city())
    drill = store.operations.start(OperationKind.DRILL, NOW + timedelta(days=365 * years), NOW)
    loan = make_loan(lender_id=store.site, borrower_id="far", from_at=NOW, to_at=NOW + 3 * HOUR)
    lend(store, replace(loan, unit=make_spare(resource_id="A1day")), NOW)
    assert store.city().lent == ()
    assert outages_ahead(store, drill, drill.now(NOW)) == ()
    end_loans(store, store.site, NOW + 2 * HOUR)
    assert steps(store) == [["acknowledge"]]
    end_loans(store, store.site, NOW + 3 * HOUR)
    assert steps(store) == [["acknowledge", "done"]]


@pytest.mark.parametrize("answered", ["before", "meanwhile", "after"])
def test_nobody_is_away_at_a_district_that_is_archived(store, tmp_path, answered):
    store.replace_city(make_city())
    operation = store.operations.start(OperationKind.REAL, NOW, NOW)
    register = Register(Site(MAIN, tmp_path, f"sqlite:///{tmp_path / 'main.db'}"))
    there = register.add(CONSOLE, Member(id="far", name="远区", city="某市", added_at=NOW), NOW)
    above = register.store
    loan = make_loan(lender_id=store.site, borrower_id=there.id, from_at=NOW)
    loan = replace(loan, unit=make_spare(resource_id="A1day"))
    told = Directive(
        member_id=store.site,
        text="",
        by="市",
        at=NOW,
        due_at=NOW + QUARTER,
        loan=loan,
        borrower_id=there.id,
    )
    number = above.directives.give(told).id
    yes = DirectiveEvent(directive_id=number, step=DirectiveStep.ACKNOWLEDGE, at=NOW, by="区")
    carry(above, store, store.site, NOW)
    if answered != "after":
        store.directives.note(yes)
    if answered == "before":
        carry(above, store, store.site, NOW)
    register.archive(CONSOLE, there.id, NOW)
    for _ in range(2):
        carry(above, store, store.site, NOW)
    if answered == "after":
        with pytest.raises(NotAllowed):
            answer(store, DUTY, number, DirectiveStep.ACKNOWLEDGE, "", NOW)
    assert not store.directives.standings(open_only=True)
    assert not above.directives.standings(open_only=True)
    assert outages_ahead(store, operation, NOW + loan.way) == ()
    register.close()


def test_who_visits_is_none_of_the_districts_own(store, tmp_path):
    """In what it publishes, is examined by, or tries out elsewhere."""
    store.replace_city(make_city())
    store.operations.start(OperationKind.REAL, NOW, NOW)
    own = make_city().resource_by_id
    lend(store, make_loan(borrower_id=store.site), NOW)
    assert len(store.city().resource_by_id) == len(own) + 1
    assert summarise(store, "east", Settings(), NOW).units == len(own)
    patient = Patient(
        store=store, home=tmp_path, now=NOW, feeds=(), channels=(), backups=BackupSettings()
    )
    told = [one.message.facts for one in examine(patient)]
    (crews,) = (facts["crews"] for facts in told if "crews" in facts)
    assert crews == len(make_city().crews)
    beside = Store(address(furnish(store, tmp_path, None, NOW, NOW)))
    assert beside.tables().resource_by_id.keys() == own.keys()
    beside.close()


def test_who_both_ended_a_loan_in_the_same_minute_is_carried_no_more(above, store, monkeypatch):
    """Each keeps what it heard first; nothing is written at every round from then on."""
    loan = make_loan(lender_id="west", borrower_id="east", from_at=NOW)
    number = lend(above, loan, NOW)
    carry(above, store, "east", NOW)
    for one, by in ((above, "西"), (store, "东")):
        one.directives.note(
            DirectiveEvent(directive_id=number, step=DirectiveStep.DONE, at=NOW, by=by)
        )
    for one in (above, store):
        monkeypatch.setattr(one.directives, "note", None)
    carry(above, store, "east", NOW + HOUR)
