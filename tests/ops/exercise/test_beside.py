"""A drill beside real operation: a home of its own, events given once, and nothing leaves it."""

from datetime import timedelta

import pytest

from data.model.account import Awaits, Role
from data.model.duty_log import LogKind
from data.model.field import EventKind
from data.model.operation import OperationKind, TriggerKind
from data.store.leases import LEADER, LEASE_TTL
from data.store.store import Store
from ops import settings_page
from ops.analytics.history import read_history
from ops.auth.accounts import add_account, revoke_account
from ops.auth.permissions import CONSOLE
from ops.auth.second_factor import prove
from ops.auth.sessions import AccessSettings, acting, sign_in, signed_in
from ops.base.errors import CommandError, NotAllowed
from ops.base.messages import Translator
from ops.exercise import beside, injects
from ops.exercise.report import answers_table
from ops.exercise.script import FILE, Inject, InjectKind, read_script
from ops.settings import PAGE_FILE, load
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.makers import NOW, make_city
from tests.helpers.processes.sign_in_browser import GOOD
from tests.helpers.security.second_factor import code_at, set_up

SCRIPT = f"""
[[event]]
after = 0
kind = "warning"
text = "{YELLOW}"
[[event]]
after = 30
kind = "incident"
incident = "standing_water"
segment = "S3"
depth_cm = 30
[[event]]
after = 10
kind = "rain"
mm = [0, 4, 12.5, 20]
[[event]]
after = 20
kind = "refusal"
station = "A"
text = "人手不够"
[[event]]
after = 25
kind = "breakdown"
unit = "M-loader"
[[event]]
after = 40
kind = "note"
text = "对讲机中断十分钟，请各站用电话"
"""
MINUTE = timedelta(minutes=1)


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "storm.toml"
    path.write_text(SCRIPT, "utf-8")
    return path


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("after", '[[event]]\nafter = -1\nkind = "note"\ntext = "x"'),
        ("kind", '[[event]]\nafter = 1\nkind = "earthquake"'),
        ("text", '[[event]]\nafter = 1\nkind = "warning"'),
        ("incident", '[[event]]\nafter = 1\nkind = "incident"\nincident = "ufo"\nsegment = "S1"'),
        ("mm", '[[event]]\nafter = 1\nkind = "rain"\nmm = [1, "much"]'),
        ("colour", '[[event]]\nafter = 1\nkind = "note"\ntext = "x"\ncolour = "red"'),
    ],
)
def test_a_script_that_is_wrong_is_refused_by_its_event(tmp_path, what, text):
    path = tmp_path / FILE
    path.write_text(text, "utf-8")
    with pytest.raises(CommandError) as told:
        read_script(path)
    assert told.value.facts == {"number": 1, "what": what}


