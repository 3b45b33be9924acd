"""The second factor, first passwords and one's own sessions, on both databases."""

from datetime import timedelta

import pytest

from data.model.account import Account, Awaits, Role
from ops.auth.accounts import add_account, new_password, reset_second_factor
from ops.auth.own_sessions import end_own_sessions, own_sessions
from ops.auth.permissions import CONSOLE, Actor
from ops.auth.second_factor import (
    PAPER_CODES,
    end,
    offer,
    prove,
    renew_paper_codes,
    signer,
)
from ops.auth.sessions import (
    AccessSettings,
    SignedIn,
    acting,
    awaiting,
    change_password,
    lift_waits,
    sign_in,
    signed_in,
    waits,
)
from ops.base.errors import Conflict, NotAllowed, NotSignedIn, TooManyTries
from tests.helpers.makers import HOUR, NOW, both_databases
from tests.helpers.processes.sign_in_browser import GOOD
from tests.helpers.security.second_factor import code_at, set_up

RULES = AccessSettings()
STRICT = AccessSettings(second_factor_roles=("duty", "admin"))
PERIOD = timedelta(seconds=30)
LATER = NOW + HOUR
pytestmark = both_databases


@pytest.fixture
def wang(store) -> Account:
    return add_account(store, CONSOLE, "Wang", Role.DUTY, GOOD, NOW)


@pytest.fixture
def actor(wang) -> Actor:
    return acting(wang)


def enter(store, at=LATER, rules=RULES, device="", address="10.0.0.1") -> SignedIn:
    return sign_in(store, rules, "wang", GOOD, address, at, device)


def test_the_password_alone_opens_nothing(store, actor):
    set_up(store, actor)
    kept = enter(store)
    assert kept.awaits is Awaits.CODE
    assert signed_in(store, RULES, kept.secret, LATER) is None
    opened = prove(store, RULES, kept.secret, code_at(store, "wang", LATER), "x", LATER)
    assert signed_in(store, RULES, opened.secret, LATER).name == "Wang"
    assert signed_in(store, RULES, kept.secret, LATER) is None, "another secret than before"
    assert awaiting(store, kept.secret, LATER) is None


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_code_counts_once_and_none_before_it(store, actor, drift):
    set_up(store, actor)
    code = code_at(store, "wang", LATER + drift * PERIOD)
    prove(store, RULES, enter(store).secret, code, "x", LATER)
    for used in {code, code_at(store, "wang", LATER - PERIOD)}:
        with pytest.raises(NotSignedIn, match=r"second\.wrong"):
            prove(store, RULES, enter(store).secret, used, "x", LATER)


@pytest.mark.parametrize("drift", [-3, -2, 2, 3])
def test_a_code_of_another_time_does_not_count(store, actor, drift):
    set_up(store, actor)
    code = code_at(store, "wang", LATER + drift * PERIOD)
    with pytest.raises(NotSignedIn, match=r"second\.wrong"):
        prove(store, RULES, enter(store).secret, code, "x", LATER)


def test_a_paper_code_counts_once_and_another_batch_ends_it(store, actor):
    codes = set_up(store, actor)
    assert len(set(codes)) == PAPER_CODES
    shown = codes[0].upper().replace("-", " ")
    prove(store, RULES, enter(store).secret, shown, "x", LATER)
    with pytest.raises(NotSignedIn):
        prove(store, RULES, enter(store).secret, codes[0], "x", LATER)
    more = renew_paper_codes(store, RULES, actor, GOOD, codes[1], "x", LATER)
    with pytest.raises(NotSignedIn):
        prove(store, RULES, enter(store).secret, codes[2], "x", LATER)
    prove(store, RULES, enter(store).secret, more[0], "x", LATER)
    assert store.accounts.count_recovery_codes(store.accounts.get("wang").id) == PAPER_CODES - 1


