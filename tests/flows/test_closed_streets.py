"""Streets closed in a storm: by the desk, by reported water, by a table, by the clock; ways, plans
and what the stations are told follow at once.
"""

from datetime import timedelta

import pytest

from data.errors import BadSheets
from data.model.ids import Cause, CauseKind
from data.model.message import Message
from data.model.plan import WayBasis
from ops.auth.permissions import CONSOLE
from ops.base.errors import NotAllowed
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.calls import incidents
from ops.field.calls.incidents import IncidentReport
from ops.field.water.closure_table import read_closures
from ops.field.water.street_closures import ClosureOrder, close_all, close_street, open_street
from ops.replanning import ways_in_force
from ops.settings import WaySettings
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.makers import NOW, make_city
from tests.helpers.streets import BRIDGE, at, grid

BRIDGE_SHUT = ClosureOrder(line=(at(BRIDGE, 9), at(BRIDGE, 10)), name="大桥", reason="桥面塌陷")
S3_BARRED = ClosureOrder(segment_id="S3", entry=False, reason="塌方")
SIDE = {"S1": "A", "S2": "A", "S3": "B", None: None}
"""South of the river lie station A and two roads, north of it station B and one."""


@pytest.fixture
def desk(store):
    desk = Desk(store, seconds=0.5)
    store.streets.load(grid(), "甲", desk.real_now)
    desk.paste(YELLOW)
    yield desk
    desk.loop.stop()


def no_way(version):
    return {
        left.segment_id: left.why.facts["closed"]
        for left in version.left_out
        if left.why.code == "left.no_way"
    }


def kinds(version):
    return [Cause.parse(cause).kind for cause in version.causes]


def test_what_nobody_gets_to_is_left_out_with_its_reason_until_the_street_is_open(desk):
    first = desk.loop.answer()
    assert first.ways == WayBasis(source="grid.geojson")
    assert not no_way(first)
    kept, _ = close_street(desk.store, desk.drill, CONSOLE, S3_BARRED, desk.now)
    shut = desk.loop.answer()
    assert kinds(shut) == [CauseKind.CLOSURE]
    assert shut.changes[0].code == "cause.closure_named"
    assert [line.code for line in shut.ways.closed] == ["street.closed_why"]
    assert no_way(shut)["S3"] == ("新兴路 桥下—路口",)
    assert "S3" not in {job.segment_id for job in shut.assignments if job.state == "planned"}
    desk.wait(minutes=1)
    open_street(desk.store, desk.drill, CONSOLE, kept.id, desk.now)
    again = desk.loop.answer()
    assert kinds(again) == [CauseKind.OPENED]
    assert not no_way(again)
    assert not again.ways.closed
    with pytest.raises(NotAllowed):
        open_street(desk.store, desk.drill, CONSOLE, kept.id, desk.now)


def test_nobody_crosses_a_river_whose_only_bridge_is_closed(desk):
    close_street(desk.store, desk.drill, CONSOLE, BRIDGE_SHUT, desk.now)
    version = desk.loop.answer()
    home = {one.id: one.station_id for one in (*make_city().crews, *make_city().machines)}
    planned = [job for job in version.assignments if job.segment_id]
    assert {job.segment_id for job in planned} == {"S1", "S2", "S3"}
    crossed = [
        (job.job_id, member.resource_id)
        for job in planned
        for member in job.members
        if home[member.resource_id] != SIDE[job.segment_id]
    ]
    assert crossed == []


@pytest.mark.parametrize("has_map", [True, False])
def test_who_works_where_it_is_closed_is_told_and_goes_on(desk, has_map, monkeypatch):
    if not has_map:
        monkeypatch.setattr(ways_in_force, "network_in_force", lambda store: None)
    desk.loop.answer()
    desk.wait(hours=2)
    close_street(desk.store, desk.drill, CONSOLE, ClosureOrder(segment_id="S3"), desk.now)
    version = desk.loop.answer()
    inside = {
        job.job_id: job
        for job in version.assignments
        if job.segment_id == "S3" and job.state == "under_way"
    }
    told = [change for change in version.changes if change.code == "change.closed_in"]
    assert inside
    assert len(told) == len(inside)
    assert all(change.facts["team"] for change in told)


