"""The response level: proposed by a colour, ordered by an officer; what it changes in the plan."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.ids import UnitId
from data.model.levels import DEFAULT_LEVELS, LevelRule
from data.model.operation import TriggerKind
from data.model.plan import JobKind, RainOutlook, UnitKind
from data.sheets.city import BadSheets, read_city, write_city
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.intake.alerts import take_alerts, take_forecast
from ops.intake.operations import start_drill
from ops.intake.response_level import ordered, proposed
from ops.planning.parameters import DutySettings
from ops.planning.tiers import Tier
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.replanning.request import situation
from ops.runtime.planning_loop import Loop
from ops.settings import LoopSettings, Settings
from tests.helpers.makers import NOW, make_alert, make_city, make_forecast
from weather.model import Level

RULE = {rule.id: rule for rule in DEFAULT_LEVELS}


def test_a_colour_proposes_and_wind_does_not():
    city = make_city()
    assert [proposed(city, (make_alert(level),)).id for level in Level] == ["IV", "III", "II", "I"]
    assert proposed(city, (make_alert(Level.RED), make_alert(Level.BLUE))).id == "I"
    assert proposed(city, ()) is None
    assert proposed(city, (make_alert(Level.RED, type="大风"),)) is None


def test_a_bureau_s_own_table_is_kept_and_a_bad_one_refused(store, tmp_path):
    own = (
        *DEFAULT_LEVELS[:3],
        replace(RULE["I"], duty="全体到岗", reserves=3, guard_from=2, source="本市预案"),
    )
    city = make_city(levels=own)
    for target in ("city.xlsx", "folder"):
        write_city(city, tmp_path / target)
        assert read_city(tmp_path / target).levels == own
    store.replace_city(city)
    assert store.city().levels == own
    (tmp_path / "folder" / "levels.csv").unlink()
    assert read_city(tmp_path / "folder").levels == DEFAULT_LEVELS
    bad_rows = "等级,对应预警,工作要求,每站机动班组\nV,蓝,值班,1\nⅢ级,黄,值班,99\n"
    (tmp_path / "folder" / "levels.csv").write_text(bad_rows, encoding="utf-8")
    with pytest.raises(BadSheets) as bad:
        read_city(tmp_path / "folder")
    assert {(error.row, error.column) for error in bad.value.errors} == {
        (2, "等级"),
        (3, "每站机动班组"),
    }


def test_an_order_is_kept_with_who_and_when_and_asks_for_a_plan(store, drill):
    store.replace_city(make_city())
    assert ordered(store, drill, store.city()) is None
    order = store.level_orders.order(drill.id, "II", "王科长", NOW)
    assert store.level_orders.all(drill.id) == [order]
    (trigger,) = store.triggers.pending(drill.id)
    assert (trigger.cause, trigger.kind) == (f"level:{order.id}", TriggerKind.LEVEL)
    assert ordered(store, drill, store.city()) == RULE["II"]
    store.level_orders.order(drill.id, None, "王科长", NOW + timedelta(hours=3))
    assert ordered(store, drill, store.city()) is None


def test_more_posts_more_reserves_and_no_upkeep():
    city, start = make_city(), NOW + timedelta(hours=3)
    wet = RainOutlook(
        source="forecast",
        fetched_at=NOW,
        onset_at=start,
        end_at=start + timedelta(hours=2),
        storms=((start, start + timedelta(hours=2)),),
        total_mm=50,
        peak_mm_h=25,
        hours=((start, 25.0), (start + timedelta(hours=1), 25.0)),
    )
    dry = replace(wet, onset_at=None, end_at=None, storms=(), total_mm=0, peak_mm_h=0, hours=())
    plain = situation(city, wet, (), NOW, Settings())
    tasks = {
        level: storm_tasks(replace(plain, level=rule))
        for level, rule in {
            None: None,
            "II": RULE["II"],
            "III": replace(RULE["III"], guard_from=3),
        }.items()
    }
    for level, works in tasks.items():
        assert len({work.id for work in works}) == len(works)
        reserves = sum(work.kind is JobKind.RESERVE for work in works)
        assert reserves == len(city.stations) * 3 * (2 if level == "II" else 1)
    assert {work.segment_id for work in tasks["III"] if work.tier is Tier.LEVEL_POST} == {"S2"}
    assert not [work for work in tasks[None] if work.tier is Tier.LEVEL_POST]
    calm = situation(city, dry, (), NOW, Settings())
    assert {work.kind for work in storm_tasks(calm)} >= {JobKind.CLEAR}
    assert storm_tasks(replace(calm, level=RULE["II"])) == ()


def test_the_plan_follows_the_order_and_says_so(store):
    store.replace_city(make_city())
    drill = start_drill(store, CONSOLE, NOW, NOW)
    settings = Settings(loop=LoopSettings(solve_seconds=2), duty=DutySettings(overtime_price=0))
    loop = Loop(store, settings, lambda: NOW)
    loop.beat()
    take_forecast(store, drill, make_forecast({11: 9.0, 12: 9.0, 13: 9.0}), NOW)
    take_alerts(store, drill, CONSOLE, [make_alert()], NOW)
    first = loop.answer()
    assert (first.level, first.rain.provider) == (None, "test")
    store.level_orders.order(drill.id, "I", "李主任", NOW)
    second = loop.answer()
    loop.stop()
    assert second.level == "I"
    assert Translator("zh").message(second.changes[0]) == "李主任于08:20下达I级应急响应"
    members = [member for work in second.assignments for member in work.members]
    called = [member for member in members if UnitId.parse(member.unit_id).is_called_in]
    assert called
    assert {member.resource_id for member in called} <= {crew.id for crew in store.city().crews}
    assert all(member.kind is UnitKind.CREW for member in called)
    assert store.plans.version(drill.id, 2) == second
    guarded = {
        work.segment_id for work in second.assignments if work.kind in (JobKind.GUARD, JobKind.PUMP)
    }
    left = {
        work.segment_id for work in second.left_out if work.kind in (JobKind.GUARD, JobKind.PUMP)
    }
    assert {"S1", "S3"} <= guarded | left


def test_levels_are_whole():
    assert [(rule.id, rule.colour) for rule in DEFAULT_LEVELS] == [
        ("IV", "blue"),
        ("III", "yellow"),
        ("II", "orange"),
        ("I", "red"),
    ]
    assert all(isinstance(rule, LevelRule) and rule.duty and rule.source for rule in DEFAULT_LEVELS)
