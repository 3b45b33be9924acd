"""The state of each inlet: known blocked, or by its record and the time since it was last open."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.model.city import Blockage, City, Inspection, InspectionResult, StandingWater
from ops.base.messages import Translator
from ops.risk.inlet_state import (
    at_station,
    blockage_rates,
    inlet_states,
    last_served,
    overview,
)
from ops.risk.multipliers import Hazard, Multiplier, Multipliers, leaf_months, leaf_time
from ops.risk.parameters import RiskSettings
from ops.risk.reasons import InletReasons
from tests.helpers.makers import NOW, make_city

TOWN = make_city(blockages=())
TODAY = NOW.date()
INLETS = [inlet.id for inlet in TOWN.inlets[:3]]
KNOBS = RiskSettings()
PRIOR = KNOBS.prior_years * KNOBS.prior_per_year / (KNOBS.prior_years + 1 / math.log(2))


def days(number: float) -> timedelta:
    return timedelta(days=number)


def blockage(inlet_id: str, found: float, lasted: float | None = 0.2) -> Blockage:
    """Found so many days ago; ``None``: open still."""
    return Blockage(
        id=f"{inlet_id}@{found}",
        inlet_id=inlet_id,
        reported_at=NOW - days(found),
        cleared_at=None if lasted is None else NOW - days(max(0, found - lasted)),
        cause="leaves",
        remedy="hand",
    )


def seen(inlet_id: str, ago: float, result: InspectionResult) -> Inspection:
    return Inspection(inlet_id=inlet_id, at=NOW - days(ago), result=result)


def cleaned(city: City, inlet_id: str, ago: int | None) -> City:
    on = None if ago is None else TODAY - days(ago)
    return replace(
        city,
        inlets=tuple(
            replace(inlet, cleaned_on=on) if inlet.id == inlet_id else inlet
            for inlet in city.inlets
        ),
    )


AGO = st.floats(0, 900)
BLOCKAGES = st.builds(blockage, st.sampled_from(INLETS), AGO, st.floats(0, 30) | st.none())
INSPECTIONS = st.builds(seen, st.sampled_from(INLETS), AGO, st.sampled_from(list(InspectionResult)))


@st.composite
def cities(draw) -> City:
    """The town with any record and any days of cleaning of its first three inlets."""
    city = replace(
        TOWN,
        blockages=tuple(draw(st.lists(BLOCKAGES, max_size=6))),
        inspections=tuple(draw(st.lists(INSPECTIONS, max_size=6))),
    )
    for inlet_id in INLETS:
        city = cleaned(city, inlet_id, draw(st.integers(1, 900) | st.none()))
    return city


def chances(city: City) -> dict[str, float]:
    return {inlet_id: state.probability for inlet_id, state in inlet_states(city, NOW).items()}


def none_lower(before: City, after: City) -> bool:
    then, now = chances(before), chances(after)
    return all(now[inlet_id] >= then[inlet_id] - 1e-12 for inlet_id in then)


@given(cities())
def test_every_probability_is_one_and_certain_where_a_blockage_is_open(city):
    blocked = {one.inlet_id for one in city.blockages if one.is_open(NOW)}
    for inlet_id, state in inlet_states(city, NOW).items():
        assert 0 <= state.probability <= 1
        assert (state.blocked_since is not None) is (inlet_id in blocked)
        assert state.probability == 1 or inlet_id not in blocked


@given(cities(), BLOCKAGES)
def test_more_records_never_lower_a_probability(city, more):
    """But for what they tell of the inlet's having been cleared since it was last seen open."""
    last = inlet_states(city, NOW)[more.inlet_id]
    told = seen(more.inlet_id, 0, InspectionResult.OPEN)
    city = replace(city, inspections=(*city.inspections, told))
    assert none_lower(city, replace(city, blockages=(*city.blockages, more)))
    still_open = replace(more, cleared_at=None)
    assert none_lower(city, replace(city, blockages=(*city.blockages, still_open)))
    assert blockage_rates(replace(city, blockages=(*city.blockages, more)), NOW)[0][
        more.inlet_id
    ] >= (last.rate)


@given(cities(), st.sampled_from(INLETS), st.integers(1, 800), st.integers(0, 300))
def test_an_older_cleaning_never_lowers_a_probability(city, inlet_id, ago, older):
    assert none_lower(cleaned(city, inlet_id, ago), cleaned(city, inlet_id, ago + older))


@given(cities(), INSPECTIONS)
def test_who_cleans_an_inlet_or_finds_it_open_never_raises_its_probability(city, more):
    assert none_lower(replace(city, inspections=(*city.inspections, more)), city)


