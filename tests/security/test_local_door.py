"""A drill opens without an account to who sits at the machine, which he proves; a loopback address
is no proof.
"""

import http.client
import re
import socket
import threading
from contextlib import closing, suppress
from datetime import timedelta

import pytest
import websockets.sync.client as sync_client
from google.protobuf.text_format import MessageToString
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ops.auth.local_door import KEY_FILE, enter, is_at_the_machine, local_address
from ops.base.errors import PermissionDenied
from tests.helpers.makers import NOW
from tests.helpers.processes.browsing import way_in

DISTRICT = "龙山区"


def given(address: str) -> str:
    return address.rpartition("/")[2]


def test_an_address_opens_once_and_its_browser_stays_in(store, tmp_path):
    address = given(local_address("http://127.0.0.1:1", tmp_path, NOW))
    kept = enter(store, tmp_path, address, NOW)
    assert is_at_the_machine(tmp_path, kept, NOW + timedelta(days=1))
    assert not is_at_the_machine(tmp_path, kept, NOW + timedelta(days=30))
    with pytest.raises(PermissionDenied, match=r"here\.used"):
        enter(store, tmp_path, address, NOW)
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("forged", ["", "x", "WyJhIiwxXQ.x", None])
def test_what_another_key_signed_opens_nothing(store, tmp_path, forged):
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
    if forged is None:
        forged = given(local_address("http://127.0.0.1:1", tmp_path / "there", NOW))
    with pytest.raises(PermissionDenied, match=r"here\.bad"):
        enter(store, tmp_path / "here", forged, NOW)
    assert not is_at_the_machine(tmp_path / "here", forged, NOW)


def test_an_address_is_no_cookie_and_a_cookie_no_address(store, tmp_path):
    address = given(local_address("http://127.0.0.1:1", tmp_path, NOW))
    assert not is_at_the_machine(tmp_path, address, NOW)
    kept = enter(store, tmp_path, address, NOW)
    with pytest.raises(PermissionDenied, match=r"here\.bad"):
        enter(store, tmp_path, kept, NOW)


def mute_proxy(target: int) -> tuple[socket.socket, int]:
    """A proxy on this machine that says nothing of itself: it hands on bytes."""
    door = socket.create_server(("127.0.0.1", 0))

    def hand_on(source: socket.socket, to: socket.socket) -> None:
        with suppress(OSError), source, to:
            while chunk := source.recv(65536):
                to.sendall(chunk)

    def accept() -> None:
        with suppress(OSError):
            while True:
                visitor, _ = door.accept()
                inner = socket.create_connection(("127.0.0.1", target))
                for pair in ((visitor, inner), (inner, visitor)):
                    threading.Thread(target=hand_on, args=pair, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return door, door.getsockname()[1]


def shown(port: int, cookie: str = "") -> str:
    """What a visitor's board draws first, by Streamlit's own protocol."""
    drawn = ""
    with sync_client.connect(
        f"ws://localhost:{port}/_stcore/stream",
        subprotocols=["streamlit"],
        origin=f"http://localhost:{port}",
        max_size=None,
        additional_headers={"Cookie": cookie} if cookie else {},
    ) as line:
        line.send(BackMsg(rerun_script={"query_string": ""}).SerializeToString())
        while True:
            message = ForwardMsg.FromString(line.recv(30))
            if message.HasField("delta"):
                drawn += MessageToString(message.delta, as_utf8=True)
            if message.WhichOneof("type") == "script_finished":
                return drawn


@pytest.mark.xdist_group("browser")
def test_behind_a_proxy_that_says_nothing_of_itself_a_visitor_sees_nothing(open_drill):
    door, port = mute_proxy(int(open_drill[0].rpartition(":")[2]))
    with closing(door):
        drawn = shown(port)
        assert DISTRICT not in drawn
        assert "xunban drill address" in drawn, "it says how who sits here comes in"


@pytest.mark.xdist_group("browser")
def test_who_comes_by_the_address_is_in_and_the_next_one_with_it_is_not(open_drill):
    port = int(open_drill[0].rpartition(":")[2])
    path = re.sub(r"http://[^/]+", "", way_in(open_drill[0]))

    def ask() -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    first, second = ask(), ask()
    assert (first.status, second.status) == (303, 403)
    assert second.headers["Set-Cookie"] is None
    cookie = first.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert DISTRICT in shown(port, cookie.partition(";")[0])