def test_the_home_has_the_district_and_accounts_and_no_way_out(store, tmp_path, script):
    """Real operation goes on as it was, whatever is done in the drill beside it."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").write_text(
        '[loop]\nsolve_seconds = 3.0\n[[channels]]\nname = "a"\nkind = "wecom"\n'
        'url_env = "SECRET"\n[notify]\nbase_url = "https://x.example"\n',
        "utf-8",
    )
    store.replace_city(make_city())
    add_account(store, CONSOLE, "王", Role.DUTY, "lightning over liaoyuan", NOW)
    real = store.operations.start(OperationKind.REAL, NOW, NOW)
    folder = beside.furnish(store, home, script, NOW, NOW)
    other = Store(beside.address(folder))
    drill = beside.drill_of(other)
    assert other.city() == store.city()
    assert [one.shown for one in other.accounts.all()] == ["王"]
    settings = load(folder).required()
    assert (settings.channels, settings.feeds, settings.loop.solve_seconds) == ((), (), 3.0)
    given = injects.give_due(other, drill, read_script(folder / FILE), NOW, NOW + MINUTE)
    assert given == [1]
    assert len(other.weather.alerts(drill.id)) == 1
    assert not store.weather.alerts(real.id)
    assert store.operations.current() == real
    again = beside.furnish(store, home, None, NOW, NOW)
    assert not (again / FILE).exists()
    assert not Store(beside.address(again)).weather.alerts(drill.id), "a drill before it is gone"
    other.close()


def test_nothing_that_leads_outside_is_set_up_in_the_drill_or_left_from_one_before(store, tmp_path):
    store.replace_city(make_city())
    feed = {"kind": "qweather", "name": "q"}
    folder = beside.furnish(store, tmp_path, None, NOW, NOW)
    with pytest.raises(NotAllowed):
        settings_page.save_row(folder, store, CONSOLE, "feeds", feed, NOW)
    (folder / PAGE_FILE).write_text('[notify]\nbase_url = "https://x.example"\n', "utf-8")
    assert load(folder).settings.notify.base_url
    assert not load(beside.furnish(store, tmp_path, None, NOW, NOW)).settings.notify.base_url


@pytest.mark.parametrize(
    "outside",
    [
        '  [[channels]]\n  name = "a"\n  kind = "wecom"\n  url_env = "SECRET"\n',
        '["notify"]\nbase_url = "https://x.example"\n',
        "[ 'notify' ]\nbase_url = \"https://x.example\"\n",
        '["noti\\u0066y"]\nbase_url = "https://x.example"\n',
    ],
)
def test_what_leads_outside_stays_behind_however_it_is_written(store, tmp_path, outside):
    (tmp_path / "settings.toml").write_text(f"[loop]\nsolve_seconds = 3.0\n{outside}", "utf-8")
    assert load(tmp_path).fault is None
    store.replace_city(make_city())
    settings = load(beside.furnish(store, tmp_path, None, NOW, NOW)).required()
    assert settings.channels == ()
    assert not settings.notify.base_url


def test_a_drill_that_is_running_is_not_taken_away(store, tmp_path):
    store.replace_city(make_city())
    running = Store(beside.address(beside.furnish(store, tmp_path, None, NOW, NOW)))
    token = running.leases.acquire(LEADER, "the loop", NOW, LEASE_TTL)
    with pytest.raises(CommandError, match="beside_runs"):
        beside.furnish(store, tmp_path, None, NOW, NOW + LEASE_TTL / 2)
    running.leases.release(LEADER, token)
    running.close()
    beside.furnish(store, tmp_path, None, NOW, NOW + LEASE_TTL / 2)


def test_the_script_of_the_drill_before_can_be_given_again(store, tmp_path, script):
    store.replace_city(make_city())
    folder = beside.furnish(store, tmp_path, script, NOW, NOW)
    again = beside.furnish(store, tmp_path, folder / FILE, NOW, NOW)
    assert read_script(again / FILE) == read_script(script)


@pytest.mark.parametrize("by", ["app", "paper"])
def test_who_has_a_second_factor_signs_in_to_the_drill_by_it(store, tmp_path, by):
    """By the app or by a code for paper, and only by them; real operation hears nothing of it."""
    store.replace_city(make_city())
    gone = add_account(store, CONSOLE, "李", Role.DUTY, GOOD, NOW)
    revoke_account(store, CONSOLE, "李", NOW)
    paper = set_up(store, acting(add_account(store, CONSOLE, "王", Role.DUTY, GOOD, NOW)))
    wang, later = store.accounts.get("王"), NOW + 60 * MINUTE
    drill = Store(beside.address(beside.furnish(store, tmp_path, None, NOW, NOW)))
    assert drill.accounts.get("王") == wang
    assert drill.accounts.get(gone.name) is None
    code = paper[0] if by == "paper" else code_at(store, "王", later)
    kept = sign_in(drill, AccessSettings(), "王", GOOD, "x", later)
    assert kept.awaits is Awaits.CODE
    with pytest.raises(NotAllowed):
        prove(drill, AccessSettings(), kept.secret, "000000", "x", later)
    opened = prove(drill, AccessSettings(), kept.secret, code, "x", later)
    assert signed_in(drill, AccessSettings(), opened.secret, later) is not None
    assert store.accounts.get("王") == wang
    assert store.accounts.count_recovery_codes(wang.id) == len(paper)
    added = add_account(drill, CONSOLE, "新", Role.DUTY, GOOD, NOW)
    assert added.id > wang.id
    drill.close()


def test_each_event_is_given_once_by_its_minute_or_the_button_and_answered(store, script):
    desk, events = Desk(store), read_script(script)
    begun, seen = desk.now, []
    for minutes in (0, 10, 10, 5, 5, 10):
        desk.wait(minutes=minutes)
        seen += injects.give_due(store, desk.drill, events, begun, desk.now)
        desk.loop.answer()
    assert seen == [1, 3, 4, 5, 2, 6]
    assert not injects.give_due(store, desk.drill, events, begun, desk.now)
    with pytest.raises(NotAllowed):
        injects.give(store, desk.drill, CONSOLE, events[0], desk.now)
    assert [one.kind for one in store.field.events(desk.drill.id)] == [EventKind.REFUSE]
    assert [one.depth_cm for one in store.field.incidents(desk.drill.id)] == [30.0]
    kinds = {one.kind for one in store.triggers.all(desk.drill.id)}
    assert kinds >= {
        TriggerKind.ALERT,
        TriggerKind.OUTAGE,
        TriggerKind.REFUSAL,
        TriggerKind.INCIDENT,
    }
    entries = store.duty_log.entries(desk.drill.id)
    assert [one.kind for one in entries] == [LogKind.INJECT] * 6
    history = read_history(store, desk.drill)
    table = answers_table(events, begun, entries, history, make_city(), Translator())
    rows = {row[0]: row for row in table.rows}
    assert all(rows[number][4] for number in (1, 2, 4, 5)), "each has a plan that answers it"
    assert rows[6][4] is None
    desk.loop.stop()


def test_what_can_not_be_done_is_said_below_and_real_operation_takes_none(store, drill):
    store.replace_city(make_city())
    broken = Inject(number=1, after=0 * MINUTE, kind=InjectKind.BREAKDOWN, unit="none such")
    injects.give(store, drill, CONSOLE, broken, NOW)
    given, below = store.duty_log.entries(drill.id)
    assert (below.kind, below.about) == (LogKind.CORRECTION, given.id)
    real = store.operations.start(OperationKind.REAL, NOW, NOW)
    with pytest.raises(NotAllowed) as told:
        injects.give(store, real, CONSOLE, broken, NOW)
    assert told.value.code == "script.only_drill"
