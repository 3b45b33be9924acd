"""An absence told ten minutes before the shift: new teams and a new plan before it begins, through
the real path.
"""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from data.model.city import Person, PersonRole, Shift
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.base.messages import LANGUAGES, Translator
from ops.district.roster_changes import DayChange, change_day
from ops.documents.labels import said
from ops.planning.duty_sheets import station_sheets
from tests.helpers.desk import Desk
from tests.helpers.makers import NOW, SHIFTS, make_city

HOME = ZoneInfo("Asia/Shanghai")
WARNING = (
    "辽源市气象台2022年7月9日5时20分发布暴雨黄色预警信号：预计未来6小时内，龙山区、西安区降雨量将达50毫米以上，"
    "请有关单位和人员做好防范准备。"
)
LEADER, SENIOR, JUNIOR = PersonRole.LEADER, PersonRole.SENIOR, PersonRole.JUNIOR
PEOPLE = tuple(
    Person(id=name, name=name, station_id=station, crew_id=crew, role=role)
    for station, crew, names in (
        ("A", "A1day", (("张班长", LEADER), ("张一", JUNIOR), ("张二", JUNIOR))),
        (
            "A",
            "A2day",
            (("李班长", LEADER), ("李骨干", SENIOR), ("李一", JUNIOR), ("李二", JUNIOR)),
        ),
        ("B", "B1day", (("王班长", LEADER), ("王骨干", SENIOR), ("王一", JUNIOR))),
        ("A", None, (("赵骨干", SENIOR),)),
    )
    for name, role in names
)


def _from(shift: Shift, hour: int) -> Shift:
    first = shift.start.replace(hour=hour)
    return replace(
        shift,
        start=first,
        end=first.replace(hour=(hour + 8) % 24),
        break_minutes=0,
        break_from=None,
        break_to=None,
    )


EARLY = tuple(_from(shift, hour) for shift, hour in zip(SHIFTS, (6, 14, 22), strict=True))
"""The shifts from six in the morning on."""


def morning(store: Store, people) -> Desk:
    """05:40 on the next day, the day shift from six on; a plan stands on the warning of 05:20."""
    desk = Desk(store, seconds=0.5)
    store.replace_city(replace(make_city(), shifts=EARLY, people=people), desk.real_now)
    local = NOW.astimezone(HOME).replace(hour=5, minute=40) + timedelta(days=1)
    desk.wait(seconds=(local - NOW).total_seconds())
    desk.paste(WARNING)
    desk.loop.answer()
    desk.wait(minutes=10)
    return desk


def absent(desk: Desk, who: str):
    """Told at 05:50; the plan that answers."""
    day = desk.now.astimezone(HOME).date()
    wanted = DayChange(worker=("person", who), day=day, duty="absent", reason="发烧")
    assert change_day(desk.store, desk.drill, CONSOLE, wanted, desk.now)
    version = desk.loop.answer()
    desk.loop.stop()
    assert version.made_at.astimezone(HOME).time() < SHIFTS[0].start.replace(hour=6)
    return version, day


def test_a_senior_takes_over_before_six_and_everybody_is_told(store):
    desk = morning(store, PEOPLE)
    before = store.plans.current(desk.drill.id)
    version, day = absent(desk, "张班长")
    told = {message.code for message in version.changes}
    assert {"cause.roster_named", "team.away", "team.moved", "team.now"} <= told
    teams = {(one.day, team.key): team for one in version.teams for team in one.teams}
    assert teams[day, ("crew", "A1day")].members[0] in ("李班长", "李骨干")
    own = [one for one in version.teams if one.station_id == "B"]
    assert own == [one for one in before.teams if one.station_id == "B"], "nobody else is moved"
    out = [m for job in version.assignments for m in job.members if m.resource_id == "A1day"]
    assert out
    assert all("张班长" not in member.who for member in out if member.unit_id.endswith(str(day)))
    sheets = {sheet.station.id: sheet for sheet in station_sheets(version, store.city())}
    led = {said(Translator(), unit.leader) for unit in sheets["A"].units if unit.size > 1}
    assert any("张一" in line for line in led)
    for lang in LANGUAGES:
        changed = [Translator(lang).message(change) for change in version.changes]
        assert not any("team." in line or "roster." in line for line in changed), changed


def test_who_goes_home_in_the_shift_stands_at_no_post_and_on_no_sheet(store):
    """At nine the only other who may lead goes home: his crew gets another's people, and that one
    stands nowhere any more.
    """
    people = tuple(one for one in PEOPLE if one.id not in ("李班长", "赵骨干", "张二"))
    desk = morning(store, people)
    day = desk.now.astimezone(HOME).date()
    desk.wait(hours=3)
    before = store.plans.current(desk.drill.id)
    standing = {
        member.resource_id
        for job in before.assignments
        if job.start_at <= desk.now < job.end_at
        for member in job.members
    }
    assert {"A1day", "A2day"} <= standing
    wanted = DayChange(worker=("person", "李骨干"), day=day, duty="absent", reason="中暑")
    change_day(store, desk.drill, CONSOLE, wanted, desk.now)
    version = desk.loop.answer()
    (shift,) = (one for one in version.teams if one.key == (day, "day", "A"))
    (out,), (team,) = shift.out, shift.teams
    now_on = [job for job in version.assignments if job.end_at > desk.now]
    members = [one for job in now_on for one in job.members if f"{day}" in one.unit_id]
    assert out[1] not in {one.resource_id for one in members}
    own = [one for one in members if one.resource_id == team.crew_id]
    assert own
    assert {one.who for one in own} == {team.members}
    sheets = {sheet.station.id: sheet for sheet in station_sheets(version, store.city())}
    led = [said(Translator(), unit.leader) for unit in sheets["A"].units if unit.size > 1]
    assert any("张班长" in line for line in led)
    assert not any("李骨干" in line for line in led)
    desk.loop.stop()


def test_a_machine_whose_driver_goes_home_is_not_at_work(store):
    desk = morning(store, ())
    desk.wait(hours=3)
    before = store.plans.current(desk.drill.id)
    (job, member) = next(
        (job, member)
        for job in before.assignments
        if job.start_at <= desk.now < job.end_at
        for member in job.members
        if member.driver_id
    )
    day = desk.now.astimezone(HOME).date()
    wanted = DayChange(worker=("driver", member.driver_id), day=day, duty="absent")
    change_day(store, desk.drill, CONSOLE, wanted, desk.now)
    version = desk.loop.answer()
    desk.loop.stop()
    assert not [
        one
        for one in version.assignments
        if one.job_id == job.job_id and one.start_at <= desk.now < one.end_at
    ]


def test_where_no_legal_team_is_left_the_reason_and_the_nearest_are_told(store):
    alone = tuple(one for one in PEOPLE if one.crew_id != "A2day")
    desk = morning(store, alone)
    version, day = absent(desk, "张班长")
    (gap,) = (
        one for one in version.changes if one.code == "team.gap_crew" and one.facts["day"] == day
    )
    assert gap.facts["why"].code == "team.no_lead"
    assert gap.facts["fix"].facts["who"] == "赵骨干"
    units = {m.unit_id for job in version.assignments for m in job.members}
    assert not any(unit.startswith("A1day") and str(day) in unit for unit in units)
    assert "赵骨干" in Translator().message(gap)
