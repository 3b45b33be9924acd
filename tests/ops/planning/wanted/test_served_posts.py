"""One crew at one place: who sees to an incident mans the post there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.plan import JobKind
from ops.planning.in_force.served_posts import with_posts_served
from ops.planning.parameters import WorkSettings
from ops.planning.wanted.incident_tasks import incident_tasks
from tests.helpers.incident import incident
from tests.helpers.makers import HOUR, NOW
from tests.helpers.storm import make_storm

TURNOUT = timedelta(minutes=WorkSettings().turnout_minutes)
MINUTE = timedelta(minutes=1)
CREW, PUMP = incident_tasks(
    replace(make_storm(), incidents=(incident(kind="standing_water", depth_cm=25.0),))
)


def piece(number, minutes_left, **changes):
    """The piece of a post that ends so many minutes, and so many hours more, from now."""
    ends = NOW + minutes_left * MINUTE + number * HOUR
    begins = max(NOW, ends - HOUR)
    fields = {
        "id": f"guard:S2:{number}",
        "spans": ((begins, ends),),
        "until": ends,
        "minutes": 15,
    }
    return replace(CREW, **(fields | changes))


@pytest.mark.parametrize(
    ("minutes_left", "served"),
    [
        (60, 1),
        (40, 2),  # who comes half an hour later is not relieved so soon
        (20, 2),
    ],
)
def test_the_work_at_an_incident_takes_the_place_of_the_post_there(minutes_left, served):
    pieces = [piece(number, minutes_left) for number in range(4)]
    posts, (crew,) = with_posts_served(pieces, [CREW], TURNOUT)
    assert list(posts) == pieces[served:]
    assert (crew.id, crew.until) == (CREW.id, pieces[served - 1].until)
    assert (crew.spans[0][0], crew.due_at) == (NOW, NOW)
    assert crew.spans[0][1] + crew.minutes * MINUTE == crew.until


def test_posts_that_end_with_the_rain_do_not_end_the_work_at_an_incident():
    posts, (crew,) = with_posts_served([piece(0, 20)], [CREW], TURNOUT)
    assert posts == ()
    assert (crew.spans, crew.until, crew.minutes) == (CREW.spans, CREW.until, CREW.minutes)


def test_who_does_both_is_worth_both():
    """Else water at a low point would be left for deeper water elsewhere, and the post with it."""
    pieces = [piece(number, 20, points=7000 + number, late_most=5000) for number in range(2)]
    _, (crew,) = with_posts_served(pieces, [CREW], TURNOUT)
    assert crew.points == CREW.points + 14_001
    assert crew.late_most == CREW.late_most + 10_000


def test_who_follows_begins_where_the_one_before_ends():
    pieces = [piece(number, 20) for number in range(4)]
    relieved = replace(CREW, id="incident:7:2", spans=((NOW + 20 * MINUTE, NOW + 2 * HOUR),))
    posts, works = with_posts_served(pieces, [relieved, CREW], TURNOUT)
    assert [work.id for work in works] == [CREW.id, relieved.id]
    assert [work.until for work in works] == [pieces[0].until, pieces[1].until]
    assert list(posts) == pieces[2:]


@pytest.mark.parametrize(
    "other",
    [
        piece(0, 40, segment_id="S1"),
        piece(0, 40, kind=JobKind.PUMP),
        piece(3, 0),
    ],
)
def test_other_posts_stay(other):
    assert with_posts_served([other], [CREW], TURNOUT) == ((other,), (CREW,))


def test_a_pump_at_the_incident_serves_the_pump_s_post():
    pump_post = piece(0, 50, kind=JobKind.PUMP)
    posts, (crew, pump) = with_posts_served([pump_post], [CREW, PUMP], TURNOUT)
    assert (posts, crew, pump.points) == ((), CREW, PUMP.points + pump_post.points)


@pytest.mark.parametrize("minutes_left", [20, 50, 60])
def test_a_truck_that_comes_after_the_post_s_end_still_pumps(minutes_left):
    """The only truck is elsewhere for two hours: deep water at a low point waits for it."""
    pieces = [piece(number, minutes_left, kind=JobKind.PUMP) for number in range(2)]
    _, (_, pump) = with_posts_served(pieces, [CREW, PUMP], TURNOUT)
    assert (pump.spans, pump.until) == (PUMP.spans, None)
    assert (pump.minutes, pump.due_at) == (PUMP.minutes, PUMP.due_at)
    assert pump.spans[0][1] >= NOW + 3 * HOUR


def test_a_grate_that_is_opened_takes_no_post_s_place_and_its_guard_opens_it():
    """A second crew came across the town to open what the guard of the road stood beside."""
    clear = replace(CREW, kind=JobKind.CLEAR, until=None, minutes=25)
    pieces = (piece(0, 15, due_at=NOW), piece(1, 15, due_at=NOW + 15 * MINUTE), piece(2, 15))
    posts, works = with_posts_served(pieces, [clear], TURNOUT)
    assert works == (clear,)
    assert [post.due_at for post in posts[:2]] == [NOW + TURNOUT + 25 * MINUTE] * 2
    assert [replace(post, due_at=None) for post in posts] == [
        replace(post, due_at=None) for post in pieces
    ]
    assert posts[2] == pieces[2]


@pytest.mark.parametrize("other", [{"segment_id": "S1"}, {"kind": JobKind.PUMP}])
def test_elsewhere_and_of_a_pump_who_is_away_is_missed(other):
    clear = replace(CREW, kind=JobKind.CLEAR, until=None, minutes=25)
    post = piece(0, 40, due_at=NOW, **other)
    assert with_posts_served([post], [clear], TURNOUT) == ((post,), (clear,))
