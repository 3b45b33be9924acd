"""When feeds are asked and left alone, which forecast is used, and what is told of their state."""

import json
import re
from datetime import timedelta

import pytest

from dashboard.render.status import health_line
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.documents.labels import polled_words
from ops.intake.feeds import PATIENCE, is_due, report, sentence, try_feed
from ops.risk.rain_outlook import outlook
from ops.risk.rain_sources import hourly
from tests.helpers.makers import NOW, local
from tests.helpers.processes.weather_source import PLACE, SECRET, meteo, rain, turn
from weather.merge_nowcast import spliced
from weather.model import Health, RainSeries, RainStep, SourceDown, SourceError, SourceHealth
from weather.sources import KINDS, Feed


def test_the_best_fresh_forecast_is_used_and_asks_for_a_plan_when_the_better_one_is_gone(
    store, real, source
):
    source.answers = {"/one": rain({13: 9.0}), "/two": rain({11: 20.0})}
    feeds = (
        meteo(source.url + "/one", name="one", rank=1, stale_minutes=60),
        meteo(source.url + "/two", name="two"),
    )
    turn(store, real, *feeds)
    assert store.weather.latest_forecast(real.id, NOW).provider == "one"
    assert [trigger.cause for trigger in store.triggers.pending(real.id)] == [
        f"forecast:{store.weather.latest_forecast(real.id, NOW).digest}"
    ]
    source.answers["/one"] = 500
    later = NOW + timedelta(minutes=50)
    assert turn(store, real, *feeds, at=later)["one"].state is Health.FAILED
    assert store.weather.latest_forecast(real.id, later).provider == "one"
    later = NOW + timedelta(minutes=75)
    healths = turn(store, real, *feeds, at=later)
    assert (healths["one"].state, healths["two"].state) == (Health.STALE, Health.OK)
    assert store.weather.latest_forecast(real.id, later).provider == "two"
    assert len(store.triggers.pending(real.id)) == 2
    rain_now = outlook(store.weather.latest_forecast(real.id, later), (), None, later)
    assert (rain_now.provider, rain_now.onset_at) == ("two", local(11))


def test_what_can_not_be_read_of_an_answer_is_left_out_and_told(store, real, source):
    """An hour without an amount hides neither its neighbours nor itself."""
    body = json.loads(rain({13: 9.0}))
    body["hourly"]["precipitation"][20] = "wet"
    source.answers = {"/f": json.dumps(body).encode()}
    health = turn(store, real, meteo(source.url + "/f"))["om"]
    assert health.state is Health.OK
    assert health.error == SourceError(code="feed.partly", facts={"n": 1})
    assert "有 1 处内容读不懂" in health_line(health, NOW, Translator("zh"))
    kept = store.weather.latest_forecast(real.id, NOW)
    assert outlook(kept, (), None, NOW).peak_mm_h == 9.0
    source.answers = {"/f": rain({13: 9.0})}
    assert (
        turn(store, real, meteo(source.url + "/f"), at=NOW + timedelta(minutes=20))["om"].error
        is None
    )


def test_the_age_that_a_feed_sets_holds_where_nothing_fresher_is(store, real, source):
    source.answers = {"/one": rain({13: 9.0})}
    turn(store, real, meteo(source.url + "/one", stale_minutes=60))
    for minutes, provider, stale in ((60, "om", None), (61, "om", "om")):
        later = NOW + timedelta(minutes=minutes)
        rain_now = outlook(store.weather.latest_forecast(real.id, later), (), None, later)
        assert (rain_now.provider, rain_now.stale_provider) == (provider, stale)


def test_an_unchanged_forecast_is_fresh_again_without_being_sent(store, real, source):
    source.answers = {"/f": rain({13: 9.0})}
    feed = meteo(source.url + "/f")
    turn(store, real, feed)
    later = NOW + timedelta(minutes=15)
    assert turn(store, real, feed, at=later)["om"].state is Health.OK
    assert "If-None-Match" in source.asked[-1][1]
    assert store.weather.latest_forecast(real.id).fetched_at == later
    assert len(store.triggers.pending(real.id)) == 1


