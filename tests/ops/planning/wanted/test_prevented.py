"""What a plan says that it spares."""

from dataclasses import replace

import pytest

from ops.planning.prevented import PREVENTS, prevented, total, with_shares
from tests.helpers.makers import make_alert
from tests.helpers.storm import make_storm, plan_for

STORM = make_storm(alerts=(make_alert(),))


@pytest.fixture(scope="module")
def jobs():
    version, _ = plan_for(STORM)
    return version


def shares(assignments):
    return [why.facts["hours"] for job in assignments for why in job.why if why.code == PREVENTS]


def test_each_job_says_its_share_once_however_often_it_is_carried_over(jobs):
    """A job under way keeps its reasons from one version to the next."""
    once = with_shares(jobs.assignments, STORM)
    assert with_shares(once, STORM) == once
    named = [job for job in once if any(why.code == PREVENTS for why in job.why)]
    assert len(shares(once)) == len(named) > 0
    assert total(replace(jobs, assignments=once)).spared == pytest.approx(sum(shares(once)))


def test_what_is_behind_us_is_no_part_of_what_a_plan_still_spares(jobs):
    once = with_shares(jobs.assignments, STORM)
    past = tuple(replace(job, state="past") for job in once)
    assert prevented(past, STORM) == {}
    assert shares(with_shares(past, STORM)) == []
