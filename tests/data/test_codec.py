"""The codec: what is stored as JSON comes back as it was, or is refused."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.db.codec import pack, unpack
from data.model import city, operation
from data.model.message import Message
from data.model.plan import PlanVersion, RainOutlook, SegmentRisk
from weather.model import Action, Alert, AlertStatus, Level, RainSeries, RainStep, Severity

WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
INSTANTS = st.datetimes(
    min_value=datetime(1990, 1, 1),
    max_value=datetime(2100, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3))]),
)
PLAIN = st.none() | WORDS | NUMBERS | INSTANTS | st.dates() | st.times()
MESSAGES = st.recursive(
    st.builds(Message, WORDS, st.dictionaries(WORDS, PLAIN, max_size=3)),
    lambda inner: st.builds(
        Message,
        WORDS,
        st.dictionaries(
            WORDS, PLAIN | inner | st.lists(PLAIN | inner, max_size=3).map(tuple), max_size=3
        ),
    ),
    max_leaves=5,
)
MM = st.floats(0, 1000) | st.none()
ALERTS = st.builds(
    Alert,
    provider=WORDS,
    provider_id=WORDS,
    national_id=WORDS | st.none(),
    issuers=st.lists(WORDS).map(tuple),
    type=WORDS,
    level=st.sampled_from(Level) | st.none(),
    severity=st.sampled_from(Severity),
    action=st.sampled_from(Action),
    previous_level=st.sampled_from(Level) | st.none(),
    issued_at=INSTANTS | st.none(),
    expires_at=INSTANTS | st.none(),
    received_at=INSTANTS,
    forecast_mm=MM,
    observed_hours=MM,
    areas=st.lists(WORDS).map(tuple),
    text=WORDS,
    headline=WORDS | st.none(),
    status=st.sampled_from(AlertStatus),
    confidence=st.floats(0, 1),
    doubts=st.lists(WORDS).map(tuple),
    polygons=st.lists(st.lists(st.tuples(MM, MM)).map(tuple)).map(tuple),
    circles=st.lists(st.tuples(MM, MM, MM)).map(tuple),
)


def there_and_back(cls: type, value: object) -> object:
    return unpack(cls, json.loads(json.dumps(pack(value), allow_nan=False)))


@given(MESSAGES)
def test_a_message_survives(message):
    back = there_and_back(Message, message)
    assert back == message
    assert repr(back.facts.keys()) == repr(message.facts.keys())


@given(st.dictionaries(WORDS, NUMBERS))
def test_a_number_keeps_its_type(facts):
    back = there_and_back(Message, Message("x", facts))
    assert {name: type(fact) for name, fact in back.facts.items()} == {
        name: type(fact) for name, fact in facts.items()
    }


@given(ALERTS)
def test_an_alert_survives(alert):
    back = there_and_back(Alert, alert)
    assert back == alert
    assert back.digest == alert.digest
    assert back.received_at.tzinfo is UTC


@given(
    st.lists(
        st.builds(
            lambda start, mm, chance, member: RainStep(
                start=start,
                end=start + timedelta(hours=1),
                mm=mm,
                probability=chance,
                member=member,
            ),
            INSTANTS,
            st.floats(0, 1999),
            st.floats(0, 1) | st.none(),
            WORDS | st.none(),
        )
    ).map(tuple),
    INSTANTS,
    INSTANTS | st.none(),
)
def test_a_forecast_survives(steps, fetched_at, run_at):
    series = RainSeries(provider="p", run_at=run_at, fetched_at=fetched_at, steps=steps)
    assert there_and_back(RainSeries, series) == series


def test_a_field_that_is_new_reads_its_default_from_old_rows():
    old = pack(
        RainStep(
            start=datetime(2022, 1, 1, tzinfo=UTC), end=datetime(2022, 1, 2, tzinfo=UTC), mm=1.0
        )
    )
    del old["member"]
    assert unpack(RainStep, old).member is None


def test_a_field_that_is_gone_is_left_aside():
    assert (
        unpack(
            SegmentRisk, {"segment_id": "S", "score": 1, "why": [], "inlet_ids": [], "weight": 3}
        ).score
        == 1
    )


def test_a_row_without_what_is_needed_names_it():
    with pytest.raises(ValueError, match="RainOutlook was stored without fetched_at, onset_at"):
        unpack(
            RainOutlook,
            {"source": "none", "end_at": None, "total_mm": 0, "peak_mm_h": 0, "hours": []},
        )


@dataclass
class Stranger:
    inside: object


class Word(StrEnum):
    ONE = "one"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), datetime(2022, 7, 8)])
def test_what_has_no_meaning_is_refused(value):
    for place in (
        value,
        Message("x", {"a": value}),
        Message("x", {"a": (1, (value,))}),
        Stranger(value),
    ):
        with pytest.raises(ValueError, match=r"finite|time zone"):
            pack(place)


def test_a_table_of_named_values_is_kept_as_it_is_and_a_fact_is_never_one():
    assert pack({"silt_m3": 0.4, "units": ("C01", None)}) == {
        "silt_m3": 0.4,
        "units": ["C01", None],
    }
    assert unpack(dict[str, float], {"silt_m3": 0.4}) == {"silt_m3": 0.4}
    for wrong in ({"a": b"bytes"}, Message("x", {"a": {"at": "2022"}})):
        with pytest.raises(TypeError, match="cannot be stored"):
            pack(wrong)


@pytest.mark.parametrize("value", [{1: "a"}, {1}, b"bytes", object(), timedelta(1)])
def test_what_the_codec_does_not_know_is_refused(value):
    for place in (value, Message("x", {"a": value})):
        with pytest.raises(TypeError, match="cannot be stored"):
            pack(place)


def test_an_enumerated_fact_is_its_word():
    assert there_and_back(Message, Message("x", {"level": Level.RED, "word": Word.ONE})) == Message(
        "x", {"level": "red", "word": "one"}
    )


def test_day_and_time_facts_keep_their_kind():
    facts = {
        "day": date(2022, 7, 8),
        "at": datetime(2022, 7, 8, tzinfo=UTC),
        "time": time(8, 20),
        "list": [1, (2,)],
    }
    assert there_and_back(Message, Message("x", facts)).facts == {**facts, "list": (1, (2,))}


def test_the_version_has_no_field_that_is_not_stored():
    """A field added to the entity without a place in the tables would be lost without a word."""
    from dataclasses import fields

    from data.db import schema
    from data.model import plan

    for cls, table in (
        (PlanVersion, schema.versions),
        (plan.Assignment, schema.assignments),
        (plan.Member, schema.members),
        (plan.Rest, schema.rests),
        (operation.Trigger, schema.triggers),
        (operation.Operation, schema.operations),
        (city.Crew, schema.crews),
        (city.Station, schema.stations),
        (city.Segment, schema.segments),
        (city.Inlet, schema.inlets),
        (city.Shift, schema.shifts),
        (city.Machine, schema.machines),
        (city.Driver, schema.drivers),
        (city.Blockage, schema.blockages),
        (city.District, schema.district),
    ):
        elsewhere = {"assignments", "rests", "members", "position"}
        assert {field.name for field in fields(cls)} - elsewhere <= set(table.c.keys()), cls
