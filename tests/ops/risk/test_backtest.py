"""The backtest: nothing later than the eve of a storm is known, scores are fair, and what is made
with a known truth is found.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.model.past_record import KnownPlace, ReportRecord
from data.sheets.rain_record import read_rain
from data.sheets.report_record import read_reports
from ops.risk.blockage_rate import faded_time, shrunk
from ops.risk.judged.backtest import COUNT, LAST, OURS, RECENT, Storm, score_storms
from ops.risk.judged.backtest_result import CLEAR, NAIVE, RANDOM, backtest
from ops.risk.judged.ranking_scores import auc, first_of, hit_rate, logit_fit
from ops.risk.judged.report_history import report_history
from ops.risk.past_storms import storms_of_rain, storms_of_reports, within
from ops.risk.storm_size import storm_size
from tests.helpers.histories import made
from tests.helpers.paths import SHARED

DAYS, PLACES = 90, 6
ROW = st.tuples(st.integers(0, DAYS), st.integers(0, PLACES - 1), st.integers(0, 3))
STORMS = [Storm(first=day, last=day + 1, mm=5.0 + day) for day in range(5, DAYS, 9)]
CHICAGO = SHARED / "domain-data"


def history_of(rows, listed=()):
    days, places, counts = zip(*sorted(rows), strict=True) if rows else ((), (), ())
    record = ReportRecord(
        days=days, places=tuple(f"p{place}" for place in places), counts=tuple(map(float, counts))
    )
    return report_history(record, [KnownPlace(name=f"p{n}", road=f"r{n % 2}") for n in listed])


@given(st.lists(ROW, max_size=60), st.lists(ROW, max_size=30), st.integers(0, DAYS))
@settings(max_examples=60, deadline=None)
def test_what_comes_later_never_changes_an_earlier_score(rows, others, day):
    start = [(0, 0, 1)]  # both records begin on one day
    past = [row for row in rows if row[0] < day] + start
    one, other = (
        history_of(past + [row for row in later if row[0] >= day], range(PLACES))
        for later in (rows, others)
    )
    wetter = [replace(storm, mm=99.0) if storm.first > day else storm for storm in STORMS]
    for left, right in zip(score_storms(one, STORMS), score_storms(other, wetter), strict=True):
        if left.storm.first > day:
            break
        assert (left.known == right.known).all()
        assert left.choice == right.choice
        assert (left.chance == right.chance).all()
        for method in (OURS, LAST, COUNT, RECENT):
            assert (left.scores[method] == right.scores[method]).all()


COUNTS = st.lists(st.floats(0, 50), min_size=4, max_size=4).map(np.array)
ROADS = np.array([0, 0, 1, 1])


@given(COUNTS, st.floats(0.01, 50), st.integers(0, 3), st.floats(0.01, 5), st.floats(0, 2))
def test_one_more_report_lowers_no_rate(counts, prior, place, more, least):
    exposure = np.array([1.0, 2.0, 0.1, 4.0])
    shape, time = shrunk(counts, exposure, ROADS, prior, least)
    counts[place] += more
    then, _ = shrunk(counts, exposure, ROADS, prior, least)
    assert (then >= shape).all()
    assert then[place] > shape[place]
    assert (time >= exposure).all()


@given(COUNTS)
def test_a_rate_lies_between_the_record_and_the_district(counts):
    exposure = np.array([1.0, 2.0, 0.1, 4.0])
    shape, time = shrunk(counts, exposure, ROADS, 1e-9)
    assert shape / time == pytest.approx(counts / exposure, rel=1e-4, abs=1e-4)
    shape, time = shrunk(counts, exposure, ROADS, 1e9)
    mean = counts.sum() / exposure.sum()
    assert shape / time == pytest.approx(np.full(4, mean), rel=1e-4, abs=1e-9)


def test_without_a_record_a_place_has_its_roads_rate():
    shape, time = shrunk(np.array([9.0, 0, 0]), np.array([1.0, 1e-9, 1.0]), np.array([0, 0, 1]), 1)
    assert (shape / time)[1] > 2 * (shape / time)[2]


def test_time_fades_to_no_more_than_a_half_life_over_its_logarithm():
    assert faded_time(np.array([0.0, 1.0, np.inf]), 1.0) == pytest.approx(
        [0.0, 0.5 / np.log(2), 1 / np.log(2)]
    )
    assert faded_time(np.array([7.0]), np.inf) == [7.0]


SCORES = st.lists(st.integers(0, 4), min_size=12, max_size=12).map(lambda own: np.array(own, float))


@given(SCORES, SCORES, st.randoms(use_true_random=False))
def test_ties_are_broken_evenly_and_not_by_the_order_of_places(score, reports, chance):
    reports[0] += 1
    order = list(range(12))
    chance.shuffle(order)
    for share in (0.1, 0.2):
        assert hit_rate(score[order], reports[order], share) == pytest.approx(
            hit_rate(score, reports, share)
        )
    assert hit_rate(np.zeros(12), reports, 0.2) == pytest.approx(first_of(12, 0.2) / 12)
    happened = (reports > reports.min()).astype(float)
    if happened.any():
        yes, no = score[happened > 0], score[happened == 0]
        pairs = (yes[:, None] > no) + 0.5 * (yes[:, None] == no)
        assert auc(score, happened) == pytest.approx(pairs.mean())


def test_a_true_probability_has_the_slope_one_and_a_bold_one_less():
    chance = np.random.default_rng(1).uniform(0.02, 0.98, 20_000)
    happened = (np.random.default_rng(2).uniform(size=20_000) < chance).astype(float)
    assert logit_fit(chance, happened)[1] == pytest.approx(1, abs=0.05)
    bold = 1 / (1 + ((1 - chance) / chance) ** 2)
    assert logit_fit(bold, happened)[1] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "city",
    [
        {"per_storm": 1.0},
        {"per_storm": 60.0},
        {"per_storm": 10.0, "drift": 0.15},
        {"per_storm": 10.0, "season": True},
        {"per_storm": 20.0, "late": True},
    ],
    ids=["sparse", "dense", "drifting", "seasonal", "late"],
)
def test_the_truth_of_a_made_city_is_found(city):
    results = [made(seed, **city) for seed in range(2)]
    for found in results:
        ahead = found.ahead["top10"]
        assert found.verdict(RANDOM) == "ahead"
        assert ahead[COUNT].value >= -ahead[COUNT].se
    assert 0.8 <= np.mean([found.slope.value for found in results]) <= 1.2
    if city.keys() & {"late", "drift"}:
        auc_ahead = [found.ahead["auc"][COUNT] for found in results]
        assert all(one.value > CLEAR * one.se for one in auc_ahead)
        assert sum(found.ahead["top10"][COUNT].value for found in results) > 0


@pytest.mark.parametrize("seed", [1, 2])
def test_storms_of_the_same_rain_that_differ_make_no_probability_too_bold(seed):
    """What rain does not tell of a storm is not taken for known."""
    assert 0.8 <= made(seed, per_storm=30.0, unlike=1.0, years=3).slope.value <= 1.2


@pytest.mark.parametrize("repeats", [1, 3, 10, None], ids=["once", "by 3", "by 10", "by some"])
def test_one_matter_told_by_several_people_makes_no_probability_too_timid(repeats):
    """Three who call about one road under water are not three roads."""
    slopes = [made(seed, per_storm=10.0, years=4, repeats=repeats).slope.value for seed in range(3)]
    assert 0.9 <= np.mean(slopes) <= 1.1


@given(
    st.lists(st.integers(0, 200), min_size=1, max_size=12),
    st.lists(st.one_of(st.none(), st.floats(0, 200)), min_size=12, max_size=12),
    st.one_of(st.none(), st.floats(0, 200)),
)
def test_a_storms_size_is_told_of_any_record(totals, mm, now_mm):
    expected = [2.0] * len(totals)
    size = storm_size(totals, expected, mm[: len(totals)], now_mm)
    assert 0 < size.mean < 1e4
    assert 0 < size.variance < 1e3
    more = storm_size([total + 5 for total in totals], expected, [None] * len(totals), None)
    assert more.mean > storm_size(totals, expected, [None] * len(totals), None).mean


def test_the_size_of_a_storm_is_as_sure_as_storms_are_alike():
    draw, mm = np.random.default_rng(1), [20.0] * 60
    alike = [float(draw.poisson(40)) for _ in mm]
    unlike = [float(draw.poisson(40 * draw.gamma(2, 0.5))) for _ in mm]
    sure, unsure = (storm_size(totals, [40.0] * 60, mm, 20.0) for totals in (alike, unlike))
    assert sure.mean == pytest.approx(1, abs=0.1)
    assert sure.variance < 0.1
    assert unsure.variance == pytest.approx(0.5, abs=0.25)
    assert storm_size(unlike[:3], [40.0] * 3, mm[:3], 20.0).variance > sure.variance


@pytest.mark.parametrize(("per_storm", "places"), [(4.0, 1500), (2.0, 600)])
def test_thin_reports_of_places_that_no_list_names_are_not_taken_for_news(per_storm, places):
    """Who is mentioned first after years has been there as long as the others until the record
    shows that places come: one report late says no more than one report early.
    """
    found = [
        made(seed, per_storm=per_storm, places=places, listed=False, years=4) for seed in range(2)
    ]
    assert np.mean([one.ahead["top10"][COUNT].value for one in found]) >= -0.005


def test_where_every_place_always_has_a_report_nothing_can_be_calibrated():
    days = [day for day in range(730_000, 730_400, 10) for _ in range(5)]
    places = tuple("abcde" * 40)
    record = ReportRecord(days=tuple(days), places=places, counts=(2.0,) * len(days))
    history = report_history(record)
    storms = [Storm(first=day, last=day + 1, mm=20.0) for day in range(730_000, 730_390, 10)]
    found = backtest(history, within(history, storms))
    assert np.isnan(found.slope.value)
    assert found.slope.se is None


def test_where_places_do_not_differ_nothing_is_beaten_and_that_is_said():
    found = made(5, per_storm=10.0, even=True)
    assert {found.verdict(method) for method in NAIVE} == {"same"}
    assert found.measures["top10"][RANDOM].value == pytest.approx(0.1)


def test_too_few_storms_can_not_be_judged():
    assert backtest(history_of([(0, 0, 1), (80, 1, 1)], range(3)), STORMS[:5]) is None


def test_without_rain_the_days_with_most_reports_are_the_storms():
    rows = [(day, day % PLACES, 1) for day in range(DAYS)] + [(70, 0, 9), (71, 1, 9), (80, 2, 9)]
    found = storms_of_reports(history_of(rows))
    assert [(storm.first, storm.last) for storm in found] == [(70, 71), (80, 80)]


@pytest.mark.skipif(not CHICAGO.is_dir(), reason=f"no data in {CHICAGO}: NOT TRIED on a real city")
def test_on_a_real_city_it_is_ahead_of_the_raw_count():
    record = read_reports(CHICAGO / "chicago_street_water_calls_daily.csv").record
    past = report_history(record)
    rain = read_rain(CHICAGO / "chicago_rain_events.csv").record
    found = backtest(past, within(past, storms_of_rain(rain)))
    top = found.measures["top10"]
    assert top[RANDOM].value == pytest.approx(0.10, abs=0.005)
    assert top[LAST].value == pytest.approx(0.20, abs=0.01)
    assert top[COUNT].value == pytest.approx(0.24, abs=0.01)
    assert top[OURS].value > 0.247
    assert found.verdict(COUNT) == "ahead"
    assert 0.8 <= found.slope.value <= 1.2