def test_a_feed_is_asked_on_its_own_rhythm_and_left_alone_when_it_says_too_many(
    store, real, source
):
    source.answers = {"/f": 429}
    feed = meteo(source.url + "/f", poll_minutes=5)
    assert turn(store, real, feed)["om"].state is Health.OVER_QUOTA
    turn(store, real, feed, at=NOW + timedelta(minutes=6))
    assert len(source.asked) == 1
    turn(store, real, feed, at=NOW + PATIENCE)
    assert len(source.asked) == 2
    quick = SourceHealth(provider="om", state=Health.FAILED, tried_at=NOW)
    assert not is_due(feed, quick, NOW + timedelta(minutes=4))
    assert is_due(feed, quick, NOW + timedelta(minutes=5))


LEAST = PATIENCE.total_seconds() / 60


@pytest.mark.parametrize(
    ("state", "code", "retry_after_s", "minutes"),
    [
        (Health.FAILED, "fetch.status", 3600, 60),
        (Health.STALE, "fetch.over_quota", 7200, 120),
        (Health.STALE, "fetch.over_quota", 0, LEAST),
        (Health.OVER_QUOTA, "fetch.over_quota", 1, LEAST),
        (Health.FAILED, "fetch.status", None, 5),
    ],
)
def test_a_source_has_the_patience_that_it_asked_for(state, code, retry_after_s, minutes):
    feed = meteo("http://127.0.0.1:1/f", poll_minutes=5)
    error = SourceError(code=code, facts={"host": "x"}, retry_after_s=retry_after_s)
    health = SourceHealth(provider="om", state=state, tried_at=NOW, error=error)
    assert not is_due(feed, health, NOW + timedelta(minutes=minutes, seconds=-1))
    assert is_due(feed, health, NOW + timedelta(minutes=minutes))


def test_a_name_that_reads_like_a_wish_for_patience_silences_no_feed(store, real, monkeypatch):
    name = "a, retry_after_s=99999) feed.over_budget"
    feed = meteo("http://127.0.0.1:1/f", name=name, poll_minutes=5)

    def refuse(*_args, **_options):
        raise SourceDown("fetch.unreachable", host=name)

    monkeypatch.setattr("weather.fetch.get", refuse)
    health = turn(store, real, feed)[name]
    assert (health.state, health.error.code) == (Health.FAILED, "fetch.unreachable")
    assert health.error.facts == {"host": name}
    assert is_due(feed, health, NOW + timedelta(minutes=5))
    assert name in sentence(health.error, Translator("en"))


def test_the_patience_asked_for_is_kept_with_the_source(store, real, monkeypatch):
    def refuse(*_args, **_options):
        raise SourceDown("fetch.status", host="h", status=503, retry_after_s=3600)

    monkeypatch.setattr("weather.fetch.get", refuse)
    feed = meteo("http://127.0.0.1:1/f", poll_minutes=5)
    health = turn(store, real, feed)["om"]
    assert health.error == SourceError(
        code="fetch.status", facts={"host": "h", "status": 503}, retry_after_s=3600
    )
    assert not is_due(feed, health, NOW + timedelta(minutes=59))
    assert is_due(feed, health, NOW + timedelta(minutes=60))


def test_a_source_that_says_too_many_is_not_asked_for_the_rest(store, real, source):
    source.answers = {"/weatheralert/v1/current/42.90/125.14": 429}
    feed = Feed(kind="qweather", name="qw", url=source.url, key_env="KEY", retries=0)
    assert turn(store, real, feed, secrets={"KEY": SECRET})["qw"].state is Health.OVER_QUOTA
    assert len(source.asked) == 1


