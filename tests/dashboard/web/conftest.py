"""A phone with a station's link, whose page and taps are served on loopback."""

import socket
import threading
import time
from dataclasses import replace

import pytest
import uvicorn
from starlette.applications import Starlette

from dashboard.web import phone_links
from data.model.message import Message
from tests.helpers.makers import HOUR, NOW, make_city
from tests.helpers.processes.phone import EVIL, Phone
from tests.helpers.progress import VERSION


@pytest.fixture
def phone(store, drill, monkeypatch, tmp_path):
    city = make_city()
    city = replace(
        city, stations=(replace(city.stations[0], name="甲站" + EVIL), *city.stations[1:])
    )
    store.replace_city(city)
    told = (Message("name.text", {"text": EVIL}),)
    store.plans.save(replace(VERSION, operation_id=drill.id, changes=told), [], NOW)
    monkeypatch.setattr(phone_links, "_store", lambda: store)
    monkeypatch.setattr(phone_links, "real_clock", lambda: NOW + HOUR / 2)
    monkeypatch.setenv("XUNBAN_HOME", str(tmp_path / "home"))
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(Starlette(routes=phone_links.ROUTES), log_level="error", lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Phone(listening.getsockname()[1], store, drill)
    server.should_exit = True
    thread.join()
    listening.close()