@given(cities(), st.sampled_from(INLETS))
@settings(max_examples=30)
def test_found_open_now_there_is_no_doubt_and_cleared_now_a_tenth_of_it_is_left(city, inlet_id):
    before = inlet_states(city, NOW)[inlet_id]
    left = {}
    for result in InspectionResult:
        told = seen(inlet_id, 0, result)
        left[result] = chances(replace(city, inspections=(*city.inspections, told)))[inlet_id]
    if before.blocked_since or before.last_looked_at == NOW:
        return  # the record of a blockage is closed by what is reported, not by this
    assert left[InspectionResult.OPEN] == 0
    assert left[InspectionResult.CLEANED] == pytest.approx(before.probability / 10)


def test_a_district_without_a_record_is_planned_by_the_prior():
    """Whatever was cleaned counts as everywhere; what never was, by the setting."""
    even = RiskSettings(leaf_season=1)
    state = inlet_states(cleaned(TOWN, INLETS[0], None), NOW, even)
    never, old = state[INLETS[0]], state[INLETS[1]]
    assert [one.rate for one in state.values()] == pytest.approx([PRIOR] * len(TOWN.inlets))
    assert never.probability == pytest.approx(1 - math.exp(-PRIOR * KNOBS.unknown_days / 365))
    assert (never.last_cleaned_at, never.last_looked_at) == (None, None)
    age = (NOW - old.last_cleaned_at) / days(365)
    left = 0.1 * never.probability
    assert old.probability == pytest.approx(1 - (1 - left) * math.exp(-PRIOR * age))


def test_in_their_season_leaves_block_more_and_else_nothing_changes():
    hazard = Hazard(multipliers=Multipliers.of(KNOBS), settings=KNOBS)
    year = datetime(2022, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC)
    assert hazard.years(*year) == pytest.approx(1 + (KNOBS.leaf_season - 1) * 61 / 365)
    assert hazard.at(NOW) == 1  # July
    autumn, spring = (datetime(2022, month, 20, tzinfo=UTC) for month in (10, 4))
    assert hazard.at(autumn) / hazard.at(spring) == pytest.approx(KNOBS.leaf_season)
    winter = RiskSettings(leaf_from_month=11, leaf_until_month=2)
    assert leaf_months(winter) == (1, 2, 11, 12)


@given(st.integers(0, 900), st.integers(0, 900), st.integers(0, 900))
def test_the_hazard_of_two_times_is_that_of_both_together(first, second, third):
    start, middle, end = sorted(NOW - days(each) for each in (first, second, third))
    works = ((NOW - days(500), NOW - days(440)),)
    hazard = Hazard(multipliers=Multipliers.of(KNOBS), settings=KNOBS, works=works)
    parts = hazard.years(start, middle) + hazard.years(middle, end)
    assert hazard.years(start, end) == pytest.approx(parts)


@pytest.mark.parametrize(("leaves", "works"), [(0.2, 0.3), (2.5, 0.3), (1.5, 1.5)])
def test_leaves_and_works_at_once_are_multiplied_and_leave_a_chance(leaves, works):
    """A district whose storms all fall in summer has few records of autumn."""
    now = datetime(2022, 10, 20, tzinfo=UTC)
    table = Multipliers(
        leaf_season=Multiplier(value=leaves),
        low_ground=Multiplier(value=1.0),
        works_nearby=Multiplier(value=works),
    )
    hazard = Hazard(multipliers=table, settings=KNOBS, works=((now - days(10), now + days(1)),))
    assert hazard.at(now) == pytest.approx(leaves * works)
    assert hazard.years(now - days(10), now) == pytest.approx(leaves * works * 10 / 365)
    mortar = replace(blockage("S1-0", 0), cause="mortar", reported_at=now - days(10))
    state = inlet_states(replace(TOWN, blockages=(mortar,)), now, KNOBS, table)["S1-1"]
    assert state.rate > 0
    assert 0 < state.probability < 1


def test_after_mortar_on_the_road_its_inlets_block_faster():
    mortar = replace(blockage("S1-0", 5), cause="mortar")
    leaves = replace(mortar, cause="leaves")
    with_works, without = (
        inlet_states(replace(TOWN, blockages=(one,)), NOW)["S1-1"] for one in (mortar, leaves)
    )
    assert with_works.rate > 1.3 * without.rate
    assert with_works.probability > without.probability


