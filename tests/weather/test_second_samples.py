"""The second collection: constructed notices with what they must say, and sequences of notices with
what must hold after them.
"""

import json
from datetime import datetime
from functools import cache

import pytest

from tests.helpers.paths import SHARED
from weather.in_force import in_force
from weather.model import Action, Alert, BadPayload
from weather.notices import parse
from weather.validity import ends_at

SECOND = SHARED / "weather-samples/texts/second.jsonl"
SEQUENCES = SHARED / "weather-samples/sequences/sequences.json"
NOTICES = [f"u{i:02}" for i in range(1, 25)]
STEPS = [f"q{i:02}" for i in range(1, 11)]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@cache
def samples() -> dict[str, dict]:
    """Notices and sequences by their id."""
    if not SECOND.exists() or not SEQUENCES.exists():
        pytest.skip(f"the second collection is not here: {SECOND.parent.parent}")
    notices = [json.loads(line) for line in SECOND.read_text().splitlines()]
    return {each["id"]: each for each in (*notices, *json.loads(SEQUENCES.read_text()))}


def spoken(alerts: list[Alert]) -> Alert:
    """The warning a notice is about: what it begins, else what it ends."""
    (alert,) = [each for each in alerts if each.action is not Action.CANCEL] or alerts
    return alert


@pytest.mark.parametrize("name", NOTICES)
def test_constructed_notice_says_every_expected_field(name: str):
    sample = samples()[name]
    expected = dict(sample["expected"])
    received = instant(sample["received_at"])
    if expected.pop("refused", False):
        with pytest.raises(BadPayload):
            parse.parse(sample["text"], received)
        return
    alerts = parse.parse(sample["text"], received)
    assert len(alerts) == expected.pop("count", len(alerts))
    ends, begins = expected.pop("ends", []), expected.pop("begins", [])
    for part, cancels in ((ends, True), (begins, False)):
        named = [(each["type"], each["level"]) for each in part]
        assert not part or named == [
            (each.type, each.level) for each in alerts if (each.action is Action.CANCEL) == cancels
        ]
    if not ends:
        says(spoken(alerts), expected)


def says(alert: Alert, expected: dict) -> None:
    expected.pop("means", None)  # what a hazard means is told by the table of hazards
    expected.pop("not_refused", None)
    assert len(alert.doubts) >= expected.pop("min_doubts", 0)
    if until := expected.pop("in_force_until", None):
        assert ends_at(alert) == instant(until)
    if after := expected.pop("in_force_until_after", None):
        assert ends_at(alert) > instant(after)
    if earliest := expected.pop("rain_from_earliest", None):
        assert alert.onset_at == instant(earliest)
    for field, value in expected.items():
        found = getattr(alert, field)
        if field in ("issuers", "areas"):
            value = tuple(value)
        elif field.endswith("_at"):
            value = instant(value)
        elif field == "type":
            value = value or ""
        assert found == value, field


@pytest.mark.parametrize("name", STEPS)
def test_after_a_sequence_of_notices_holds_what_is_expected(name: str):
    sample = samples()[name]
    alerts = [
        alert
        for step in sample["steps"]
        for alert in parse.parse(step["text"], instant(step["received_at"]))
    ]
    for check in sample["checks"]:
        held = in_force(alerts, instant(check["at"]))
        ours = {each["area"] for each in check["in_force"] if "area" in each}
        here = [each for each in held if not ours or not each.areas or ours & set(each.areas)]
        assert {(each.type, each.level) for each in here} == {
            (each["type"], each["level"]) for each in check["in_force"]
        }
