"""What a hazard means for us stands in one table, and nothing in it speaks against itself."""

import pytest

from tests.helpers.makers import make_alert
from weather.hazards import NAMES, SIGNAL_AMOUNTS, TABLE, Brings, brings, canonical, same_hazard
from weather.model import Level
from weather.rain_warnings import is_rain, said_amounts, tells_rain, worst_level
from weather.validity import Validity


def test_every_name_stands_once_and_is_its_own_canonical_name():
    names = [name for names, _ in TABLE for name in names]
    assert len(names) == len(set(names))
    assert [canonical(name) for name in names] == names


def test_names_of_one_hazard_bring_the_same():
    for a in NAMES:
        for b in NAMES:
            if same_hazard(a, b):
                assert brings(a) == brings(b), f"{a} and {b}"


@pytest.mark.parametrize("name", ["城市积水", "道路积水", "积水", "渍涝", "雷暴大风"])
def test_what_is_one_thing_with_a_rain_hazard_brings_rain(name):
    """Two lists disagreed about these; the graver reading stands."""
    assert is_rain(make_alert(type=name))


@pytest.mark.parametrize("name", ["暴雨", "台风", "城市内涝", "强降雨", "雷雨大风", "短时强降水"])
def test_rain_hazards(name):
    assert Brings.RAIN in brings(name)


@pytest.mark.parametrize(
    "name", ["高温", "大风", "寒潮", "大雾", "雷电", "暴雪", "冰雹", "江河洪水", "", "Heat"]
)
def test_hazards_that_bring_no_rain(name):
    assert Brings.RAIN not in brings(name)


@pytest.mark.parametrize("name", ["雷电", "雷暴", "雷雨大风", "雷暴大风", "雷雨强风", "雷雨"])
def test_hazards_that_bring_lightning(name):
    assert Brings.LIGHTNING in brings(name)


@pytest.mark.parametrize(
    ("name", "effects"),
    [
        ("强降雨诱发山洪", Brings.RAIN),
        ("Flash Flood Warning", Brings.RAIN),
        ("Excessive Heat Warning", Brings.HEAT),
        ("雷雨", Brings.RAIN | Brings.LIGHTNING),
        ("雷击", Brings.LIGHTNING),
        ("沙尘天气", Brings.NOTHING),
    ],
)
def test_a_hazard_of_a_province_s_own_goes_by_the_words_in_it(name, effects):
    assert name not in NAMES
    assert brings(name) == effects


def test_the_amounts_of_a_colour_stand_in_one_place():
    assert set(SIGNAL_AMOUNTS) == set(Level)
    hours = {level: hours for level, (hours, _) in SIGNAL_AMOUNTS.items()}
    assert Validity().by_type["暴雨"] == hours
    for level, amount in SIGNAL_AMOUNTS.items():
        silent = make_alert(level=level, forecast_hours=None, forecast_mm=None)
        assert said_amounts(silent) == (amount,)


def test_a_warning_without_a_colour_ranks_below_all_others():
    ranks = [make_alert(level=level).rank for level in (None, *Level)]
    assert ranks == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("name", "effects"),
    [
        ("山洪", Brings.RAIN),
        ("洪涝", Brings.RAIN),
        ("中小河流洪水", Brings.RAIN),
        ("强对流", Brings.LIGHTNING | Brings.WIND),
        ("雷雨大风", Brings.RAIN | Brings.LIGHTNING | Brings.WIND),
        ("台风", Brings.RAIN | Brings.WIND),
        ("大风", Brings.WIND),
        ("高温", Brings.HEAT),
        ("寒潮", Brings.COLD),
        ("暴雪", Brings.COLD | Brings.SNOW | Brings.ICE),
        ("道路结冰", Brings.COLD | Brings.ICE),
        ("Freezing rain", Brings.RAIN | Brings.COLD | Brings.ICE),
        ("Road Icing Notice", Brings.COLD | Brings.ICE),
        ("大雾", Brings.NOTHING),
    ],
)
def test_what_each_hazard_means_for_work(name, effects):
    assert brings(name) == effects


@pytest.mark.parametrize(
    ("alert", "level"),
    [
        (make_alert(type="强对流", forecast_mm=50.0), Level.YELLOW),
        (make_alert(type="强对流", forecast_mm=None), None),
        (make_alert(type="雷电", level=Level.ORANGE, forecast_mm=30.0), Level.ORANGE),
        (make_alert(type="暴雪", forecast_mm=6.0), None),
        (make_alert(level=None), Level.BLUE),  # a colour that is not told is blue at least
        (make_alert(type="台风", level=None, headline="台风白色预警", forecast_mm=None), None),
        (make_alert(type="台风", level=None, headline="台风预警"), Level.BLUE),
    ],
)
def test_a_stated_amount_counts_and_a_missing_colour_is_blue_and_white_none(alert, level):
    assert worst_level((alert,)) == level
    assert is_rain(alert) is tells_rain(alert) is (level is not None)


def test_an_amount_beside_wind_is_rain_and_the_colour_is_the_winds():
    alert = make_alert(type="大风", level=Level.RED, forecast_mm=30.0)
    assert tells_rain(alert)
    assert worst_level((alert,)) is None


@pytest.mark.parametrize(
    ("name", "hazard"),
    [
        ("暴雨黄色预警", "暴雨"),
        ("橙色暴雨预警信号", "暴雨"),
        ("Ⅲ级暴雨", "暴雨"),
        ("暴雨(橙色)", "暴雨"),
        ("台风白色预警信号", "台风"),
        ("城市内涝黄色预警", "城市内涝"),
        ("黄河洪水预警", "黄河洪水"),
        ("红色预警", "红色预警"),
    ],
)
def test_a_hazard_is_called_without_its_colour(name: str, hazard: str):
    assert canonical(name) == hazard


@pytest.mark.parametrize(
    ("name", "effects"),
    [
        ("龙卷", Brings.WIND),
        ("Severe Thunderstorm Warning", Brings.LIGHTNING | Brings.WIND),
        ("Tropical Storm Warning", Brings.RAIN | Brings.WIND),
        ("Winter Storm Watch", Brings.SNOW | Brings.COLD | Brings.ICE),
        ("Flash Flood Warning", Brings.RAIN),
        ("Tsunami Warning", Brings.NOTHING),
    ],
)
def test_what_a_hazard_of_another_country_brings(name: str, effects: Brings):
    assert brings(name) == effects
