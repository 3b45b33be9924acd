"""The response clocks whatever happens: the same in any order, legs that add up, nothing lost."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.model.field import EventKind
from data.model.operation import TriggerKind
from ops.analytics.response_cases import response_times
from ops.analytics.time_kpis import (
    KEYS,
    ResponseSettings,
    answered,
    lateness,
    summary,
)
from tests.helpers.drawn.response import ALERT, MINUTE, tap, trigger, version, work
from tests.helpers.makers import (
    NOW,
    make_city,
    make_notice,
)

JOBS = st.sampled_from(["clear:S1", "clear:S2", "pump:S3"])
TAPS = st.lists(
    st.builds(
        lambda kind, minutes, job, behind, number: tap(
            kind,
            minutes,
            job,
            event_id=f"e{number}",
            device_at=NOW + (minutes - behind) * MINUTE,
            version=1,
        ),
        st.sampled_from(EventKind),
        st.integers(0, 600),
        JOBS | st.none(),
        st.integers(-5, 60),
        st.integers(0, 10**9),
    ),
    max_size=12,
    unique_by=lambda one: one.event_id,
)
PLANS = st.lists(st.sets(JOBS, min_size=1), min_size=1, max_size=4).map(
    lambda plans: [
        version(number, *(work(job) for job in sorted(jobs)))
        for number, jobs in enumerate(plans, 1)
    ]
)


@settings(deadline=None)
@given(PLANS, TAPS, st.randoms())
def test_order_and_repetition_change_nothing(plans, taps, chance):
    told = [make_notice(1, version=1, acknowledged_at=NOW + 8 * MINUTE)]
    first = response_times(plans, [trigger()], [ALERT], [], told, taps)
    shuffled, many = [*taps, *taps[:3]], [*plans, *plans]
    chance.shuffle(shuffled)
    chance.shuffle(many)
    assert (
        response_times(many, [trigger(), trigger()], [ALERT, ALERT], [], told * 2, shuffled)
        == first
    )


@settings(deadline=None)
@given(PLANS, TAPS)
def test_legs_add_up_and_never_run_backwards(plans, taps):
    for case in response_times(plans, [trigger()], [ALERT], events=taps):
        assert sum(case.legs.values()) == pytest.approx(case.total)
        assert all(seconds >= 0 for seconds in case.legs.values())


@settings(deadline=None)
@given(PLANS, TAPS, st.integers(0, 700))
def test_reports_and_planned_work_are_measured_apart_and_nothing_twice(plans, taps, minutes):
    asked = trigger("incident:9", TriggerKind.INCIDENT, NOW, 9)
    plans = [
        replace(
            plan,
            causes=(*plan.causes, "incident:9"),
            assignments=(*plan.assignments, work("incident:9")),
        )
        for plan in plans
    ]
    now, rules = NOW + minutes * MINUTE, ResponseSettings()
    cases = response_times(plans, [trigger(), asked], [ALERT], events=taps)
    answers, arrivals = [], []
    for case in cases:  # the plain reference: one report or plan after the other
        until = min(
            (
                one.at("published")
                for one in cases
                if one.job_id == case.job_id and one.at("published") > case.at("published")
            ),
            default=NOW + 1000 * MINUTE,
        )
        mine = [(one.happened_at, one.kind) for one in taps if one.job_id == case.job_id]
        mine = sorted(one for one in mine if case.at("published") <= one[0] < until)
        again = sorted({at for at, kind in mine if kind is EventKind.REOPEN})
        told = [(NOW, case.at("on_site"))] if case.job_id == "incident:9" else []
        for at, stop in zip(again, [*again[1:], until], strict=False):
            told.append(
                (
                    at,
                    next(
                        (
                            one
                            for one, kind in mine
                            if kind is EventKind.ARRIVE and at < one <= stop
                        ),
                        None,
                    ),
                )
            )
        answers += [
            (there - at).total_seconds() if there else None
            for at, there in told
            if there or (now - at) > 30 * MINUTE
        ]
        if not told and (case.at("on_site") or now - case.planned_start > 15 * MINUTE):
            there = case.at("on_site")
            arrivals.append(
                max(0.0, (there - case.planned_start).total_seconds()) if there else None
            )
        assert bool(told) == bool(case.answers) == (not case.is_planned)
    assert answered(cases, now, rules) == answers
    assert lateness(cases, "on_site", now, rules) == arrivals


@settings(deadline=None)
@given(PLANS, TAPS, st.sampled_from(KEYS))
def test_no_open_case_vanishes(plans, taps, by):
    cases = response_times(plans, [trigger()], [ALERT], events=taps)
    ordered = {job.job_id for plan in plans for job in plan.assignments}
    assert {case.job_id for case in cases} == ordered, "each job that was ordered is a case"
    groups = summary(cases, make_city(), NOW, ResponseSettings(), by)
    assert sum(group.cases for group in groups) == len(cases)
    assert sum(group.open for group in groups) == sum(case.state == "open" for case in cases)
    cleared = {one.job_id for one in taps if one.kind is EventKind.CLEAR}
    assert ordered >= {case.job_id for case in cases if case.state == "cleared"} <= cleared
