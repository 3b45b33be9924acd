"""The pages by which one signs in and out: plain, without a script, in the phone page's style."""

from collections.abc import Sequence
from pathlib import Path

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from data.model.account import Account
from ops.auth.accounts import SHORTEST
from ops.auth.own_sessions import OwnSession
from ops.auth.passwords import LONGEST
from ops.auth.second_factor import Offer
from ops.base.messages import Translator

FOLDER = Path(__file__).resolve().parent
_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def login(t: Translator, reason: str, seal: str, target: str) -> str:
    """The form to sign in by.

    Parameters
    ----------
    reason
        Why it did not go, the last time; else empty.
    seal
        The hidden word that proves that the form is ours.
    target
        The page to go to afterwards.
    """
    return _page("login.html", t, reason=reason, seal=seal, target=target)


def logout(t: Translator, name: str | None, seal: str) -> str:
    """The question whether to sign out; ``name`` is who is signed in."""
    return _page("logout.html", t, name=name, seal=seal)


def password(t: Translator, name: str, reason: str, seal: str) -> str:
    """The form to change one's own password; ``reason`` as in `login`."""
    return _page(
        "password.html", t, name=name, reason=reason, seal=seal, shortest=SHORTEST, longest=LONGEST
    )


def code(t: Translator, name: str, reason: str, seal: str) -> str:
    """The form for the code of the second factor."""
    return _page("code.html", t, name=name, reason=reason, seal=seal)


def second(t: Translator, name: str, reason: str, seal: str, offer: Offer, is_needed: bool) -> str:
    """How to set a second factor up: a picture for the app's camera, the same as text, and the form
    for its first code.
    """
    drawn = segno.make_qr(offer.address, error="m").svg_inline(border=2, omitsize=True)
    return _page(
        "second_factor.html",
        t,
        name=name,
        reason=reason,
        seal=seal,
        secret=" ".join(offer.secret[at : at + 4] for at in range(0, len(offer.secret), 4)),
        picture=Markup(drawn),  # numbers only: what it says is in its squares
        is_needed=is_needed,
        longest=LONGEST,
    )


def paper_codes(t: Translator, codes: Sequence[str], target: str) -> str:
    """The codes for paper, which are shown this once."""
    return _page("paper_codes.html", t, codes=codes, target=target)


def account(
    t: Translator,
    account: Account,
    sessions: Sequence[OwnSession],
    reason: str,
    seal: str,
    codes_left: int,
    is_needed: bool,
) -> str:
    """How somebody signs in, and where he is signed in."""
    return _page(
        "account_page.html",
        t,
        name=account.shown,
        second_at=account.second_at,
        sessions=sessions,
        reason=reason,
        seal=seal,
        codes_left=codes_left,
        is_needed=is_needed,
        longest=LONGEST,
    )


def result(t: Translator, code: str, refused: bool) -> str:
    """What was done, or was not, and why."""
    return _page("result.html", t, what=t(code), refused=refused)


def _page(template: str, t: Translator, **facts: object) -> str:
    return _TEMPLATES.get_template(template).render(
        t=t, other="en" if t.language == "zh" else "zh", **facts
    )
