"""Grid reports of three levels through the real path: the small stays with the grid, the large
becomes work once it has been looked at, and nothing falls between two owners.
"""

from data.model.ids import JobId
from data.model.plan import JobKind
from data.model.street.street_case import RESIDENT, CaseEventKind, CaseLevel
from ops.auth.permissions import CONSOLE
from ops.field.cases.street_cases import (
    CaseReport,
    CaseWord,
    all_standings,
    open_case,
    say,
    taken_word,
)
from ops.intake.alerts import plan_again
from tests.flows.test_street import Street, local, street  # noqa: F401 (a fixture)

MORNING = local(5, 9)


def opened(street: Street, kind: str, **more) -> int:  # noqa: F811
    told = CaseReport(
        kind=kind, by="居民", source=RESIDENT, reported_at=street.now, segment_id="S1", **more
    )
    return open_case(street.store, street.drill, CONSOLE, told, street.now)[0].id


def stands(street: Street, number: int):  # noqa: F811
    return next(one for one in all_standings(street.store, street.drill) if one.case.id == number)


def tell(street: Street, number: int, word: CaseWord) -> None:  # noqa: F811
    say(street.store, street.drill, CONSOLE, number, word, street.now)


def test_small_stays_large_becomes_work_and_each_has_an_owner_until_it_is_closed(street):  # noqa: F811
    street.turn_to(MORNING)
    small = opened(street, "exposed_rubbish", text="果皮箱满了", external_id="1" * 32)
    large = opened(street, "rubbish_heap", text="垃圾堆在雨水口上", external_id="2" * 32)
    assert [stands(street, one).level for one in (small, large)] == [
        CaseLevel.SMALL,
        CaseLevel.LARGE,
    ]
    plan_again(street.store, street.drill, CONSOLE, street.now)
    first = street.plan()
    assert JobKind.ERRAND not in {job.kind for job in first.assignments}, "nobody looked yet"

    for number in (small, large):
        tell(street, number, taken_word(stands(street, number), f"look-{number}"))
    version = street.plan()
    errands = [job for job in version.assignments if job.kind is JobKind.ERRAND]
    assert {JobId.parse(job.job_id).parts[0] for job in errands} == {f"c{large}"}
    assert {member.resource_id[0] for job in errands for member in job.members} == {"G"}

    offer = CaseWord(kind=CaseEventKind.OFFER, event_id="offer-1", owner="A")
    tell(street, small, offer)
    assert stands(street, small).owner == "G", "until the other takes it"
    tell(street, small, taken_word(stands(street, small), "take-1"))
    assert stands(street, small).owner == "A"

    street.turn_to(max(job.end_at for job in errands))
    street.done(version, errands)
    assert stands(street, large).done
    close = CaseWord(kind=CaseEventKind.CLOSE, event_id="close-1", text="已清运")
    tell(street, large, close)
    after = street.plan()
    assert not [
        job for job in after.assignments if job.kind is JobKind.ERRAND and job.start_at > street.now
    ]
    assert stands(street, large).closed.text == "已清运"
    assert not street.said(), "nothing is late yet"

    for minutes in (5, 6):  # its day is over: told once
        street.turn_to(local(6, 9, minutes))
    late = [text for text in street.said() if "暴露垃圾" in text]
    assert len(late) == 1
    assert stands(street, small).closed is None