def test_guesses_wait_are_seen_and_lifted_and_do_not_shut_the_owner_out(store, actor):
    codes = set_up(store, actor)
    device = prove(store, RULES, enter(store).secret, codes[0], "x", LATER).device
    for _ in range(RULES.login_attempts):
        with pytest.raises(NotSignedIn):
            prove(store, RULES, enter(store).secret, "000000", "x", LATER)
    with pytest.raises(TooManyTries):
        prove(store, RULES, enter(store).secret, codes[1], "x", LATER)
    with pytest.raises(TooManyTries):  # signing in by the password again does not begin anew
        prove(store, RULES, enter(store, address="10.9.9.9").secret, "000000", "x", LATER)
    own = enter(store, device=device)
    assert prove(store, RULES, own.secret, codes[1], "x", LATER, device).awaits is None
    (wait,) = waits(store, RULES, CONSOLE, LATER)
    assert (wait.name, wait.at_code) == ("Wang", True)
    assert lift_waits(store, CONSOLE, "wang", LATER)
    assert prove(store, RULES, enter(store).secret, codes[2], "x", LATER).awaits is None


def test_who_knows_the_password_gets_no_tries_by_signing_in_anew(store, actor):
    """Only a code makes a browser known, and so gives it tries of its own."""
    set_up(store, actor)
    for _ in range(RULES.login_attempts):
        kept = enter(store)
        with pytest.raises(NotSignedIn):
            prove(store, RULES, kept.secret, "000000", "x", LATER, kept.device)
    kept = enter(store)
    with pytest.raises(TooManyTries):
        prove(store, RULES, kept.secret, "000000", "x", LATER, kept.device)


def test_a_session_that_waits_does_so_for_half_an_hour(store, actor):
    codes = set_up(store, actor)
    kept, late = enter(store), LATER + timedelta(minutes=30)
    with pytest.raises(NotSignedIn, match=r"signin\.nobody"):
        prove(store, RULES, kept.secret, codes[0], "x", late)
    assert [one.session.awaits for one in own_sessions(store, RULES, actor, "", late)] == [None]


def test_who_needs_one_sets_it_up_at_the_next_sign_in_and_keeps_it(store, actor):
    before = enter(store).secret
    assert signed_in(store, STRICT, before, LATER), "nobody is thrown out of a storm"
    kept = enter(store, rules=STRICT)
    assert kept.awaits is Awaits.ENROL
    assert signed_in(store, STRICT, kept.secret, LATER) is None
    codes = set_up(store, actor, rules=STRICT)
    assert signed_in(store, STRICT, before, LATER) is None, "all sessions end"
    with pytest.raises(Conflict, match=r"second\.required"):
        end(store, STRICT, actor, GOOD, codes[0], "x", LATER)
    assert end(store, RULES, actor, GOOD, codes[0], "x", LATER).awaits is None
    assert enter(store).awaits is None


@pytest.mark.parametrize("roles", [("boss",), ("link",), ("duty", "")])
def test_a_role_that_there_is_not_is_refused_in_the_settings(store_url, roles):
    with pytest.raises(ValueError, match="second_factor_roles"):
        AccessSettings(second_factor_roles=roles)


def test_the_administrator_resets_a_second_factor(store, actor):
    codes = set_up(store, actor)
    opened = prove(store, RULES, enter(store).secret, codes[0], "x", LATER).secret
    first = store.accounts.get("wang").second_secret
    reset_second_factor(store, CONSOLE, "wang", LATER)
    assert signed_in(store, RULES, opened, LATER) is None
    assert enter(store).awaits is None
    assert offer(store, actor).secret != first
    assert store.accounts.count_recovery_codes(store.accounts.get("wang").id) == 0


def test_a_second_offer_is_the_same_until_it_is_taken_and_none_after(store, actor):
    assert offer(store, actor) == offer(store, actor)
    set_up(store, actor)
    with pytest.raises(Conflict, match=r"second\.on_already"):
        offer(store, actor)


def test_nothing_secret_is_shown_where_an_account_is_printed(store, actor):
    set_up(store, actor)
    account = store.accounts.get("wang")
    assert account.second_secret not in repr(account)
    assert "argon2" not in repr(account)


