"""Failed tries: who waits how long, who does not, and what nobody learns from it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.account import Role
from ops.auth import passwords
from ops.auth.accounts import (
    add_account,
    revoke_account,
)
from ops.auth.permissions import CONSOLE
from ops.auth.sessions import (
    lift_waits,
    sign_in,
    waits,
)
from ops.base.errors import NotAllowed
from tests.helpers.makers import HOUR, NOW, both_databases
from tests.helpers.security.accounts import GOOD, RULES, enter, fail

pytestmark = both_databases


def test_waiting_grows_and_the_right_password_does_not_shorten_it(store, wang):
    at, waits = NOW, []
    for _ in range(5):
        with pytest.raises(NotAllowed, match=r"signin\.wrong"):
            enter(store, password="wrong", at=at)
    for _ in range(7):
        with pytest.raises(NotAllowed, match=r"signin\.wait") as refused:
            enter(store, at=at)
        waits.append(refused.value.facts["seconds"] - 1)
        at += timedelta(seconds=waits[-1])
        with pytest.raises(NotAllowed, match=r"signin\.wrong"):
            enter(store, password="wrong", at=at)
    assert waits == [30, 60, 120, 240, 480, 900, 900]
    assert enter(store, at=at + timedelta(minutes=15))
    with pytest.raises(NotAllowed, match=r"signin\.wrong"):
        enter(store, password="wrong", at=at + timedelta(minutes=15))  # counted from the beginning


def test_nothing_tells_whether_there_is_such_a_name(store, wang, monkeypatch):
    revoke_account(store, CONSOLE, "wang", NOW)
    add_account(store, CONSOLE, "Bureau", Role.DUTY, None, NOW)  # signs in elsewhere only
    add_account(store, CONSOLE, "li", Role.DUTY, GOOD, NOW)
    checks, told = [], {}
    verify = passwords._HASHER.verify

    def counting(kept, password):
        checks.append(kept)
        return verify(kept, password)

    monkeypatch.setattr(
        passwords,
        "_HASHER",
        type("Counting", (), {"verify": staticmethod(counting), "hash": passwords._HASHER.hash})(),
    )
    for name in ("wang", "bureau", "li", "nobody", ""):
        answers = []
        for _ in range(7):
            with pytest.raises(NotAllowed) as refused:
                enter(store, name, "wrong wrong", address=name)
            answers.append((refused.value.code, refused.value.facts))
        told[name] = answers, len(checks)
        checks.clear()
    assert len({repr(each) for each in told.values()}) == 1, (
        "the same words, the same waits, the same work"
    )


def test_failures_at_an_address_hold_up_nobody_else_there_and_no_other_address(store, wang):
    add_account(store, CONSOLE, "li", Role.DUTY, GOOD, NOW)
    fail(store, 60, name="wang")
    for number in range(60):
        fail(store, 1, name=f"name{number}")
    assert enter(store, "li"), "a bureau behind one address"
    assert enter(store, "wang", address="10.0.0.2")
    with pytest.raises(NotAllowed, match=r"signin\.wait"):
        enter(store, "wang")


def test_a_browser_that_signed_in_before_is_held_up_by_nobody_elses_failures(store, wang):
    device = sign_in(store, RULES, "wang", GOOD, "10.0.0.1", NOW).device
    for number in range(40):  # from everywhere, the desk's own address too
        fail(store, 6, name="wang", address=f"10.0.0.{number}")
    with pytest.raises(NotAllowed, match=r"signin\.wait"):
        enter(store, "wang", address="10.9.9.9")
    assert sign_in(store, RULES, "WANG", GOOD, "10.0.0.1", NOW, device)
    forged = device[:-1] + ("0" if device[-1] != "0" else "1")
    li = add_account(store, CONSOLE, "li", Role.DUTY, GOOD, NOW)
    for other in (forged, "", "..", f"{li.id}.{device.partition('.')[2]}", device + "\u00e9"):
        with pytest.raises(NotAllowed, match=r"signin\.wait"):
            sign_in(store, RULES, "wang", GOOD, "10.0.0.1", NOW, other)


def test_a_browser_that_was_stolen_has_no_more_tries_than_a_stranger(store, wang):
    device = sign_in(store, RULES, "wang", GOOD, "10.0.0.1", NOW).device
    for _ in range(5):
        with pytest.raises(NotAllowed, match=r"signin\.wrong"):
            sign_in(store, RULES, "wang", "wrong", "10.0.0.1", NOW, device)
    with pytest.raises(NotAllowed, match=r"signin\.wait"):
        sign_in(store, RULES, "wang", GOOD, "10.0.0.1", NOW, device)


def test_who_guesses_from_many_addresses_waits_at_all_of_them(store, wang):
    rules = replace(RULES, everywhere_factor=2)
    for number in range(10):
        fail(store, 1, address=f"10.0.1.{number}", rules=rules)
    with pytest.raises(NotAllowed, match=r"signin\.wait"):
        enter(store, address="10.0.2.1", rules=rules)
    assert enter(store, address="10.0.2.1", rules=rules, at=NOW + timedelta(minutes=16))


def test_an_administrator_sees_who_waits_and_lifts_it(store, wang):
    fail(store, 6)
    fail(store, 6, name="nobody here")
    found = {(one.name, one.address, one.count) for one in waits(store, RULES, CONSOLE, NOW)}
    assert found == {("Wang", "10.0.0.1", 5), (None, "10.0.0.1", 5)}
    assert lift_waits(store, CONSOLE, "WANG", NOW) == 2
    assert enter(store)
    assert waits(store, RULES, CONSOLE, NOW + 24 * HOUR) == []


def test_a_clock_that_was_put_back_makes_nobody_wait_for_it(store, wang):
    fail(store, 8, at=NOW + 10 * HOUR)
    assert enter(store)


def test_made_up_names_fill_no_disk_and_make_no_used_secret_new(store, monkeypatch):
    monkeypatch.setattr("data.store.accounts.KEPT_TRIES", 20)
    used = "pass:once", NOW, NOW - HOUR, lambda _: NOW + HOUR
    assert store.accounts.try_once(*used) is None
    for number in range(30):
        with pytest.raises(NotAllowed):
            enter(store, f"made up {number}", "x" * 20, NOW + timedelta(seconds=number))
    assert len(store.accounts.tries("name:")) == 20
    assert store.accounts.try_once(*used) == NOW + HOUR
