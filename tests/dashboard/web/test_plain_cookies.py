"""What a request's head may bring: cookies that are read in no time, and few of them."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard import serve
from dashboard.web.security_headers import MOST_COOKIES, PlainCookies
from tests.helpers.processes.sign_in_browser import Browser, served

OWN = "xunban_session=east~abc"


@pytest.fixture(scope="module")
def door():
    """A server that tells what came through."""

    def tell(request: Request) -> JSONResponse:
        return JSONResponse([request.headers.get("cookie", ""), sorted(request.cookies)])

    app = Starlette(routes=[Route("/", tell)], middleware=[Middleware(PlainCookies)])
    with served(app) as browser:
        yield browser


@pytest.mark.parametrize("escape", ['\\"', "\\\\", "\\1", "\\101"])
@pytest.mark.parametrize("where", ["{evil}; {own}", "{own}; {evil}", "{own};{evil};x=1"])
def test_an_escaped_cookie_does_not_come_through_and_ones_own_does(door, escape, where):
    cookies = where.format(own=OWN, evil=f'a="{escape * 7000}"')
    _, _, told = Browser(door.port).ask("GET", "/", Cookie=cookies)
    assert "\\" not in told
    assert "xunban_session" in told
    assert len(told) < 200


def test_no_more_cookies_come_through_than_a_browser_keeps(door):
    many = "; ".join(f"a{n}=b" for n in range(5000))
    _, _, told = Browser(door.port).ask("GET", "/", Cookie=f"{OWN}; {many}")
    assert told.count("=") == MOST_COOKIES
    assert "xunban_session" in told


def test_signed_cookies_of_streamlit_come_through_as_they_are(door):
    signed = '_streamlit_user="2|1:0|10:1700000000|15:_streamlit_user|8:e30=|aa=="'
    _, _, told = Browser(door.port).ask("GET", "/", Cookie=f"{signed}; {OWN}")
    assert "_streamlit_user" in told
    assert "2|1:0|10:1700000000" in told


def test_it_stands_before_whatever_reads_cookies():
    assert serve.app._user_middleware[0].cls is PlainCookies