@pytest.mark.parametrize("again", [False, True])
def test_a_password_of_the_administrators_choice_opens_its_own_change_alone(store, wang, again):
    if again:
        new_password(store, CONSOLE, "wang", GOOD, NOW, temporary=True)
    else:
        add_account(store, CONSOLE, "Li", Role.DUTY, GOOD, NOW, temporary=True)
    name = "wang" if again else "li"
    kept = sign_in(store, RULES, name, GOOD, "x", LATER)
    assert kept.awaits is Awaits.PASSWORD
    with pytest.raises(NotAllowed, match=r"account\.temporary"):
        signer(store, RULES, name, GOOD, "", "x", LATER)
    assert signed_in(store, RULES, kept.secret, LATER) is None
    who = acting(awaiting(store, kept.secret, LATER).account)
    with pytest.raises(NotAllowed, match=r"account\.same_password"):
        change_password(store, RULES, who, GOOD, GOOD, "x", LATER)
    opened = change_password(store, RULES, who, GOOD, "riverbank at midnight", "x", LATER)
    assert opened.awaits is None
    assert signed_in(store, RULES, opened.secret, LATER)
    assert sign_in(store, RULES, name, "riverbank at midnight", "x", LATER).awaits is None


def test_who_signs_on_anothers_page_gives_the_code_too_and_each_once(store, actor):
    assert signer(store, RULES, "wang", GOOD, "", "x", LATER) == actor
    with pytest.raises(NotAllowed, match=r"second\.needed"):
        signer(store, STRICT, "wang", GOOD, "", "x", LATER)
    paper = set_up(store, actor)[0]
    app = code_at(store, "wang", LATER)
    for wrong, why in (("", "sign"), ("  ", "sign"), ("000000", "wrong")):
        with pytest.raises(NotSignedIn, match=rf"second\.{why}"):
            signer(store, STRICT, "wang", GOOD, wrong, "x", LATER)
    for code in (app, paper):
        assert signer(store, STRICT, "wang", GOOD, code, "x", LATER) == actor
        with pytest.raises(NotSignedIn, match=r"second\.wrong"):
            signer(store, RULES, "wang", GOOD, code, "x", LATER)
    with pytest.raises(NotSignedIn, match=r"signin\.wrong"):
        signer(store, RULES, "wang", "something else", paper, "x", LATER)
    for _ in range(RULES.login_attempts):
        with pytest.raises(NotAllowed):
            signer(store, RULES, "wang", GOOD, "111111", "x", LATER)
    with pytest.raises(TooManyTries):
        signer(store, RULES, "wang", GOOD, code_at(store, "wang", LATER + PERIOD), "x", LATER)


def test_first_the_code_then_the_password(store, actor):
    codes = set_up(store, actor)
    new_password(store, CONSOLE, "wang", GOOD, NOW, temporary=True)
    kept = enter(store)
    assert kept.awaits is Awaits.CODE
    assert prove(store, RULES, kept.secret, codes[0], "x", LATER).awaits is Awaits.PASSWORD


def test_ones_sessions_are_listed_and_end_one_by_one_or_all_others(store, actor):
    kept = [
        sign_in(store, RULES, "wang", GOOD, f"10.0.0.{n}", LATER, browser="B" * 999).secret
        for n in range(4)
    ]
    mine = own_sessions(store, RULES, actor, kept[2], LATER)
    assert [one.is_this for one in mine] == [True, False, False, False]
    assert {one.session.address for one in mine} == {f"10.0.0.{n}" for n in range(4)}
    assert all(len(one.session.browser) < 200 for one in mine)
    gone = next(one for one in mine if one.session.address == "10.0.0.0")
    assert end_own_sessions(store, actor, kept[2], LATER, mine[0].number) == 0, "not this one"
    assert end_own_sessions(store, actor, kept[2], LATER, "made-up") == 0
    assert end_own_sessions(store, actor, kept[2], LATER, gone.number) == 1
    assert signed_in(store, RULES, kept[0], LATER) is None
    assert end_own_sessions(store, actor, kept[2], LATER) == 2
    assert [signed_in(store, RULES, one, LATER) is None for one in kept] == [
        True,
        True,
        False,
        True,
    ]


def test_nobody_ends_a_session_of_somebody_else(store, actor):
    other = acting(add_account(store, CONSOLE, "Li", Role.DUTY, GOOD, NOW))
    secret = enter(store).secret
    (one,) = own_sessions(store, RULES, actor, "", LATER)
    assert end_own_sessions(store, other, "", LATER, one.number) == 0
    assert end_own_sessions(store, other, "", LATER) == 0
    assert signed_in(store, RULES, secret, LATER)
