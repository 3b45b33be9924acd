"""Two who change how one account is signed in by at the same moment: what comes of it is what comes
of it one after the other, or the first is told that it was changed meanwhile and has done nothing.
The second one comes when the first has proven who he is and has not yet written anything.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import pyotp
import pytest
from argon2 import PasswordHasher

from data.model.account import Role
from data.model.city import City
from data.store.accounts import Accounts
from data.store.store import Store
from ops.auth import accounts, passwords, second_factor, sessions
from ops.auth.permissions import CONSOLE, Actor
from ops.auth.sessions import AccessSettings, digest_of
from ops.base.errors import NotAllowed
from tests.helpers.makers import NOW, make_city
from tests.helpers.processes.sign_in_browser import GOOD
from tests.helpers.security.second_factor import set_up

RULES = AccessSettings(second_factor_roles=())
WANG = Actor(name="wang", role=Role.DUTY)
NEW = "riverbank at midnight"
THEIRS = "a heron on the weir"
QUICK = PasswordHasher(1, 8, 1)


@dataclass
class Browser:
    """One of two who act; ``turn`` is 0 for the one whose code is looked at first."""

    store: Store
    turn: int
    waiting: str = ""
    kept: list[str] = field(default_factory=list)
    code: str = ""

    def __post_init__(self) -> None:
        """The code of this period for the first and of the next one for the second: each counts
        once.
        """
        app = pyotp.TOTP(self.store.accounts.get("wang").second_secret)
        self.code = app.generate_otp(app.timecode(NOW) + self.turn)


Act = Callable[[Browser], object]
Template = tuple[Path, str, str]


def _change(own: Browser) -> None:
    new = f"{NEW} {own.turn}"
    own.kept.append(sessions.change_password(own.store, RULES, WANG, GOOD, new, "x", NOW).secret)


def _sign_in(own: Browser) -> None:
    own.kept.append(sessions.sign_in(own.store, RULES, "wang", GOOD, "x", NOW).secret)


def _set_up(own: Browser) -> None:
    made = second_factor.set_up(own.store, RULES, WANG, GOOD, own.code, "x", NOW)
    own.kept.append(made.session.secret)


def _prove(own: Browser) -> None:
    made = second_factor.prove(own.store, RULES, own.waiting, own.code, "x", NOW)
    own.kept.append(made.secret)


def _end(own: Browser) -> None:
    own.kept.append(second_factor.end(own.store, RULES, WANG, GOOD, own.code, "x", NOW).secret)


def _renew(own: Browser) -> None:
    second_factor.renew_paper_codes(own.store, RULES, WANG, GOOD, own.code, "x", NOW)


ADMINS: dict[str, Act] = {
    "new_password": lambda own: accounts.new_password(own.store, CONSOLE, "wang", THEIRS, NOW),
    "reset": lambda own: accounts.reset_second_factor(own.store, CONSOLE, "wang", NOW),
    "revoke": lambda own: accounts.revoke_account(own.store, CONSOLE, "wang", NOW),
    "end_sessions": lambda own: accounts.end_sessions(own.store, CONSOLE, "wang", NOW),
}
WITHOUT: dict[str, Act] = {"change": _change, "sign_in": _sign_in, "set_up": _set_up}
WITH: dict[str, Act] = {
    "change": _change,
    "sign_in": _sign_in,
    "prove": _prove,
    "end": _end,
    "renew": _renew,
}


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "_HASHER", QUICK)
    monkeypatch.setattr(passwords, "zxcvbn", lambda *_: {"guesses": 1e12})
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()


@pytest.fixture(scope="module")
def templates(sqlite_template, tmp_path_factory) -> dict[bool, Template]:
    """A database with an account that is signed in by two browsers, without and with a second
    factor, whose code those wait for then.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", QUICK)
        made: dict[bool, Template] = {}
        for has_second in (False, True):
            path = tmp_path_factory.mktemp("once") / "x.db"
            shutil.copyfile(sqlite_template, path)
            store = Store(f"sqlite:///{path}")
            accounts.add_account(store, CONSOLE, "wang", Role.DUTY, GOOD, NOW)
            second_factor.offer(store, WANG)
            if has_second:
                set_up(store, WANG, NOW.replace(year=NOW.year - 1))
            waiting = [sessions.sign_in(store, RULES, "wang", GOOD, "x", NOW) for _ in range(2)]
            made[has_second] = path, waiting[0].secret, waiting[1].secret
            store.close()
        return made