def test_a_day_s_budget_is_kept_in_the_database(store, real, source):
    source.answers = {"/f": rain({13: 9.0})}
    feed = meteo(source.url + "/f", daily_budget=2, poll_minutes=1)
    for minute in (0, 1, 40, 80):
        health = turn(store, real, feed, at=NOW + timedelta(minutes=minute))["om"]
    assert len(source.asked) == 2
    assert health.state is Health.OVER_QUOTA
    assert health.error.code == "feed.over_budget"
    assert store.weather.spent(NOW.date()) == {"om": 2}
    assert (
        turn(store, real, feed, at=NOW + timedelta(days=1))["om"].error is None
        or len(source.asked) == 3
    )


def test_quiet_and_down_are_two_things(store, real, source):
    source.answers = {"/alerts": b'{"type": "FeatureCollection", "features": []}'}
    feed = Feed(kind="nws", name="nws", url=source.url + "/alerts", retries=0)
    assert turn(store, real, feed)["nws"].state is Health.QUIET
    assert (
        turn(store, real, feed, at=NOW + timedelta(minutes=15))["nws"].state is Health.QUIET
    )  # 304
    source.answers["/alerts"] = 503
    health = turn(store, real, feed, at=NOW + timedelta(minutes=30))["nws"]
    assert (health.state, health.good_at) == (Health.FAILED, NOW + timedelta(minutes=15))


def test_a_forecast_of_the_past_is_stale_and_not_planned_on(store, real, source):
    source.answers = {"/f": rain({13: 9.0})}
    health = turn(store, real, meteo(source.url + "/f"), at=NOW + timedelta(days=2))["om"]
    assert (health.state, health.error, store.weather.latest_forecast(real.id)) == (
        Health.STALE,
        SourceError(code="feed.old_forecast"),
        None,
    )


def test_the_report_calls_a_source_stale_when_nobody_has_asked_it(store, real, source):
    source.answers = {"/f": rain({13: 9.0})}
    feed, never = meteo(source.url + "/f", daily_budget=9), meteo(source.url, name="never")
    turn(store, real, feed)
    lines = report(store, (feed, never), NOW + timedelta(hours=7))
    assert [
        (line["name"], line["state"], line["age_minutes"], line["spent_today"]) for line in lines
    ] == [("om", "stale", 420, 1), ("never", None, None, 0)]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "x"},
        {"detail": "x"},
        {"key_env": "lower-case-key"},
        {"poll_minutes": 0},
        {"stale_minutes": 5.0},
        {"daily_budget": -1},
        {"retries": 9},
        {"timeout_s": 50.0},
        {"url": "ftp://x"},
        {"url": "http://u:p@x"},
        {"url": "http://example.org", "key_env": "K"},
        {"kind": "qweather"},
        {"kind": "caiyun"},
        {"kind": "cma", "adcode_prefix": "2204"},  # it needs an address
        {"kind": "cma", "url": "https://example.org/list"},  # it lists the whole country
        {"kind": "cap-index"},
        {"kind": "cap-index", "url": "https://example.org/rss.xml"},
        {"kind": "meteoalarm", "places": ("Berlin",)},  # it needs a country
        {"kind": "meteoalarm", "country": "germany"},
        {"key_id": "k"},
    ],
)
def test_a_feed_that_cannot_work_is_refused(changes):
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        Feed(**({"kind": "open-meteo", "name": "x"} | changes))
    assert "lower-case-key" not in str(refused.value)


def test_every_kind_can_be_set_up():
    for kind in KINDS:
        Feed(
            kind=kind,
            name=kind,
            url="https://example.org/x",
            key_env="K",
            country="germany",
            adcode_prefix="2204",
        )