def test_an_inlet_without_a_record_is_judged_by_its_road():
    bad_road = replace(TOWN, blockages=tuple(blockage("S1-0", 3 * n) for n in range(1, 9)))
    rates, _ = blockage_rates(bad_road, NOW)
    assert rates["S1-0"] > rates["S1-1"] > rates["S2-1"] >= PRIOR - 1e-9


def in_service(city: City, ago: dict[str, int]) -> City:
    return replace(
        city,
        inlets=tuple(
            replace(one, in_service_on=TODAY - days(ago[one.id])) if one.id in ago else one
            for one in city.inlets
        ),
    )


@given(cities(), st.lists(st.integers(-30, 2000), min_size=3, max_size=3), BLOCKAGES)
def test_with_any_age_one_more_record_lowers_no_rate(city, ages, more):
    city = in_service(city, dict(zip(INLETS, ages, strict=True)))
    before, _ = blockage_rates(city, NOW)
    after, _ = blockage_rates(replace(city, blockages=(*city.blockages, more)), NOW)
    assert all(math.isfinite(rate) and after[one] >= rate - 1e-12 for one, rate in before.items())


@given(st.integers(1, 400), st.integers(1, 2000), st.integers(1, 5))
def test_the_same_record_in_less_service_is_a_higher_rate(age, longer, records):
    """Of two neighbours with one record each the younger blocks more often."""
    found = [blockage(one, age / 2 + n / 100) for one in INLETS[:2] for n in range(records)]
    city = replace(TOWN, blockages=tuple(found))
    rates, _ = blockage_rates(in_service(city, {INLETS[0]: age + longer, INLETS[1]: age}), NOW)
    assert rates[INLETS[1]] >= rates[INLETS[0]] - 1e-12
    if age > 30:
        assert rates[INLETS[1]] > rates[INLETS[0]]


def test_what_is_dated_before_service_was_of_another_inlet():
    city = replace(TOWN, blockages=(blockage(INLETS[0], 300),))
    rates, _ = blockage_rates(in_service(city, {INLETS[0]: 100}), NOW)
    none, _ = blockage_rates(in_service(TOWN, {INLETS[0]: 100}), NOW)
    assert rates == none


def water(road: str, ago: float) -> StandingWater:
    return StandingWater(segment_id=road, at=NOW - days(ago))


WATERS = st.builds(water, st.sampled_from(["S1", "S2"]), st.floats(-2, 5) | AGO)


@given(cities(), st.lists(WATERS, max_size=8), WATERS, st.integers(1, 900))
def test_more_reports_of_water_never_lower_a_rate(city, waters, more, age):
    city = replace(in_service(city, {INLETS[0]: age}), waters=tuple(waters))
    wetter = replace(city, waters=(*city.waters, more))
    before, after = (blockage_rates(each, NOW)[0] for each in (city, wetter))
    assert all(after[one] >= rate - 1e-12 for one, rate in before.items())
    assert none_lower(city, wetter)


def test_water_counts_once_in_a_storm_less_than_a_blockage_and_most_on_its_road():
    once = replace(TOWN, waters=(water("S1", 5),))
    often = replace(TOWN, waters=tuple(water("S1", 5 + n / 30) for n in range(20)))
    twice = replace(TOWN, waters=(water("S1", 5), water("S1", 9)))
    rates = {
        name: blockage_rates(city, NOW)[0]
        for name, city in (("no", TOWN), ("1", once), ("20", often), ("2", twice))
    }
    assert rates["20"] == rates["1"]
    assert rates["no"]["S1-0"] < rates["1"]["S1-0"] < rates["2"]["S1-0"]
    assert rates["1"]["S1-0"] > rates["1"]["S2-0"]
    blocked = replace(TOWN, blockages=(blockage("S1-0", 5),))
    on_road = [one for one in rates["no"] if one.startswith("S1-")]
    by_one = blockage_rates(blocked, NOW)[0]
    assert sum(rates["1"][one] for one in on_road) < sum(by_one[one] for one in on_road)
    assert blockage_rates(once, NOW, RiskSettings(water_share=0))[0] == rates["no"]


def test_water_is_among_the_reasons():
    city = replace(TOWN, waters=(water("S1", 5), water("S1", 9)))
    reasons = InletReasons(city=city, now=NOW, settings=KNOBS, multipliers=Multipliers.of(KNOBS))
    state = inlet_states(city, NOW)["S1-0"]
    (told,) = [one for one in reasons.sentence(state).facts["reasons"] if one.code == "risk.water"]
    assert told.facts == {"storms": 2, "last": NOW - days(5)}
    assert "2" in Translator("zh").message(told)