@pytest.fixture
def world(templates, tmp_path) -> Iterator[Callable[[bool], Store]]:
    opened: list[Store] = []

    def made(has_second: bool) -> Store:
        path = tmp_path / f"{len(opened)}.db"
        shutil.copyfile(templates[has_second][0], path)
        opened.append(Store(f"sqlite:///{path}"))
        return opened[-1]

    yield made
    for store in opened:
        store.close()


def outcome(act: Act, own: Browser) -> str:
    try:
        act(own)
    except NotAllowed:
        return "refused"
    return "done"


def stands(store: Store, *browsers: Browser) -> dict[str, object]:
    """What the account is signed in by, and which sessions count."""
    account = store.accounts.get("wang")
    tried = (GOOD, f"{NEW} 0", f"{NEW} 1", THEIRS)
    return {
        "passwords": account and [passwords.matches(account.password, one) for one in tried],
        "second": account and (bool(account.second_secret), bool(account.second_at)),
        "codes": account and store.accounts.count_recovery_codes(account.id),
        "sessions": [
            [store.accounts.session(digest_of(secret)) is not None for secret in one.kept]
            for one in browsers
        ],
    }


def one_after_the_other(store: Store, waiting: Sequence[str], first: Act, second: Act) -> object:
    mine, theirs = Browser(store, 1, waiting[0]), Browser(store, 0, waiting[1])
    came = outcome(second, theirs), outcome(first, mine)
    return came[::-1], _numbered(stands(store, mine, theirs))


def the_second_alone(store: Store, waiting: Sequence[str], second: Act) -> object:
    mine, theirs = Browser(store, 0, waiting[0]), Browser(store, 1, waiting[1])
    came = outcome(second, theirs)
    return ("refused", came), _numbered(stands(store, mine, theirs))


def met_as_it_writes(mine: Browser, first: Act, theirs: Browser, second: Act) -> list[str]:
    """What came of the second, done whole as the first is about to write, and of the first."""
    plain, came = Store.atomic, list[str]()

    def atomic(one: Store) -> AbstractContextManager[None]:
        patch.setattr(Store, "atomic", plain)
        came.append(outcome(second, theirs))
        return plain(one)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "atomic", atomic)
        came.append(outcome(first, mine))
    assert len(came) == 2, "it writes"
    return came


def at_once(store: Store, waiting: Sequence[str], first: Act, second: Act) -> object:
    """The second one does all of it when the first is about to write."""
    mine, theirs = Browser(store, 0, waiting[0]), Browser(store, 1, waiting[1])
    came = met_as_it_writes(mine, first, theirs, second)
    return tuple(came[::-1]), _numbered(stands(store, mine, theirs))


def _numbered(state: dict[str, object]) -> dict[str, object]:
    """Whichever of the two passwords of their own choice: one of them chose it."""
    kept = state["passwords"]
    return state | {"passwords": kept and [kept[0], kept[1] or kept[2], kept[3]]}


CASES = [
    *((False, *names) for names in product(WITHOUT, [*WITHOUT, *ADMINS])),
    *((True, *names) for names in product(WITH, [*WITH, *ADMINS])),
    *((False, "new_password", other) for other in WITHOUT),
]


