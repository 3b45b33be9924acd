"""Who leaves what for an incident is said, and nothing else is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.message import Message
from data.model.plan import JobKind
from ops.base.messages import LANGUAGES, Translator
from ops.planning.in_force.plan_diff import difference
from ops.planning.in_force.relocations import relocations
from tests.helpers.makers import HOUR, NOW, make_assignment, make_city, make_version

CREW = "C03@2022-07-08"
MINUTE = timedelta(minutes=1)
WHAT = Message("name.text", {"text": "文宁街积水"})


def job(job_id, unit=CREW, start=NOW - HOUR, end=NOW + HOUR, leave=None, **changes):
    made = make_assignment(job_id, unit)
    (member,) = made.members
    member = replace(member, leave_at=leave or start, arrive_at=start)
    changes = {
        "kind": JobKind.GUARD,
        "segment_id": "S1",
        "start_at": start,
        "end_at": end,
    } | changes
    return replace(made, members=(member,), **changes)


POST = job("guard:S1:0708T0800")
GOES = job(
    "incident:7",
    start=NOW + 15 * MINUTE,
    leave=NOW + 5 * MINUTE,
    segment_id="S3",
    why=(Message("why.matter", {"what": WHAT}),),
)


def moved(before, after):
    city, version = make_city(), make_version(1)
    return relocations(
        replace(version, assignments=tuple(before)),
        replace(version, number=2, assignments=tuple(after)),
        city,
    )


def test_who_leaves_a_post_for_an_incident_is_said_with_both_times():
    (said,) = moved([POST], [GOES])
    assert (said.code, said.facts["at"], said.facts["arrive"]) == (
        "change.leaves",
        NOW + 5 * MINUTE,
        NOW + 15 * MINUTE,
    )
    text = Translator("zh").message(said)
    assert text.startswith("为处置文宁街积水，C03")
    assert "值守" in text
    assert all(Translator(lang).message(said) for lang in LANGUAGES)


def test_who_stands_there_already_sees_to_it_on_the_spot():
    (said,) = moved([POST], [replace(GOES, segment_id="S1")])
    assert said.code == "change.on_the_spot"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [GOES]),  # free until now
        ([POST, GOES], [GOES]),  # told before
        ([POST], [replace(GOES, job_id="clear:S3")]),  # for no incident
        ([POST], [replace(GOES, state="past")]),
        ([job(POST.job_id, end=NOW)], [GOES]),  # over before he sets out
        ([job(POST.job_id, unit="C04@2022-07-08")], [GOES]),  # another's post
        ([job("guard:S1:0708T1000", start=NOW + HOUR, end=NOW + 2 * HOUR)], [GOES]),  # not begun
    ],
)
def test_of_who_leaves_nothing_nothing_is_said(before, after):
    assert moved(before, after) == ()


def test_who_comes_back_after_it_leaves_all_the_same():
    comes_back = replace(POST, start_at=GOES.end_at, end_at=GOES.end_at + HOUR)
    assert [said.code for said in moved([POST], [GOES, comes_back])] == ["change.leaves"]


def test_of_a_first_plan_nothing_is_said():
    assert relocations(None, make_version(1), make_city()) == ()


ENDED = replace(POST, end_at=NOW, state="under_way")
ON_THE_SPOT = replace(GOES, segment_id="S1", start_at=NOW, end_at=NOW + HOUR / 2)
ON = replace(POST, job_id="guard:S1:0708T0900", start_at=NOW + HOUR / 2, end_at=POST.end_at)
OTHERS = "C04@2022-07-08"


@pytest.mark.parametrize(
    ("before", "after", "codes"),
    [
        ([POST], [ENDED, ON_THE_SPOT, ON], ["change.on_the_spot"]),
        ([POST], [ON_THE_SPOT, ON], ["change.on_the_spot"]),  # the hour that it serves is gone
        ([POST], [ENDED, GOES], ["change.leaves"]),
        ([POST], [GOES], ["change.leaves"]),
        ([POST], [ENDED, GOES, job("guard:S1:0708T0900", unit=OTHERS)], ["added", "leaves"]),
        (
            [POST],
            [ENDED, ON_THE_SPOT, replace(ON, end_at=NOW + 3 * HOUR)],
            ["added", "on_the_spot"],
        ),
        ([POST], [ENDED], ["change.end"]),
    ],
)
def test_what_is_said_of_who_leaves_is_not_said_of_his_jobs_again(before, after, codes):
    city, version = make_city(), make_version(1)
    old = replace(version, assignments=tuple(before))
    new = replace(version, number=2, assignments=tuple(after))
    said = difference(old, new, (), (), city)
    assert [each.code.removeprefix("change.") for each in said] == [
        code.removeprefix("change.") for code in codes
    ]


AT_IT = job("incident:7", start=NOW - HOUR, end=NOW + HOUR / 2, state="under_way", segment_id="S1")
ON_FROM = replace(ON, start_at=AT_IT.end_at, end_at=NOW + 3 * HOUR)
NEXT = job("incident:7:2", start=AT_IT.end_at, end=AT_IT.end_at + HOUR, segment_id="S1")


def said_of(before, after) -> list[str]:
    old, new = make_version(1), make_version(1)
    old = replace(old, assignments=tuple(before))
    new = replace(new, number=2, made_at=NOW, assignments=tuple(after))
    told = difference(old, new, (), (), make_city())
    return [one.code.removeprefix("change.") for one in told]


def test_who_goes_on_at_an_incident_where_he_stands_is_not_told_to_begin_there_every_hour():
    """ "At X already, sees to it from 12:00 on", from 13:00, from 14:00: he had since ten."""
    stays_on = replace(ON_FROM, start_at=NEXT.end_at)
    assert said_of([AT_IT, ON_FROM], [AT_IT, NEXT, stays_on]) == ["none"]
    assert said_of([AT_IT, ON_FROM], [AT_IT, replace(NEXT, job_id="incident:8"), stays_on]) == [
        "on_the_spot"
    ]


def test_who_was_at_an_incident_before_and_is_called_back_to_it_leaves_what_he_does():
    before = replace(AT_IT, end_at=NOW - HOUR / 2, state="past")
    post = job("guard:S2:0708T0800", start=NOW - HOUR / 3, end=NOW + 2 * HOUR, segment_id="S2")
    back = replace(NEXT, start_at=NOW + HOUR, end_at=NOW + 2 * HOUR)
    member = replace(back.members[0], leave_at=NOW + HOUR / 2, arrive_at=back.start_at)
    back = replace(back, members=(member,))
    ended = replace(post, end_at=NOW + HOUR / 2)
    assert "leaves" in said_of([before, post], [before, ended, back])
