"""What stands behind the charts and the map, and the words beside them: pure, so no page is run."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest

from dashboard.core import theme
from dashboard.render import charts, colours, frames, map_marks, maps
from dashboard.views.desk import details
from dashboard.views.desk.map import CHOICES, PALETTES
from data.geo import from_wgs84
from data.model.field import EventKind, FieldEvent, Incident
from data.model.message import Message
from data.model.plan import JobKind, Phase
from data.sheets.words import MACHINE_WORDS
from ops.base.messages import Translator, catalogue
from ops.documents import labels
from ops.field.job_board import JobState, job_lines
from ops.field.readiness import readiness
from ops.field.standing import Step
from ops.settings import MapSettings
from tests.helpers.paths import ROOT
from tests.helpers.town import (
    NOW,
    make_assignment,
    make_city,
    make_series,
    make_tap,
    make_version,
    minutes,
)
from weather.model import Health, Level
from weather.providers.registry import PROVIDERS

SAY = Translator()
DASHBOARD, DOCUMENTS = ROOT / "dashboard", ROOT / "ops" / "documents"


# --- times


def test_wall_clock_is_the_districts_whatever_the_machine_thinks():
    assert (
        frames.wall_ms(SAY, NOW) - frames.wall_ms(Translator(zone=ZoneInfo("UTC")), NOW)
        == 8 * 3_600_000
    )


# --- the rain


def test_rain_is_cut_to_the_hours_around_now():
    rain = frames.rain_frame(make_series(40), make_version().rain, NOW, SAY, back=0, ahead=4)
    assert list(rain["time"]) == [
        "08:00–09:00",
        "09:00–10:00",
        "10:00–11:00",
        "11:00–12:00",
        "12:00–13:00",
    ]


def test_rain_of_a_plan_on_a_warning_is_the_warnings():
    rain = replace(make_version().rain, source="alert")
    assert list(frames.rain_frame(make_series(), rain, NOW, SAY)["mm"])[:3] == [0.0, 0.4, 6.0]


def test_no_rain_known_is_an_empty_frame():
    assert frames.rain_frame(None, None, NOW, SAY).empty


def test_rain_chart_marks_now_and_onset():
    rain = frames.rain_frame(make_series(), None, NOW, SAY)
    chart = charts.rain_chart(
        rain, frames.wall_ms(SAY, NOW), frames.wall_ms(SAY, minutes(100)), SAY
    )
    assert {
        row["word"]
        for rows in chart.to_dict()["datasets"].values()
        for row in rows
        if "word" in row
    } == {"现在", "起雨"}


# --- the map


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (None, "none"),
        (0, "low"),
        (24, "low"),
        (25, "medium"),
        (49, "medium"),
        (50, "high"),
        (74, "high"),
        (75, "severe"),
        (100, "severe"),
    ],
)
def test_risk_bands_begin_where_they_say(score, band):
    assert frames.risk_band(score) == band


def lines_at(at: int, *taps: FieldEvent, city=None):
    return job_lines(make_version(), city or make_city(), taps, {}, minutes(at), minutes(20) - NOW)


@pytest.mark.parametrize(
    ("segment", "at", "said", "state"),
    [
        ("G01", 5, None, "due"),
        ("G01", 5, (EventKind.ARRIVE, "pump:G01:1", 4), "there"),
        ("G01", 5, (EventKind.DEPART, "pump:G01:1", 4), "way"),
        ("G00", 0, None, "planned"),
        ("G00", 8, None, "due"),
        ("G00", 8, (EventKind.ACCEPT, "clear:G00", 0), "due"),
        ("G02", 0, None, "silent"),
        ("G02", 0, (EventKind.CLEAR, "clear:G02", -6), "done"),
        ("G02", 20, (EventKind.ACCEPT, "pump:G01:1", -6), "silent"),
        ("G04", 0, None, "left_out"),
        ("G05", 0, None, "none"),
    ],
)
def test_only_a_report_makes_a_road_more_than_planned(segment, at, said, state):
    own = [
        line
        for line in lines_at(at, *([make_tap(*said)] if said else []))
        if line.job.segment_id == segment
    ]
    left = {each.segment_id for each in make_version().left_out}
    assert frames.segment_state(own, segment in left) == state
    assert (state in colours.HOLLOW) == (state in ("due", "silent", "planned"))


def test_every_segment_is_drawn_without_a_plan_too():
    frame = frames.segment_frame(None, (), make_city(), NOW, SAY)
    assert (len(frame), set(frame["key"])) == (7, {"none"})


def test_hover_tells_risk_state_and_next_jobs():
    detail = frames.segment_frame(make_version(), lines_at(0), make_city(), NOW, SAY).set_index(
        "segment_id"
    )["detail"]["G00"]
    assert "风险 90" in detail
    assert "08:35–09:15 雨水口清掏 · 1班（4人） · 待出发" in detail


def drawing(by: str = "risk", city=None, **changes) -> maps.Drawing:
    city = city or make_city()
    lines = lines_at(0, city=city)
    tree = Incident(
        operation_id=1,
        id=7,
        kind="fallen_tree",
        segment_id="G03",
        source="desk",
        reported_at=NOW,
        received_at=NOW,
        by="热线",
    )
    palette = PALETTES[by]
    facts = {
        "outline": city.district.outline,
        "segments": frames.segment_frame(make_version(), lines, city, NOW, SAY, by, {"G00": NOW}),
        "stations": frames.station_frame(city, SAY),
        "palette": palette,
        "hollow": colours.HOLLOW,
        "marks": map_marks.mark_frame(lines, [tree], city, NOW, SAY),
    }
    return maps.Drawing(**(facts | changes))


@pytest.mark.parametrize("paint", [colours.DAY_PAINT, colours.NIGHT_PAINT])
@pytest.mark.parametrize("by", frames.MAP_WORDS)
def test_map_needs_no_one_elses_server(by, paint):
    deck = maps.deck_map(drawing(by, paint=paint)).to_json()
    assert not re.findall(r"https?://", unquote(deck))
    assert "mapbox://" not in deck
    assert json.dumps("西宁大街") in deck
    svg = maps.flat_map(drawing(by, paint=paint))
    assert not re.findall(r"https?://", svg)
    assert "西宁大街" in svg


def test_tiles_come_only_where_the_settings_name_them_and_move_the_roads_with_them():
    ground = MapSettings(
        tiles="http://127.0.0.1:9/{z}/{x}/{y}.png", attribution="审图号", system="gcj02"
    )
    deck = json.loads(maps.deck_map(drawing(ground=ground)).to_json())
    assert ground.tiles in unquote(deck["mapStyle"])
    assert "审图号" in unquote(deck["mapStyle"]) or "\\u5ba1" in unquote(deck["mapStyle"])
    path = next(layer for layer in deck["layers"] if layer["id"] == "segments")["data"][0]["path"][
        0
    ]
    assert tuple(path) in {
        from_wgs84(position, "gcj02")
        for segment in make_city().segments
        for position in segment.line
    }


def test_roads_by_the_time_since_they_were_served():
    keys = frames.segment_frame(
        None,
        (),
        make_city(),
        NOW,
        SAY,
        "age",
        {f"G0{n}": NOW - timedelta(days=days) for n, days in enumerate((7, 8, 31, 91))},
    ).set_index("segment_id")["key"]
    assert list(keys)[:5] == ["week", "month", "quarter", "older", "none"]


def test_in_a_storm_hours_count():
    ages = {f"G0{n}": NOW - timedelta(hours=hours) for n, hours in enumerate((5, 20, 50, 80))}
    frame = frames.segment_frame(None, (), make_city(), NOW, SAY, "age_in_storm", ages)
    assert list(frame["key"])[:5] == ["h6", "h24", "h72", "h_older", "none"]


@pytest.mark.parametrize(
    ("segment", "at", "said", "state"),
    [
        ("G00", 0, None, "planned"),
        ("G00", 10, (EventKind.DEPART, "clear:G00", 6), "doing"),
        ("G00", 50, (EventKind.CLEAR, "clear:G00", 45), "cleared"),
        ("G00", 80, None, "missed"),
        ("G05", 0, None, "none"),
    ],
)
def test_a_road_against_the_onset_is_as_the_bar_on_top_counts_it(segment, at, said, state):
    lines = lines_at(at, *([make_tap(*said)] if said else []))
    frame = frames.segment_frame(make_version(), lines, make_city(), minutes(at), SAY, "ready")
    keys = frame.set_index("segment_id")["key"]
    assert keys[segment] == state
    counted = readiness(make_version(), lines, minutes(at))
    grave = {one.segment_id for one in make_version().risks if one.score >= counted.least}
    assert counted.cleared == sum(keys[one] == "cleared" for one in grave)


def test_map_of_a_district_without_roads_or_outline():
    city = make_city(segments=(), inlets=(), stations=(), crews=(), machines=(), drivers=())
    city = replace(city, district=replace(city.district, outline=()))
    assert maps.deck_map(drawing(city=city)).to_json()
    assert "<svg" in maps.flat_map(drawing(city=city))


# --- units and incidents on it


def test_units_stand_where_they_should_be_hollow_and_incidents_beside_them():
    found = drawing().marks.set_index("kind")["text"]
    assert list(found.index) == ["plan_there", "due", "incident"]
    assert (
        found["plan_there"] == "4班 +1 机械2"
    )  # a pump due at work, and a crew with its truck that sets out for there soon
    assert found["due"] == "1班"
    assert found["incident"] == "树木倒伏"


@pytest.mark.parametrize(
    ("said", "minute", "mark"),
    [
        ((), -46, None),
        ((), -30, "due"),
        ((), 6, "plan_way"),
        ((), 16, "plan_there"),
        ([EventKind.DEPART], 16, "way"),
        ([EventKind.DEPART], 3, "way"),
        ([EventKind.DEPART, EventKind.ARRIVE], 6, "there"),
        ([EventKind.ARRIVE], 80, "there"),
        ([EventKind.CLEAR], 16, None),
        ([EventKind.REFUSE, EventKind.ASK], 16, "plan_there"),
        ((), 56, None),
    ],
)
def test_a_unit_stands_by_its_word_else_hollow_by_the_plan(said, minute, mark):
    version = replace(make_version(), assignments=make_version().assignments[:1])
    taps = [make_tap(kind, "clear:G00", 1) for kind in said]
    lines = job_lines(version, make_city(), taps, {}, minutes(minute), minutes(20) - NOW)
    found = map_marks.mark_frame(lines, (), make_city(), minutes(minute), SAY)
    assert list(found["kind"]) == ([mark] if mark else [])


def test_a_crew_stands_once_at_its_last_reported_place():
    jobs = make_version().assignments
    second = replace(
        jobs[0], job_id="clear:G05", segment_id="G05", start_at=minutes(60), end_at=minutes(90)
    )
    version = replace(make_version(), assignments=(jobs[0], second))
    taps = [make_tap(EventKind.ARRIVE, "clear:G00", 20)]
    lines = job_lines(version, make_city(), taps, {}, minutes(65), minutes(20) - NOW)
    found = map_marks.mark_frame(lines, (), make_city(), minutes(65), SAY)
    assert list(found["text"]) == ["1班"]


# --- day and night


def contrast(one: str, other: str) -> float:
    """Of two colours, by WCAG 2.2."""

    def light(colour: str) -> float:
        parts = [part / 255 for part in colours.rgb(colour)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


INK_ON_GROUND = (
    ("ink", "ground"),
    ("ink", "card"),
    ("ink", "crew"),
    ("ink", "machine"),
    ("ink", "rest"),
    ("ink", "now"),
    ("ink", "soon"),
    ("ink", "stop"),
    ("ink", "care"),
    ("faint", "ground"),
    ("faint", "card"),
    ("faint", "crew"),
    ("faint", "machine"),
    ("faint", "soon"),
    ("faint", "stop"),
    ("faint", "care"),
    ("on-accent", "accent"),
    ("on-primary", "primary"),
    ("on-dark", "drill"),
    ("on-dark", "drill-2"),
    ("on-dark", "before"),
    ("on-dark", "during"),
    ("on-dark", "after"),
    ("on-dark", "over"),
    ("stop-ink", "stop"),
    ("care-ink", "care"),
    ("quiet-ink", "quiet"),
    ("asks", "card"),
    ("asks", "stop"),
    ("bad-ink", "bad"),
    ("late-ink", "late"),
    ("open-ink", "open"),
    ("fine-ink", "fine"),
    ("dim-ink", "dim"),
    ("done-ink", "done"),
)
"""Which ink stands on which ground, by day and by night."""


@pytest.mark.parametrize("tokens", [colours.DAY, colours.NIGHT], ids=["day", "night"])
@pytest.mark.parametrize(("ink", "ground"), INK_ON_GROUND)
def test_every_ink_can_be_read_on_its_ground(tokens, ink, ground):
    assert contrast(tokens[ink], tokens[ground]) >= 4.5


@pytest.mark.parametrize("paint", [colours.DAY_PAINT, colours.NIGHT_PAINT], ids=["day", "night"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "land"),
        ("label", "gap"),
        ("now", "gap"),
        ("onset", "gap"),
        ("station", "land"),
        ("unit", "land"),
        ("incident", "land"),
    ],
)
def test_every_word_of_a_drawing_can_be_read(paint, ink, ground):
    assert contrast(getattr(paint, ink), getattr(paint, ground)) >= 4.5


@pytest.mark.parametrize("page", ["sign_in_pages", "phone_page"])
def test_the_plain_pages_can_be_read_by_day_and_by_night(page):
    style = (ROOT / "dashboard" / "web" / page / "page.css").read_text("utf-8")
    lights = [
        dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{6})", block))
        for block in re.findall(r":root {([^}]*)}", style)
    ]
    assert len(lights) == 2
    assert lights[0].keys() == lights[1].keys()
    pairs = [
        ("ink", "ground"),
        ("ink", "card"),
        ("faint", "ground"),
        ("faint", "card"),
        ("blue", "ground"),
        ("blue", "card"),
        ("on-press", "press"),
        ("on-stop", "stop"),
    ]
    pairs += [("go", "card"), ("no", "card")] if page == "phone" else []
    for paints in lights:
        assert {pair for pair in pairs if contrast(paints[pair[0]], paints[pair[1]]) < 4.5} == set()


@pytest.mark.parametrize("level", colours.LEVEL)
def test_every_warning_can_be_read(level):
    assert contrast(*colours.LEVEL[level]) >= 4.5


def test_the_style_sheet_names_no_colour_of_its_own_and_none_that_is_not_there():
    css = (DASHBOARD / "style.css").read_text("utf-8")
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", css)
    own = set(re.findall(r"--([a-z0-9-]+) *:", css))  # sizes, and colours by another name
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", css)) <= set(colours.DAY) | own
    assert set(colours.NIGHT) == set(colours.DAY)


# --- the words


def test_short_reason_keeps_what_is_the_jobs_own():
    why = (
        Message("risk.expected", {"score": 1}),
        Message("risk.low_lying"),
        Message("risk.rain_forecast", {"mm": 1}),
    )
    job = make_assignment("clear:G00", JobKind.CLEAR, Phase.BEFORE, 0, [], 0, 10, why=why)
    assert labels.why_short(SAY, job) == f"风险 72；{SAY('risk.low_lying')}"


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        ((), ""),
        (("Y1",), "Y1"),
        (("G1-01", "G1-02"), "G1: 01 02"),
        (("Y171", "Y172"), "Y171 Y172"),
        (tuple("abc"), "a b …"),
    ],
)
def test_short_ids(ids, told):
    assert labels.short_ids(ids, most=2) == told


@pytest.mark.parametrize(
    ("name", "told"), [("站长", "站长"), ("西宁站长", "西宁站长"), ("王明", "站长 王明")]
)
def test_post_is_not_said_twice(name, told):
    assert labels.chief(SAY, replace(make_city().stations[0], chief=name)) == told


# --- the words


def used_keys() -> set[str]:
    """Every key that the board names in full, and those its families are made of."""
    keys = {
        key
        for file in (
            *DASHBOARD.rglob("*.py"),
            *DOCUMENTS.rglob("*.py"),
        )
        for key in re.findall(r'"((?:board|paper|desk)\.[a-z_]*[a-z])"', file.read_text("utf-8"))
    }
    families = {
        "machine.": MACHINE_WORDS,
        "desk.state_": JobState,
        "desk.said_": EventKind,
        "desk.by_": CHOICES,
        "desk.age_": colours.AGE | colours.AGE_IN_STORM,
        "desk.ready_": colours.READY,
        "desk.mark_": map_marks.SIGN,
        "desk.theme_": theme.OTHER,
        "desk.change_": ("lock", "drop", "unlock"),
        "board.source_": (kind.replace("-", "_") for kind in PROVIDERS),
        "board.health_": Health,
        "board.risk_": colours.RISK,
        "board.segment_": frames.STATES,
        "board.rain_by_": ("forecast", "alert", "both", "measured", "none"),
        "paper.rain_": ("forecast", "alert", "both", "measured", "none"),
        "paper.raining_": ("forecast", "alert", "both"),
        "board.span_": ("near", "all"),
        "board.alert_": ("unknown", "unknown_why", "none", "none_why", "quiet", "quiet_why"),
        "board.tab_": tuple(details.PARTS),
        "board.tip_": ("row", "time", "job", "place", "state", "why"),
        "paper.": (
            "drill",
            "drill_short",
            "leave",
            "arrive",
            "done",
            "what",
            "with",
            "no_work",
            "left_out",
            "changes",
            "open",
        ),
        "job.": JobKind,
        "phase.": Phase,
        "level.": Level,
        "state.": ("planned", "under_way", "past"),
        "step.plan_": Step,
        "step.said_": ("way", "there", "over"),
    }
    return keys | {f"{head}{tail}" for head, tails in families.items() for tail in tails}


def test_every_word_used_is_in_the_catalogue():
    assert not used_keys() - set(catalogue())


def test_every_word_of_the_board_is_used():
    ours = {key for key in catalogue() if key.startswith(("board.", "paper.", "desk."))}
    assert not ours - used_keys()


def test_every_colour_has_a_word():
    assert set(colours.STATE) == set(frames.STATES)
    assert set(colours.RISK) == {key for _, key, _ in frames.RISK_BANDS} | {"none"}
    assert set(colours.JOB_TONE) == set(labels.JOB_SIGN) == set(JobState)
    assert set(colours.LEVEL) == {*Level, None}
