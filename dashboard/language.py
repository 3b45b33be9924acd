"""The language that the address of a plain page asks for."""

from starlette.requests import Request

from ops.text import LANGUAGES, Speaker


def speaker(request: Request) -> Speaker:
    """Who speaks the language of ``?lang=``; the first one where it names none that we know."""
    asked = request.query_params.get("lang", LANGUAGES[0])
    return Speaker(asked if asked in LANGUAGES else LANGUAGES[0])
