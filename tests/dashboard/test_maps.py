"""Where the map's words stand, how roads are thinned, and that a big district is drawn."""

import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.render import colours, frames, map_marks, maps
from dashboard.render.map_places import Word, _box, _covers, _off, placed, simplified
from data.model.city import Segment
from ops.base.messages import Translator
from tests.helpers.streets import closure
from tests.helpers.town import NOW, make_city

SAY = Translator()
points = st.tuples(st.floats(0, 500), st.floats(0, 300))
texts = st.text("宁路一班ab12", min_size=1, max_size=12)


@given(st.lists(st.tuples(texts, points, st.booleans()), max_size=25))
def test_no_word_that_may_go_without_covers_another(found):
    words = [Word(text=text, at=(at,), gap=9 if by else 0) for text, at, by in found]
    boxes = [
        _box(place.text, place.x, place.y, word.size)
        for word, place in zip(words, placed(words, within=(0, 0, 500, 300)), strict=True)
        if place
    ]
    for n, one in enumerate(boxes):
        assert not any(_covers(one, other) for other in boxes[n + 1 :])
        assert one[0] >= 0
        assert one[2] <= 500


@given(st.lists(points, min_size=2, max_size=40), st.floats(0.1, 20))
def test_a_thinned_line_keeps_its_ends_and_strays_no_farther_than_told(path, within):
    thin = simplified(path, within)
    assert (thin[0], thin[-1]) == (path[0], path[-1])
    for point in path:
        pairs = pairwise(thin)
        assert min(_off(point, first, last) for first, last in pairs) <= within + 1e-6


def big_city(roads: int = 2500, each: int = 30):
    """A district of so many roads, each of so many points: far more than any chart library's
    5,000.
    """
    base = make_city()
    segments = tuple(
        replace(
            base.segments[0],
            id=f"B{n:04}",
            road=f"路{n // 10}",
            line=tuple(
                (125.0 + n % 50 * 0.01 + k * 0.0003, 42.8 + n // 50 * 0.005 + k % 2 * 1e-6)
                for k in range(each)
            ),
        )
        for n in range(roads)
    )
    return replace(base, segments=(*base.segments, *segments))


def drawing_of(city, by: str = "risk") -> maps.Drawing:
    return maps.Drawing(
        outline=city.district.outline,
        segments=frames.segment_frame(None, (), city, NOW, SAY, by),
        stations=frames.station_frame(city, SAY),
        palette=colours.RISK,
    )


@pytest.mark.parametrize("paint", [colours.DAY_PAINT, colours.NIGHT_PAINT])
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_closed_street_is_drawn_from_end_to_end_in_a_colour_of_its_own(share, paint):
    city = make_city()
    road = city.segments[0]
    shut = closure(*road.line, id=7, speed_share=share, name="永宁路")
    drawing = replace(
        drawing_of(city),
        closed=map_marks.closed_frame([shut], SAY),
        marks=map_marks.mark_frame((), (), city, NOW, SAY, [shut]),
        paint=paint,
    )
    svg = maps.flat_map(drawing, 520, 300)
    assert svg.count(f'stroke="{paint.closed}"') == 1
    assert maps.DASHES[bool(share)] in svg
    assert svg.count('data-act="closure" data-id="7"') == 2  # the line, and its sign
    assert f'fill="{paint.closed}"' in svg
    assert paint.closed not in set(colours.RISK.values()) | set(colours.STATE.values())
    layers = json.loads(maps.deck_map(drawing).to_json())["layers"]
    (line,) = next(one for one in layers if one["id"] == "closed")["data"]
    assert [tuple(at) for at in line["path"]] == [*road.line]
    assert "永宁路" in line["detail"]


def test_a_big_district_is_drawn_with_no_more_points_than_can_be_seen():
    city = big_city()
    svg = maps.flat_map(drawing_of(city), 520, 300)
    assert svg.count('data-act="road"') == len(city.segments)
    lines = re.findall(r'<path class="hit" d="M([^"]+)"|<path d="M([^"]+)" class="hit"', svg)
    drawn = sum((one or other).count("L") + 1 for one, other in lines)
    assert drawn < 3 * len(city.segments) < sum(len(one.line) for one in city.segments) / 5


def test_a_road_shorter_than_a_pixel_is_still_a_dot_to_click():
    city = make_city()
    here = city.segments[0].line[0]
    dot: Segment = replace(city.segments[0], id="dot", line=(here, here))
    svg = maps.flat_map(drawing_of(replace(city, segments=(*city.segments, dot))), 520, 300)
    assert 'data-id="dot"' in svg
