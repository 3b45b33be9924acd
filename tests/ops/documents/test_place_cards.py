"""One page for each low point: posts, pumps, telephones, depths and levels, whatever its name."""

from dataclasses import replace

import pytest

from data.model.field import Incident
from ops.base.messages import LANGUAGES, Translator
from ops.documents.place_cards import Known, as_pdf, document, low_points
from ops.documents.place_map import place_map
from tests.helpers.files.pdf import pages, squeezed, words_of
from tests.helpers.town import NOW, make_city, make_version

CITY = make_city()
LOW, KEY = CITY.segment_by_id["G01"], CITY.segment_by_id["G00"]


def known(**changes) -> Known:
    flood = Incident(
        id=1,
        operation_id=1,
        kind="standing_water",
        segment_id=LOW.id,
        depth_cm=42.0,
        source="desk",
        reported_at=NOW,
        received_at=NOW,
        by="热线",
    )
    facts = {"city": CITY, "now": NOW, "drill": True, "version": make_version()}
    return Known(**(facts | {"incidents": (flood,)} | changes))


def test_low_points_come_before_key_points():
    assert low_points(CITY) == [LOW, KEY]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_for_each_with_all_that_is_needed_there(lang, tmp_path):
    t = Translator(lang)
    pdf = as_pdf(known(), low_points(CITY), t)
    shown = words_of(pdf, tmp_path)
    assert pages(pdf) == 2
    for words in (
        "0437-0000000",
        "吉D·W0002",
        "42",
        "热线",
        t("place.guard_pump"),
        t("paper.drill"),
    ):
        assert squeezed(words) in shown


def test_a_key_point_is_guarded_and_a_road_from_its_level_on():
    (low, key) = document(known(), [LOW, KEY], Translator())["places"]
    t = Translator()
    assert {row[1] for row in low["levels"]["rows"]} == {t("place.guard_pump")}
    assert {row[1] for row in key["levels"]["rows"]} == {t("place.guard")}
    road = replace(CITY.segment_by_id["G03"], importance=4)
    (page,) = document(known(), [road], t)["places"]
    assert [row[1] for row in page["levels"]["rows"]] == [
        t("place.patrol"),
        t("place.patrol"),
        t("place.guard"),
        t("place.guard"),
    ]


def test_without_a_plan_or_a_word_it_says_so_and_no_name_acts(tmp_path):
    odd = replace(LOW, road='</text><script>"#panic("x")')
    city = replace(CITY, segments=tuple(odd if one is LOW else one for one in CITY.segments))
    assert "<script>" not in place_map(city, odd)
    told = document(known(city=city, version=None, incidents=()), [odd], Translator())
    parts = [part["lines"] for part in told["places"][0]["parts"]]
    assert parts[1] == [Translator()("place.no_posts")]
    assert pages(as_pdf(known(city=city), [odd], Translator())) == 1
