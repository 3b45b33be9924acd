"""What holds at an instant, whatever order, delay and repetition the messages came in."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.alert_stories import T0, alert, gone, stories
from tests.helpers.draws import few_or
from weather.in_force import in_force
from weather.model import Action, Alert, AlertStatus, Level
from weather.validity import DEFAULT_VALIDITY, Validity, begins_at, ends_at, is_over


def names(alerts, hours: float, **more) -> list[str]:
    return [held.provider_id for held in in_force(alerts, T0 + timedelta(hours=hours), **more)]


def test_warning_holds_from_its_issue_to_its_end():
    each = alert("a", forecast_hours=6)
    assert names([each], -0.01) == []
    assert names([each], 0) == ["a"]
    assert names([each], 5.99) == ["a"]
    assert names([each], 6) == []
    assert is_over(each, T0 + timedelta(hours=6))


@pytest.mark.parametrize(
    ("changes", "hours"),
    [
        ({}, 6),
        ({"level": Level.RED}, 3),
        ({"level": Level.BLUE}, 12),
        ({"level": None}, 24),
        ({"type": "大雾"}, 24),
        ({"forecast_hours": 3}, 3),
        ({"forecast_hours": 12, "window_hours": 24}, 24),
        ({"forecast_hours": 0.2}, 1),
        ({"forecast_hours": 9999}, 240),
        ({"onset_at": T0 + timedelta(hours=5), "forecast_hours": 10}, 15),
        ({"expires_at": T0 + timedelta(hours=30), "forecast_hours": 6}, 30),
        ({"action": Action.CANCEL}, 0),
        ({"type": "雷暴大风"}, 6),
    ],
)
def test_end_is_said_or_follows_from_the_hours_or_the_type(changes: dict, hours: float):
    assert ends_at(alert("a", **changes)) == T0 + timedelta(hours=hours)


def test_validity_checks_itself():
    with pytest.raises(ValueError, match="shortest_hours"):
        Validity(shortest_hours=4)
    with pytest.raises(ValueError, match="longest_hours"):
        Validity(longest_hours=12)


def test_clock_that_is_ahead_does_not_hide_a_warning():
    assert begins_at(alert("a", received_at=T0 - timedelta(minutes=5))) == T0 - timedelta(minutes=5)
    assert begins_at(alert("a", received_at=T0 - timedelta(hours=5))) == T0
    assert begins_at(alert("a", received_at=T0 + timedelta(hours=5))) == T0
    assert begins_at(alert("a", issued_at=None)) == T0
    with pytest.raises(ValueError, match="no time of issue"):
        begins_at(alert("a", issued_at=None, received_at=None))
    assert in_force([alert("a", issued_at=None, received_at=None)], T0) == ()


def test_newer_replaces_older_of_the_same_issuer_and_hazard():
    yellow, orange = alert("a"), alert("b", 1, Level.ORANGE, Action.UPGRADE, forecast_hours=3)
    assert names([yellow, orange], 0.5) == ["a"]
    assert names([yellow, orange], 1) == ["b"]
    assert names([yellow, orange], 4.5) == []  # the older does not come back


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"type": "雷电"},
        {"issuers": ("四平市气象台",)},
        {"areas": ("东丰县",)},
        {"adcodes": ("220421",)},
    ],
)
def test_other_hazard_issuer_or_area_stands_beside(elsewhere: dict):
    where = {"adcodes": ("220402",)} if "adcodes" in elsewhere else {"areas": ("龙山区",)}
    assert sorted(names([alert("a", **where), alert("b", 1, **(where | elsewhere))], 2)) == [
        "a",
        "b",
    ]


def test_wider_area_and_longer_name_are_the_same():
    first = alert("a", adcodes=("220402",), issuers=("开鲁县气象台",))
    assert names(
        [first, alert("b", 1, adcodes=("220400",), issuers=("内蒙古通辽市开鲁县气象台",))], 2
    ) == ["b"]


def test_neighbouring_county_whose_code_ends_in_nought_is_another():
    assert sorted(
        names([alert("a", adcodes=("130130",)), alert("b", 1, adcodes=("130131",))], 2)
    ) == ["a", "b"]


def test_cancel_ends_all_earlier_and_nothing_later():
    story = [
        alert("a"),
        alert("b", 1, Level.ORANGE),
        alert("c", 2, Level.ORANGE, Action.CANCEL),
        alert("d", 3),
    ]
    assert [names(story, hours) for hours in (0, 1, 2, 3)] == [["a"], ["b"], [], ["d"]]


def test_cancel_of_another_hazard_under_another_name():
    first = alert("a", type="城市内涝")
    assert names([first, alert("b", 1, type="城市积涝", action=Action.CANCEL)], 2) == []


def test_lifting_and_issuing_in_one_minute():
    story = [
        alert("a", level=Level.ORANGE),
        alert("b", 1, Level.ORANGE, Action.CANCEL),
        alert("c", 1, Level.YELLOW),
    ]
    assert names(story, 1) == ["c"]


def test_cancel_that_only_refers_ends_what_it_names():
    bare = alert("x", 1, None, Action.CANCEL, type="", issuers=("sender",), supersedes=("a",))
    assert names([alert("a"), bare], 2) == []
    assert (
        names([alert("a"), alert("a,2", type="雷电"), bare], 2) == []
    )  # both events of the message
    assert names([alert("b"), bare], 2) == ["b"]  # unknown reference: the safe side


def test_reference_counts_across_issuers_and_times():
    late = alert("b", -1, Level.ORANGE, Action.UPDATE, supersedes=("a",), issuers=("薄某",))
    assert names([alert("a"), late], 1) == ["b"]


def test_update_before_its_original_and_cancel_of_the_update():
    original, update = alert("a"), alert("b", 1, Level.ORANGE, Action.UPDATE, supersedes=("a",))
    cancel = alert("c", 2, None, Action.CANCEL, type="", supersedes=("b",))
    assert names([update], 1.5) == ["b"]
    assert names([update, original], 1.5) == ["b"]
    assert names([cancel, original, update], 3) == []


def test_two_events_of_one_message_stand_side_by_side():
    assert names([alert("a", areas=("北",)), alert("a,2", level=Level.RED, areas=("北",))], 1) == [
        "a,2",
        "a",
    ]


def test_exercise_and_test_never_pass_for_real():
    story = [
        alert("a"),
        alert("b", 1, action=Action.CANCEL, status=AlertStatus.EXERCISE),
        alert("c", 1, status=AlertStatus.TEST),
    ]
    assert names(story, 2) == ["a"]
    both = frozenset({AlertStatus.ACTUAL, AlertStatus.EXERCISE})
    assert names(story, 2, statuses=both) == []


def test_one_warning_from_two_sources_is_one_and_the_fuller_stays():
    pasted = alert("n", provider="notice", forecast_mm=50.0, forecast_hours=6.0)
    relayed = alert(
        "22040041600000_20220708082000",
        national_id="22040041600000_20220708082000",
        forecast_mm=50.0,
        forecast_hours=6.0,
        adcodes=("220400",),
        issued_at=T0 + timedelta(seconds=20),
    )
    assert names([pasted, relayed], 1) == [relayed.provider_id]
    assert names([pasted, relayed, alert("x", 1, provider="other", action=Action.CANCEL)], 1) == []


def test_empty_and_gravest_first():
    assert in_force([], T0) == ()
    assert names([alert("a"), alert("b", type="雷电", level=Level.RED)], 1) == ["b", "a"]


def test_a_cancel_of_one_copy_that_is_lost_may_change_which_copy_stands():
    cap, pasted = (
        alert("m1", 1, provider="cap", areas=()),
        alert("m2", 1, provider="notice", areas=()),
    )
    cancel = alert("m3", 0, action=Action.CANCEL, supersedes=("m2",), provider="notice", areas=())
    at = T0 + timedelta(hours=2)
    assert in_force([cap, pasted, cancel], at) == (cap,)
    assert in_force([cap, pasted], at) == (pasted,)
    assert not gone((cap,), (pasted,))
    assert gone((cap,), ()) == ["m1"]


@settings(max_examples=few_or(500, few=150), deadline=None)
@given(stories(), st.randoms(use_true_random=False), st.integers(0, 12))
def test_order_repetition_and_delay_change_nothing(story: list[Alert], random, half_hours: int):
    at = T0 + timedelta(hours=half_hours / 2)
    result = in_force(story, at)
    shuffled = story + random.choices(story, k=4)
    delayed = [
        replace(each, received_at=each.received_at + timedelta(minutes=random.randint(0, 90)))
        for each in shuffled
    ]
    random.shuffle(delayed)
    assert [each.provider_id for each in in_force(delayed, at)] == [
        each.provider_id for each in result
    ]
    assert in_force(random.sample(story, len(story)), at) == result


@settings(max_examples=few_or(300, few=100), deadline=None)
@given(stories(), st.integers(0, 12))
def test_what_holds_is_issued_unended_and_real(story: list[Alert], half_hours: int):
    at = T0 + timedelta(hours=half_hours / 2)
    for held in in_force(story, at):
        assert begins_at(held) <= at < ends_at(held, DEFAULT_VALIDITY)
        assert held.action is not Action.CANCEL
        assert held.status is AlertStatus.ACTUAL
        assert not any(
            held.provider_id in each.supersedes
            and each.provider == held.provider
            and each.status is AlertStatus.ACTUAL
            and begins_at(held) < begins_at(each) <= at
            for each in story
        )


@settings(max_examples=few_or(300, few=100), deadline=None)
@given(stories(), st.randoms(use_true_random=False))
def test_lost_messages_end_nothing_that_would_have_held(story: list[Alert], random):
    """Losing messages that only end others leaves more in force, never less: the safe side.

    What counts is the warning: another source's copy of it may stand for it then.
    """
    lost = [each for each in story if each.action is not Action.CANCEL or random.random() < 0.5]
    at = T0 + timedelta(hours=3)
    assert not gone(in_force(story, at), in_force(lost, at))