def test_quarter_hours_and_members_become_hours():
    def step(minutes: int, mm: float, length: int = 15, member: str | None = None) -> RainStep:
        start = local(12) + timedelta(minutes=minutes)
        return RainStep(start=start, end=start + timedelta(minutes=length), mm=mm, member=member)

    quarters = RainSeries(
        provider="x", fetched_at=NOW, steps=tuple(step(15 * i, 1.0) for i in range(6))
    )
    assert hourly(quarters, 0.75) == ((local(12), 4.0), (local(13), 2.0))
    members = tuple(step(0, mm, 60, f"m{mm}") for mm in (0.0, 1.0, 2.0, 8.0))
    assert hourly(RainSeries(provider="x", fetched_at=NOW, steps=members), 0.75) == (
        (local(12), 2.0),
    )
    assert hourly(RainSeries(provider="x", fetched_at=NOW, steps=(step(0, 12.0, 360),)), 0.75)[
        5
    ] == (local(17), 2.0)
    far = RainSeries(provider="far", fetched_at=NOW, steps=(step(0, 6.0, 60), step(60, 6.0, 60)))
    for nowcast, hours in (
        ((step(30, 0.0, 60),), (6.0, 6.0)),  # it calls off nothing
        ((step(30, 0.0, 30), step(60, 9.0, 30)), (6.0, 12.0)),
        ((step(30, 5.0, 60),), (6.0, 6.0)),
        ((step(30, 8.0, 30), step(60, 0.0, 30)), (11.0, 6.0)),
        ((step(90, 4.0, 60),), (6.0, 6.0, 2.0)),
    ):
        whole = spliced(RainSeries(provider="near", fetched_at=NOW, steps=nowcast), far)
        assert [mm for _, mm in hourly(whole, 0.75)] == list(hours)
        assert whole.provider == "far"


def test_no_key_stands_in_a_setting_file():
    from ops.base.errors import BadSettings
    from ops.settings import parse

    for line in (
        f"key = '{SECRET}'",
        f"key_env = '{SECRET}'",
        f"poll_minutes = '{SECRET}'",
        f"places = ['{SECRET}', 1]",
    ):
        with pytest.raises(BadSettings) as refused:
            parse(f"[[feeds]]\nkind = 'open-meteo'\n{line}\n")
        assert SECRET not in str(refused.value)
    text = (
        "[[feeds]]\nkind = 'open-meteo'\nrank = 1\n"
        "[[feeds]]\nkind = 'cap-index'\nadcode_prefix = '2204'\n"
        "places = ['龙山']\nstale_minutes = 60\n"
    )
    assert [(feed.name, feed.rank, feed.places) for feed in parse(text).settings.feeds] == [
        ("open-meteo", 1, ()),
        ("cap-index", 50, ("龙山",)),
    ]
    with pytest.raises(BadSettings, match=re.escape("one name")):
        parse("[[feeds]]\nkind = 'open-meteo'\n" * 2)


# --- tried by hand


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (rain({12: 8.0, 13: 4.5}), ("12.5",)),
        (rain({}), ("rain", " 0 ")),
        (b"{}", ("rain:",)),
        (503, ("rain:", "503")),
    ],
)
def test_a_feed_that_is_tried_shows_what_came_and_stores_nothing(
    store, real, source, answer, words, lang
):
    source.answers["/rain"] = answer
    feed = Feed(name="rain", kind="open-meteo", url=f"{source.url}/rain")
    for _ in range(2):  # tried again it is asked again
        polled = try_feed(store, CONSOLE, feed, PLACE, NOW, {})
        told = " ".join(polled_words(Translator(lang), feed.name, polled))
        assert all(word in told for word in words)
    assert len(source.asked) >= 2
    assert store.weather.latest_forecast(real.id, NOW) is None
    assert store.weather.alerts(real.id) == []
    assert (store.weather.healths(), store.weather.marks(real.id, feed.name)) == ({}, {})


def test_a_feed_is_tried_within_the_day_s_budget(store, real, source):
    source.answers["/rain"] = rain({})
    feed = Feed(name="rain", kind="open-meteo", url=f"{source.url}/rain", daily_budget=1)
    assert try_feed(store, CONSOLE, feed, PLACE, NOW, {}).rain
    (error,) = try_feed(store, CONSOLE, feed, PLACE, NOW, {}).errors
    assert error.code == "feed.over_budget"
