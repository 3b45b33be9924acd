"""A provider is added in one place: what the rest needs to know of it, it says itself."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.base.messages import Translator, catalogue
from ops.documents.labels import provider_name
from tests.helpers.makers import make_alert
from weather import detect_format, fetch
from weather.model import BadPayload, RainSeries, RainStep
from weather.poll import poll
from weather.providers import registry
from weather.providers.provider import Content, Provider, Request, Shape
from weather.sources import KINDS, Feed

NOW = datetime(2022, 7, 8, 1, tzinfo=UTC)
PLACE = (125.14, 42.9)
ANSWER = json.dumps({"toy": True, "storm": "暴雨", "mm": 7}).encode()


def read_alerts(payload: bytes, received_at: datetime | None):
    storm = json.loads(payload)["storm"]
    return [make_alert(provider="toy", type=storm, received_at=received_at)]


def read_rain(payload: bytes, at: datetime) -> RainSeries:
    step = RainStep(start=at, end=at + timedelta(hours=1), mm=json.loads(payload)["mm"])
    return RainSeries(provider="toy", fetched_at=at, steps=(step,))


def requests(query):
    def read(body: bytes, at: datetime) -> Content:
        return Content(alerts=tuple(read_alerts(body, at)), rain=read_rain(body, at))

    url = f"{query.address}/{query.latitude},{query.longitude}"
    return (Request(name="all", url=url, headers={"Key": query.key}, role="both", read=read),)


TOY = Provider(
    kind="toy",
    label="board.source_cap",
    requests=requests,
    url="https://toy.example",
    needs=("key_env",),
    shapes=(Shape(frozenset({"toy", "storm"}), read_alerts),),
    read_rain=read_rain,
)


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setitem(registry.PROVIDERS, "toy", TOY)


def test_a_registered_provider_is_all_that_is_needed(toy, monkeypatch):
    requested = []

    def answer(url, **options):
        requested.append((url, options["headers"]))
        return fetch.Answer(body=ANSWER)

    monkeypatch.setattr(fetch, "get", answer)
    feed = Feed(kind="toy", name="mine", key_env="TOY_KEY")
    assert feed.brings_rain
    polled = poll(feed, PLACE, NOW, {"TOY_KEY": "k"}, {}, lambda: True)
    assert requested == [("https://toy.example/42.9,125.14", {"Key": "k"})]
    assert [alert.type for alert in polled.alerts] == ["暴雨"]
    assert (polled.rain.provider, polled.rain.steps[0].mm) == ("mine", 7)
    assert polled.errors == ()


def test_its_payload_is_known_where_it_is_pasted(toy):
    (alert,) = detect_format.parse_any(ANSWER, NOW)
    assert (alert.provider, alert.received_at) == ("toy", NOW)


def test_it_says_what_a_feed_of_it_needs(toy):
    with pytest.raises(ValueError, match="toy needs key_env"):
        Feed(kind="toy", name="mine")


def test_nobody_knows_a_provider_that_is_not_registered():
    with pytest.raises(ValueError, match="kind must be one of"):
        Feed(kind="toy", name="mine", key_env="TOY_KEY")
    with pytest.raises(BadPayload):
        detect_format.parse_any(ANSWER, NOW)


def test_every_file_that_holds_a_provider_is_registered():
    folder = Path(registry.__file__).parent
    holding = {
        path.stem
        for path in folder.glob("*.py")
        if "\nSOURCE = Provider(" in path.read_text(encoding="utf-8")
    }
    assert holding == set(registry.FILES)
    assert len(registry.PROVIDERS) == len(registry.FILES)


@pytest.mark.parametrize("provider", registry.PROVIDERS.values(), ids=lambda each: each.kind)
def test_every_provider_has_a_name_in_both_languages(provider):
    assert provider.label in catalogue()
    names = [provider_name(Translator(language), provider.kind) for language in ("zh", "en")]
    assert all(name not in ("", provider.kind) for name in names)


def test_what_can_only_be_pasted_is_no_kind_of_feed():
    pasted = {kind for kind, each in registry.PROVIDERS.items() if each.requests is None}
    assert pasted == {"metno", "bright-sky"}
    assert pasted.isdisjoint(KINDS)


def test_the_most_telling_form_is_tried_first():
    sizes = [len(shape.fields) for shape in registry.shapes()]
    assert sizes == sorted(sizes, reverse=True)
