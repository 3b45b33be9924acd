"""The HTTP door against a server that answers late, in pieces, too much, wrongly, or from
elsewhere.
"""

import threading
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.helpers.processes.rude_server import Misbehaving, Server
from weather import fetch
from weather.model import SourceDown
from weather.notices.text import BEIJING
from weather.providers import open_meteo

SECRET = "a-secret-key"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Misbehaving)
    server.paths = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def ask(server: Server, path: str, **how) -> fetch.Answer:
    """Ask with more patience than a loaded machine needs, unless ``how`` says otherwise."""
    patience = {"timeout_s": 30.0, "deadline_s": 60.0}
    return fetch.get(f"http://127.0.0.1:{server.server_port}/{path}", **(patience | how))


def test_good_answer_and_nothing_new(server: Server):
    answer = ask(server, "good")
    assert (answer.body, answer.etag, answer.not_modified) == (b"good", '"1"', False)
    repeated = ask(server, "good", etag=answer.etag, last_modified=answer.last_modified)
    assert (repeated.body, repeated.not_modified) == (b"", True)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("late", "fetch.timeout"),
        ("cut_off", "fetch.cut_off"),
        ("huge", "fetch.too_long"),
        ("endless", "fetch.too_long"),
        ("bad_gzip", "fetch.encoding"),
        ("garbage", "fetch.cut_off"),
        ("forbidden", "fetch.forbidden"),
        ("over_quota", "fetch.over_quota"),
        ("missing", "fetch.status"),
        ("elsewhere", "fetch.redirect"),
        ("two_lengths", "fetch.cut_off"),
    ],
)
def test_misbehaviour_is_told_and_no_secret_with_it(server: Server, path: str, code: str):
    with pytest.raises(SourceDown) as down:
        ask(
            server,
            path,
            params={"key": SECRET},
            headers={"X-Key": SECRET},
            max_bytes=1_000_000,
            retries=0,
            timeout_s=0.5 if path == "late" else 30.0,
        )
    assert down.value.code == code
    assert down.value.facts["host"] == f"127.0.0.1:{server.server_port}"
    assert SECRET not in f"{down.value} {down.value!r} {down.value.facts} {down.value.__cause__}"
    assert down.value.__cause__ is None
    assert len(server.paths) == 1  # the redirect was not followed


def test_patience_that_is_asked_for_is_told(server: Server):
    with pytest.raises(SourceDown) as down:
        ask(server, "over_quota")
    assert down.value.retry_after_s == 120
    assert len(server.paths) == 1


@pytest.mark.parametrize(
    ("until", "seconds"),
    [
        ("Fri,_08_Jul_2022_00:30:00_GMT", 600),
        ("Fri,_08_Jul_2022_00:10:00_GMT", 0),
        ("soon", 0),
        ("-5", 0),
        ("1.5", 0),
        ("Sat,_08_Jul_2023_00:30:00_GMT", fetch.MAX_PATIENCE_S),
        ("9" * 400, fetch.MAX_PATIENCE_S),
        ("100000", fetch.MAX_PATIENCE_S),
        ("Fri,_08_Jul_99999_00:30:00_GMT", 0),
    ],
)
def test_patience_until_a_date_is_counted_on_the_server_s_clock_and_bounded(
    server: Server, until: str, seconds: int
):
    date = "Fri,_08_Jul_2022_00:20:00_GMT".replace(",", "%2C")
    with pytest.raises(SourceDown) as down:
        ask(server, f"dated?{date},{until.replace(',', '%2C')}")
    assert down.value.retry_after_s == seconds


def test_patience_until_a_date_without_the_server_s_clock_is_counted_on_ours(server: Server):
    until = "Fri,_08_Jul_2022_00:30:00_GMT".replace(",", "%2C")
    for now, seconds in ((datetime(2022, 7, 8, 0, 25, tzinfo=UTC), 300), (None, 0)):
        with pytest.raises(SourceDown) as down:
            ask(server, f"dated?,{until}", now=now)
        assert down.value.retry_after_s == seconds


def test_a_server_that_asks_for_patience_is_not_asked_again_at_once(server: Server):
    with pytest.raises(SourceDown) as down:
        ask(server, "busy", retries=2)
    assert (down.value.code, down.value.retry_after_s) == ("fetch.status", 600)
    assert len(server.paths) == 1


def test_failure_is_tried_again_a_bounded_number_of_times(server: Server):
    assert ask(server, "recovers").body == b"at last"
    with pytest.raises(SourceDown) as down:
        ask(server, "broken", retries=1)
    assert (down.value.code, down.value.facts["status"]) == ("fetch.status", 503)
    assert server.paths.count("/broken") == 2


@pytest.mark.parametrize("path", ["dripping", "dripping_head"])
def test_drip_ends_with_the_deadline(server: Server, path: str):
    with pytest.raises(
        SourceDown
    ) as down:  # without the deadline the whole answer would arrive drop by drop
        ask(server, path, deadline_s=0.5, retries=0)
    assert down.value.code == "fetch.timeout"


def test_bomb_does_not_unfold(server: Server):
    tracemalloc.start()
    with pytest.raises(SourceDown) as down:
        ask(server, "bomb", max_bytes=1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert down.value.code == "fetch.too_long"
    assert peak < 30_000_000  # of 200 MB


def test_no_key_in_a_log(server: Server, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    ask(server, "recovers", params={"key": SECRET})
    with pytest.raises(SourceDown):
        fetch.get(f"http://127.0.0.1:1/?key={SECRET}", retries=1, timeout_s=1)
    assert "127.0.0.1" in caplog.text
    assert "recovers" not in caplog.text  # some put their key into the path
    assert SECRET not in caplog.text


def test_nobody_there_and_no_address():
    with pytest.raises(SourceDown) as down:
        fetch.get(f"http://127.0.0.1:1/?key={SECRET}", retries=0, timeout_s=1)
    assert down.value.code == "fetch.unreachable"
    assert SECRET not in str(down.value)
    for url in (
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://",
        "nonsense",
        "http://[",
        "http://a:99999999/",
    ):
        with pytest.raises(SourceDown) as down:
            fetch.get(url)
        assert down.value.code == "fetch.url"


def test_forecast_through_the_door(server: Server):
    answer = fetch.get(
        f"http://127.0.0.1:{server.server_port}/rain", params=open_meteo.request(125.13, 42.9)
    )
    series = open_meteo.parse(answer.body, datetime(2022, 7, 8, 9, tzinfo=BEIJING))
    assert [step.mm for step in series.steps] == [0, 1.5]
    assert "latitude=42.9000" in server.paths[0]
