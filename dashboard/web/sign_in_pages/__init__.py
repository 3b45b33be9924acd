"""The pages by which one signs in and out: plain, without a script, in the phone page's style."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ops.auth.accounts import SHORTEST
from ops.auth.passwords import LONGEST
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


def result(t: Translator, code: str, refused: bool) -> str:
    """What was done, or was not, and why."""
    return _page("result.html", t, what=t(code), refused=refused)


def _page(template: str, t: Translator, **facts: object) -> str:
    return _TEMPLATES.get_template(template).render(
        t=t, other="en" if t.language == "zh" else "zh", **facts
    )
