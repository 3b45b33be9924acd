"""The table of multipliers, fitted to a record that was made with a known one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from data.model.city import Blockage
from ops.risk import fitted_multipliers
from ops.risk.fitted_multipliers import LEAST_RECORDS, fitted, warm
from ops.risk.multipliers import Multipliers
from ops.risk.parameters import RiskSettings
from tests.helpers.makers import make_city

BEGIN, NOW = datetime(2019, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC)
SETTINGS = RiskSettings()


def city_of(records, leaf, low, seed=1):
    """A district with about so many records of four years."""
    draw = np.random.default_rng(seed)
    town = make_city(blockages=())
    roads = [replace(road, low_lying=number == 0) for number, road in enumerate(town.segments)]
    town = replace(town, segments=tuple(roads))
    places = [one for one in town.inlets for _ in range(1461)]
    days = np.tile(np.arange(1461), len(town.inlets))
    autumn = np.array([(BEGIN + timedelta(days=int(day))).month in (10, 11) for day in days[:1461]])
    rate = np.where(np.tile(autumn, len(town.inlets)), leaf, 1.0)
    rate = rate * np.where([one.segment_id == roads[0].id for one in places], low, 1.0)
    found = np.flatnonzero(draw.random(len(places)) < rate * records / rate.sum())
    return replace(
        town,
        blockages=tuple(
            Blockage(
                id=str(number),
                inlet_id=places[number].id,
                reported_at=BEGIN + timedelta(days=int(days[number]), hours=5),
                cleared_at=BEGIN + timedelta(days=int(days[number]), hours=9),
                cause="leaves",
                remedy="hand",
            )
            for number in found
        ),
    )


def test_the_truth_lies_in_the_interval():
    pytest.importorskip("statsmodels", reason="xunban[risk] is not installed: NOT FITTED")
    inside = 0
    for seed in range(10):
        fit = fitted(city_of(900, 2.5, 1.6, seed), NOW, SETTINGS)
        assert fit.why == "fitted"
        lines = (fit.multipliers.leaf_season, 2.5), (fit.multipliers.low_ground, 1.6)
        inside += sum(line.low <= truth <= line.high for line, truth in lines)
        assert fit.multipliers.works_nearby.low is None  # the record says nothing of it
    assert inside >= 16  # of 20, each with 95 %


def test_with_a_short_record_or_without_the_library_the_table_stands(monkeypatch):
    table = Multipliers.of(SETTINGS)
    few = fitted(city_of(100, 2.0, 1.0), NOW, SETTINGS)
    assert (few.multipliers, few.why) == (table, "few")
    assert few.records < LEAST_RECORDS

    def missing(*_):
        raise ModuleNotFoundError("statsmodels")

    monkeypatch.setattr(fitted_multipliers, "_regression", missing)
    without = fitted(city_of(500, 2.0, 1.0), NOW, SETTINGS)
    assert (without.multipliers, without.why) == (table, "no_library")


@pytest.mark.parametrize(("records", "loads"), [(100, False), (500, True)])
def test_the_library_is_loaded_ahead_where_the_record_needs_it(monkeypatch, records, loads):
    seen = []
    monkeypatch.setattr(fitted_multipliers, "import_module", seen.append)
    assert warm(city_of(records, 2.0, 1.0)) is loads
    assert seen == ["statsmodels.genmod.generalized_linear_model"] * loads
    monkeypatch.setattr(fitted_multipliers, "import_module", _missing)
    assert warm(city_of(records, 2.0, 1.0)) is False


def _missing(_name: str) -> None:
    raise ModuleNotFoundError("statsmodels")
