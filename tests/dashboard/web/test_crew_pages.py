"""What a chief's phone shows of a crew: what it does now, what comes next, when it eats."""

import pytest

from dashboard.web.phone_page import _rest
from dashboard.web.phone_page.crews import crew_pages
from data.model.plan import JobKind, Phase, Rest
from ops.base.messages import LANGUAGES, Translator
from ops.field.progress import Progress, Stage
from tests.helpers.town import crew_member, make_assignment, make_city, make_version, minutes


def watch(name: str, road: int, start: int, end: int):
    return make_assignment(
        name, JobKind.GUARD, Phase.DURING, road, [crew_member(1, start, start)], start, end
    )


FIRST, SECOND, THIRD = watch("a", 0, 0, 60), watch("b", 1, 60, 120), watch("c", 0, 120, 180)


@pytest.mark.parametrize(
    ("minute", "stages", "now", "then"),
    [
        (65, {}, "a", "b"),  # nobody said anything: it may be at the first still
        (65, {"b": Stage.ON_SITE}, "b", "c"),
        (65, {"a": Stage.ON_SITE, "b": Stage.UNDER_WAY}, "b", "c"),
        (65, {"a": Stage.ON_SITE}, "a", "b"),
        (58, {"b": Stage.UNDER_WAY}, "b", "a"),  # before its time is over the first may be meant
    ],
)
def test_a_time_that_a_crew_has_gone_on_from_is_not_its_next_step(minute, stages, now, then):
    version = make_version(assignments=(FIRST, SECOND, THIRD), rests=())
    progress = {name: Progress(stage=stage) for name, stage in stages.items()}
    (page,) = crew_pages(version, "S2", make_city(), progress, minutes(minute))
    assert (page.now.job.job_id, page.next.job.job_id) == (now, then)
    assert {card.job.job_id for card in page.cards} == {"a", "b", "c"}, "the rest can be told"


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_eats_by_turns_at_his_post_has_no_break_of_three_hours(language):
    say = Translator(language)
    rest = Rest(unit_id="C1@2022-07-08", start_at=minutes(160), end_at=minutes(340), at_post=True)
    assert say("board.rest_at_post") in _rest(rest, say)
    away = Rest(unit_id=rest.unit_id, start_at=rest.start_at, end_at=minutes(190))
    assert say("board.rest") in _rest(away, say)
