"""The language that the address of a plain page asks for."""

from starlette.requests import Request

from ops.base.messages import LANGUAGES, Translator


def speaker(request: Request) -> Translator:
    """Who speaks the language of ``?lang=``; the first one where it names none that we know."""
    asked = request.query_params.get("lang", LANGUAGES[0])
    return Translator(asked if asked in LANGUAGES else LANGUAGES[0])