@pytest.mark.parametrize(
    ("inlet_id", "codes"),
    [
        ("S1-0", {"risk.cleaned", "risk.works_nearby"}),
        ("S1-1", {"risk.known_blocked", "risk.works_nearby"}),
        ("S2-0", {"risk.looked_at"}),
        ("S2-1", {"risk.never_seen"}),
    ],
)
def test_every_probability_opens_into_its_reasons(inlet_id, codes):
    city = replace(
        cleaned(cleaned(TOWN, "S2-0", None), "S2-1", None),
        blockages=(replace(blockage("S1-0", 9), cause="mortar"), blockage("S1-1", 2, None)),
        inspections=(seen("S2-0", 4, InspectionResult.OPEN),),
    )
    reasons = InletReasons(city=city, now=NOW, settings=KNOBS, multipliers=Multipliers.of(KNOBS))
    state = inlet_states(city, NOW)[inlet_id]
    told = reasons.sentence(state)
    assert {one.code for one in told.facts["reasons"]} == codes
    assert told.facts["percent"] == round(100 * state.probability)
    assert told.facts["records"] == len([b for b in city.blockages if b.inlet_id == inlet_id])
    for language in ("zh", "en"):
        assert inlet_id in Translator(language).message(told)
    young = InletReasons(
        city=in_service(city, {inlet_id: 1}),
        now=NOW,
        settings=KNOBS,
        multipliers=Multipliers.of(KNOBS),
    ).sentence(state)
    assert young.facts["records"] == 0
    assert "risk.in_service" in {one.code for one in young.facts["reasons"]}


def test_what_is_dated_later_is_not_known_yet():
    later = seen(INLETS[0], -1, InspectionResult.OPEN)
    city = replace(TOWN, inspections=(later,), blockages=(blockage(INLETS[1], -1, None),))
    assert inlet_states(cleaned(city, INLETS[2], -2), NOW) == inlet_states(
        cleaned(TOWN, INLETS[2], None), NOW
    )


def test_the_last_look_and_the_last_cleaning_are_told_apart():
    city = replace(
        TOWN,
        blockages=(blockage(INLETS[0], 3, None), blockage(INLETS[0], 9, 1)),
        inspections=(seen(INLETS[1], 2, InspectionResult.OPEN),),
    )
    blocked, looked_at = (inlet_states(city, NOW)[inlet_id] for inlet_id in INLETS[:2])
    assert blocked.blocked_since == blocked.last_looked_at == NOW - days(3)
    assert blocked.last_cleaned_at == NOW - days(8)
    assert looked_at.last_cleaned_at < looked_at.last_looked_at == NOW - days(2)


def test_a_road_was_last_served_when_one_of_its_inlets_was_last_cleaned():
    bare = replace(TOWN, inlets=tuple(replace(one, cleaned_on=None) for one in TOWN.inlets))
    assert last_served(bare, inlet_states(bare, NOW)) == {}
    city = replace(
        bare,
        blockages=(blockage("S1-0", 40), blockage("S1-1", 2, None)),
        inspections=(
            seen("S2-0", 5, InspectionResult.CLEANED),
            seen("S1-2", 1, InspectionResult.OPEN),
        ),
    )
    assert last_served(city, inlet_states(city, NOW)) == {
        "S1": NOW - days(40 - 0.2),
        "S2": NOW - days(5),
    }


def test_the_overview_counts_every_inlet_once():
    city = cleaned(cleaned(TOWN, INLETS[0], None), INLETS[1], 3)
    city = replace(city, blockages=(blockage(INLETS[2], 2, None),))
    states = inlet_states(city, NOW)
    facts = overview(states.values(), NOW).facts
    assert (facts["total"], facts["blocked"], facts["never"]) == (12, 1, 1)
    assert (facts["old"], facts["recent"]) == (9, 1)
    assert facts["likely"] == round(sum(chances(city).values()))
    assert [one.inlet_id for one in at_station(city, states, "B")] == [f"S3-{n}" for n in range(4)]


@settings(max_examples=60, deadline=None)
@given(
    start=st.dates(date(1995, 1, 1), date(2030, 1, 1)),
    count=st.integers(1, 900),
    first=st.integers(1, 12),
    last=st.integers(1, 12),
)
def test_the_time_of_leaves_is_that_of_its_days(start, count, first, last):
    rules = RiskSettings(leaf_from_month=first, leaf_until_month=last)
    begin = datetime.combine(start, time(), UTC)
    counted = sum((begin + days(day)).month in leaf_months(rules) for day in range(count))
    assert leaf_time(begin, begin + days(count), rules) == days(counted)
