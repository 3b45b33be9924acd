"""The pages by which one signs in and out: plain, without a script, in the phone page's style."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ops.accounts import SHORTEST
from ops.passwords import LONGEST
from ops.text import Speaker

FOLDER = Path(__file__).resolve().parent
_TEMPLATES = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                         lstrip_blocks=True)


def login(say: Speaker, told: str, seal: str, asked: str) -> str:
    """The form to sign in by.

    Parameters
    ----------
    told
        Why it did not go, the last time; else empty.
    seal
        The hidden word that proves that the form is ours.
    asked
        The page to go to afterwards.
    """
    return _page("login.html", say, told=told, seal=seal, asked=asked)


def logout(say: Speaker, name: str | None, seal: str) -> str:
    """The question whether to sign out; ``name`` is who is signed in."""
    return _page("logout.html", say, name=name, seal=seal)


def password(say: Speaker, name: str, told: str, seal: str) -> str:
    """The form to change one's own password; ``told`` as in `login`."""
    return _page("password.html", say, name=name, told=told, seal=seal, shortest=SHORTEST, longest=LONGEST)


def result(say: Speaker, code: str, refused: bool) -> str:
    """What was done, or was not, and why."""
    return _page("result.html", say, what=say(code), refused=refused)


def _page(template: str, say: Speaker, **facts: object) -> str:
    return _TEMPLATES.get_template(template).render(say=say, other="en" if say.language == "zh" else "zh", **facts)