@pytest.mark.parametrize(
    ("depth", "code", "why"),
    [
        (50, "street.closed_why", Message("street.water_told", {"cm": 50.0})),
        (12, "street.slow_why", Message("street.water_told", {"cm": 12.0})),
        (None, "street.slow_why", Message("street.water_assumed", {"cm": 15.0})),
    ],
)
def test_reported_water_closes_or_slows_its_street_while_it_stands(desk, depth, code, why):
    desk.loop.answer()
    report = IncidentReport(
        kind="standing_water",
        by="热线",
        source="desk",
        reported_at=desk.now,
        segment_id="S3",
        depth_cm=depth,
    )
    kept, _ = incidents.report(desk.store, desk.drill, CONSOLE, report, desk.now)
    (line,) = desk.loop.answer().ways.closed
    assert (line.code, line.facts["why"]) == (code, why)
    desk.wait(minutes=5)
    incidents.close(desk.store, desk.drill, CONSOLE, kept.id, desk.now)
    assert desk.loop.answer().ways.closed == ()


def test_a_closure_for_later_asks_for_plans_by_the_clock(desk):
    hour = timedelta(hours=1)
    times = {"from_at": desk.now + 2 * hour, "to_at": desk.now + 3 * hour}
    order = ClosureOrder(segment_id="S1", **times)
    close_street(desk.store, desk.drill, CONSOLE, order, desk.now)
    assert desk.loop.answer().ways.closed == ()
    seen = []
    for minutes in (50, 15, 105, 30):
        desk.wait(minutes=minutes)
        desk.loop.watch()
        while version := desk.loop.answer():
            seen.append((minutes, bool(version.ways.closed)))
            if not desk.store.triggers.pending(desk.drill.id):
                break
    soon = WaySettings().soon_minutes
    assert soon == 60
    assert (15, True) in seen  # it begins within the hour
    assert seen[-1][1] is False


def test_no_street_map_leaves_straight_lines_and_the_plan_says_so(store):
    desk = Desk(store, seconds=0.5)
    desk.paste(YELLOW)
    close_street(store, desk.drill, CONSOLE, S3_BARRED, desk.now)
    version = desk.loop.answer()
    desk.loop.stop()
    assert version.ways.source is None
    assert no_way(version)["S3"] == ("新兴路 桥下—路口",), "nobody enters it, map or not"
    assert "S3" not in {job.segment_id for job in version.assignments}
    basis = " ".join(labels.way_basis(Translator(), version))
    assert "直线" in basis
    assert "新兴路 桥下—路口" in basis, "nobody drives by it, and everybody is told"


def test_a_table_of_closures(tmp_path, desk):
    path = tmp_path / "封闭.csv"
    rows = [
        "单号,道路,起点,止点,开始时间,结束时间,剩余车速,事由",
        "7,永宁路,,,2022-07-08 08:00,2022-07-09 18:00,,铺管",
        "8,安宁街,南口,北口,,,0.5,半幅施工",
    ]
    path.write_text("\n".join(rows), "utf-8")
    orders = read_closures(path, make_city(), NOW)
    assert [(one.segment_id, one.speed_share, one.reason) for one in orders] == [
        ("S1", 0.0, "铺管"),
        ("S2", 0.5, "半幅施工"),
    ]
    for new in (2, 0):  # the same table once more is known
        kept = close_all(desk.store, desk.drill, CONSOLE, orders, desk.now)
        assert sum(is_new for _, is_new in kept) == new
    assert len(desk.loop.answer().ways.closed) == 2


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("1,没有这条路,,,,,,", "closure.no_road"),
        ("1,永宁路,东口,北口,,,,", "closure.no_road"),
        ("1,永宁路,,,明天,,,", "closure.bad_time"),
        ("1,永宁路,,,,,快,", "closure.bad_share"),
    ],
)
def test_a_table_with_one_bad_row_is_refused_with_its_line(tmp_path, row, code):
    path = tmp_path / "封闭.csv"
    head = "单号,道路,起点,止点,开始时间,结束时间,剩余车速,事由"
    path.write_text("\n".join([head, "2,安宁街,,,,,,", row]), "utf-8")
    with pytest.raises(BadSheets) as refused:
        read_closures(path, make_city(), NOW)
    assert [(one.row, one.code) for one in refused.value.errors] == [(3, code)]
