"""A browser without a screen, and the program that it signs in at."""

import http.client
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard.web import metrics, phone_links, sign_in, visitor
from dashboard.web.rate_limit import Misses
from dashboard.web.routes import ROUTES
from dashboard.web.security_headers import Headers
from data.model.account import Role
from ops.auth.accounts import add_account
from ops.auth.permissions import CONSOLE
from tests.helpers.makers import NOW

GOOD = "lightning over liaoyuan"


class Browser:
    """Keeps cookies as a browser does, and says of itself what one says."""

    def __init__(self, port: int):
        self.port, self.cookies, self.given = port, {}, []

    def ask(self, method, path, form=None, **headers):
        headers = {
            name.replace("_", "-"): value for name, value in headers.items() if value is not None
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form is not None:
            headers = {"Content-Type": "application/x-www-form-urlencoded"} | headers
        connection.request(
            method, path, urlencode(form) if isinstance(form, dict) else form, headers
        )
        answer = connection.getresponse()
        self.given = answer.headers.get_all("Set-Cookie") or []
        for given in self.given:
            name, value = given.partition(";")[0].split("=", 1)
            self.cookies[name] = value
            if "Max-Age=0" in given:
                del self.cookies[name]
        told = answer.status, answer.headers, answer.read().decode()
        connection.close()
        return told

    def seal(self, path="/login") -> str:
        return re.search(r'name="seal" value="(\w+)"', self.ask("GET", path)[2])[1]

    def enter(self, name="wang", password=GOOD, asked="/", **headers):
        return self.ask(
            "POST",
            "/login",
            {"name": name, "password": password, "next": asked, "seal": self.seal()},
            **headers,
        )


@pytest.fixture
def door(store, monkeypatch, tmp_path):
    monkeypatch.setenv("XUNBAN_HOME", str(tmp_path))
    monkeypatch.setattr(sign_in, "store", lambda: store)
    monkeypatch.setattr(phone_links, "_store", lambda: store)
    for module in (sign_in, phone_links):
        monkeypatch.setattr(module, "real_clock", lambda: NOW)
    monkeypatch.setattr(phone_links, "_MISSES", Misses())
    for module in (visitor, metrics):
        monkeypatch.setattr(module, "shared_store", lambda: store)
    monkeypatch.setattr(metrics, "real_clock", lambda: NOW)
    add_account(store, CONSOLE, "Wang", Role.DUTY, GOOD, NOW)
    page = Route("/other", lambda _request: PlainTextResponse("other"))
    app = Starlette(
        routes=[*ROUTES, page],
        middleware=[Middleware(Headers)],
    )
    with served(app) as browser:
        yield browser


@contextmanager
def served(app: Starlette) -> Iterator[Browser]:
    """A browser at a server of this app."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    # the answers of a proxy that is trusted, as `trusted_proxies` asks for
    config = uvicorn.Config(app, log_level="error", lifespan="off", forwarded_allow_ips="127.0.0.1")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Browser(listening.getsockname()[1])
    server.should_exit = True
    thread.join()
    listening.close()