@pytest.mark.parametrize(("has_second", "first", "second"), CASES)
def test_two_at_once_are_one_after_the_other(world, templates, has_second, first, second):
    acts, waiting = WITHOUT | WITH | ADMINS, templates[has_second][1:]
    wanted = one_after_the_other(world(has_second), waiting, acts[first], acts[second])
    came = at_once(world(has_second), waiting, acts[first], acts[second])
    if came != wanted:
        assert came == the_second_alone(world(has_second), waiting, acts[second])


def test_a_session_that_waits_for_a_code_gets_one_and_no_second(world, templates):
    store, secret = world(True), templates[True][1]
    mine, theirs = Browser(store, 0, secret), Browser(store, 1, secret)
    came = met_as_it_writes(mine, _prove, theirs, _prove)
    assert came == ["done", "refused"]


def meanwhile(monkeypatch, name: str, act: Callable[[], object]) -> None:
    """``act`` is done just before the accounts' next ``name``."""
    plain = getattr(Accounts, name)

    def met(own: Accounts, *given: object) -> object:
        monkeypatch.setattr(Accounts, name, plain)
        act()
        return plain(own, *given)

    monkeypatch.setattr(Accounts, name, met)


def test_two_tabs_that_open_the_set_up_are_shown_one_secret(world, monkeypatch):
    store, seen = world(False), []
    accounts.reset_second_factor(store, CONSOLE, "wang", NOW)
    meanwhile(
        monkeypatch, "offer_second", lambda: seen.append(second_factor.offer(store, WANG).secret)
    )
    seen.append(second_factor.offer(store, WANG).secret)
    assert seen[0] == seen[1] == store.accounts.get("wang").second_secret


@pytest.mark.parametrize("changed", ["by its owner", "by the administrator"])
def test_a_hash_made_anew_brings_no_old_password_back(world, monkeypatch, changed):
    store = world(False)
    acts = {"by its owner": _change, "by the administrator": ADMINS["new_password"]}
    other = Browser(store, 0)
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(2, 8, 1))  # more work than before
    meanwhile(monkeypatch, "hash_anew", lambda: acts[changed](other))
    own = Browser(store, 1)
    assert outcome(_sign_in, own) == "refused"
    account = store.accounts.get("wang")
    assert not passwords.matches(account.password, GOOD)
    assert any(passwords.matches(account.password, one) for one in (f"{NEW} 0", THEIRS))


def test_two_who_sign_in_while_the_hash_is_made_anew_are_both_in(world, monkeypatch):
    store = world(False)
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(2, 8, 1))
    first, second = Browser(store, 0), Browser(store, 1)
    meanwhile(monkeypatch, "hash_anew", lambda: _sign_in(second))
    _sign_in(first)
    assert stands(store, first, second)["sessions"] == [[True], [True]]


@pytest.mark.parametrize("kind", ["app", "paper"])
def test_one_code_opens_one_session(world, templates, monkeypatch, kind):
    store, waiting = world(True), templates[True][1:]
    own = Browser(store, -1).code
    paper = second_factor.renew_paper_codes(store, RULES, WANG, GOOD, own, "x", NOW)
    code = paper[0] if kind == "paper" else Browser(store, 0).code
    came: list[str] = []

    def proven(secret: str) -> str:
        try:
            second_factor.prove(store, RULES, secret, code, "x", NOW)
        except NotAllowed:
            return "refused"
        return "done"

    name = "use_recovery_code" if kind == "paper" else "use_step"
    meanwhile(monkeypatch, name, lambda: came.append(proven(waiting[1])))
    came.append(proven(waiting[0]))
    assert came == ["done", "refused"]


def test_an_account_is_judged_by_the_stations_that_there_are_when_it_is_written(store, monkeypatch):
    store.replace_city(make_city())
    plain = accounts.hashed

    def hashed(*given: object) -> str:
        store.replace_city(City(district=make_city().district))
        return plain(*given)

    monkeypatch.setattr(accounts, "hashed", hashed)
    with pytest.raises(NotAllowed):
        accounts.add_account(store, CONSOLE, "li", Role.CHIEF, GOOD, NOW, station_id="A")
    assert store.accounts.get("li") is None
