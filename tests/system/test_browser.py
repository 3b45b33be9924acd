"""Each person's main tasks, done for real in a browser against a running program."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.model.field import EventKind
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.field.notes import note
from ops.field.progress import concerned, homes
from ops.field.reports import Report, take_report
from ops.notifications.notices import NotifySettings
from ops.notifications.signed_links import Links
from tests.helpers.cases import all_cases
from tests.helpers.processes.browser_visits import playwright
from tests.helpers.processes.browsing import (
    CHROMIUM,
    DESKTOP,
    PATIENCE_MS,
    PHONE,
    Visit,
)

pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None, reason="BROWSER TESTS SKIPPED: no Chromium (apt install chromium)"
    ),
    pytest.mark.xdist_group("browser"),
]
expect = playwright.expect
expect.set_options(timeout=PATIENCE_MS)
SIZES = {"desktop": DESKTOP, "phone": PHONE}
PAGES = ("desk", "station", "manager", "setup", "admin")
LINKS = NotifySettings(base_url="http://127.0.0.1/")
WARNING = (
    "辽源市气象台2022年7月8日8时30分将暴雨黄色预警信号升级为暴雨橙色预警信号：预计未来3小时内，龙山区降雨量将"
    "达50毫米以上，请有关单位和人员做好防范准备。"
)


@pytest.fixture
def board(open_drill) -> str:
    """A running drill with its first plan."""
    return open_drill[0]


@pytest.fixture
def home(open_drill) -> Path:
    """Where that drill keeps what it has."""
    return open_drill[1]


def press(visit: Visit, key: str) -> None:
    visit.page.locator(f".st-key-{key} button").first.click()


def dialog(visit: Visit):
    return visit.page.get_by_role("dialog")


def planned(visit: Visit) -> int:
    """The number of the version that the desk shows."""
    card = visit.page.locator(".xb-card b", has_text="第").first
    card.wait_for()
    return int("".join(sign for sign in card.inner_text() if sign.isdigit()))


def newer(visit: Visit, than: int) -> None:
    visit.page.wait_for_function(
        "than => [...document.querySelectorAll('.xb-card b')].some(e => "
        "{ const n = e.innerText.match(/^第 ?(\\d+) ?版/); return n && +n[1] > than })",
        arg=than,
    )


@pytest.mark.parametrize("size", SIZES)
def test_every_page_in_both_sizes(board, visit, tmp_path, size):
    one = visit(SIZES[size])
    with all_cases() as case:
        for name in PAGES:
            with case(f"{name}-{size}"):
                one.open(f"{board}/{name}")
                one.quiet()
                one.page.screenshot(path=tmp_path / f"{name}-{size}.png", full_page=True)
                one.sound()


def test_the_chart_and_the_map_answer_a_hand(board, visit):
    one = visit()
    one.open(board)
    planned(one)
    page = one.page
    bars = page.locator(".xb-time a.xb-bar[data-drag]")
    bars.first.wait_for()
    bars.first.click()
    expect(dialog(one).locator(".xb-table")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog(one)).to_have_count(0)

    boxes = [each.bounding_box() for each in bars.all()]
    last = max(
        (number for number, box in enumerate(boxes) if box and box["width"] > 20),
        key=lambda number: boxes[number]["x"],
    )
    bars.nth(last).hover()  # it may lie below the screen
    bar = bars.nth(last).bounding_box()
    x, y = bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2
    page.mouse.down()
    page.mouse.move(x - 40, y, steps=4)
    expect(page.locator(".xb-drag")).to_be_visible()
    page.mouse.up()
    expect(page.locator(".xb-drag")).to_have_count(0)
    expect(dialog(one).locator(".xb-note").first).to_be_visible()  # its cost, or the rule it breaks
    press(one, "move_not")
    expect(dialog(one)).to_have_count(0)

    page.locator(".xb-map g.road path.hit").first.dispatch_event("click")
    expect(dialog(one).get_by_text("＋ 报告险情")).to_be_visible()
    dialog(one).get_by_text("＋ 报告险情").click()
    expect(dialog(one).locator("textarea")).to_be_visible()


def connection(visit: Visit, state: str) -> None:
    """Have the page look as Streamlit has it in this state."""
    app = "document.querySelector('[data-testid=stApp]')"
    visit.page.evaluate(f"state => {{ {app}.dataset.testConnectionState = state }}", state)


def test_what_was_typed_is_there_again_after_the_server_was_away(board, visit):
    one = visit()
    one.open(board)
    planned(one)
    press(one, "incident")
    dialog(one).locator("textarea").fill("桥下积水")
    connection(one, "PINGING_SERVER")
    one.page.wait_for_timeout(700)  # it is looked at twice a second
    one.page.keyboard.press("Escape")
    expect(one.page.locator("#xb-kept")).to_be_visible()
    connection(one, "CONNECTED")
    press(one, "incident")
    expect(dialog(one).locator("textarea")).to_have_value("桥下积水")
    assert "Press" not in dialog(one).inner_text()


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_in_each_theme_and_language(board, visit, tmp_path, name, size, lang, theme):
    one = visit(SIZES[size], color_scheme=theme)
    one.open(f"{board}/{name}?lang={lang}")
    one.quiet()
    one.page.screenshot(path=tmp_path / f"{name}-{size}-{lang}-{theme}.png", full_page=True)


def test_the_pages_scripts_come_packed(board, visit):
    one, packed = visit(), []
    one.page.on(
        "response",
        lambda answer: packed.append((answer.url, answer.headers.get("content-encoding"))),
    )
    one.open(board)
    scripts = [how for url, how in packed if url.endswith(".js")]
    assert scripts
    assert set(scripts) == {"gzip"}


@pytest.mark.parametrize(
    ("lang", "theme", "ground"),
    [("zh", "light", "rgb(243, 245, 247)"), ("en", "dark", "rgb(16, 23, 30)")],
)
def test_who_waits_for_the_scripts_reads_so_by_day_and_by_night(board, visit, lang, theme, ground):
    one, held, come = visit(PHONE, color_scheme=theme), [], []
    one.page.route(
        "**/static/js/**", lambda script: script.continue_() if come else held.append(script)
    )
    one.page.goto(f"{board}/?lang={lang}", wait_until="commit")
    opening = one.page.locator(".xb-opening")
    expect(opening).to_contain_text({"zh": "正在打开", "en": "Opening"}[lang])
    expect(opening).to_have_css("background-color", ground)
    late = opening.locator(".late")
    expect(late).to_have_css("opacity", "0")
    late.evaluate("line => line.getAnimations()[0].finish()")  # twenty seconds later
    expect(late).to_have_css("opacity", "1")
    come.append(True)
    for script in held:
        script.continue_()
    one.page.locator(".xb-brand").first.wait_for()
    expect(opening).to_have_count(0)


def test_a_switched_theme_is_there_before_the_scripts(board, visit):
    one = visit(color_scheme="dark")
    one.open(board)
    one.quiet()
    press(one, "theme")
    one.page.wait_for_function(
        "() => (localStorage.getItem('stActiveTheme-/-v2') || '').includes('Light')"
    )
    one.page.locator(".xb-brand").first.wait_for()
    one.page.route("**/static/js/**", lambda script: script.abort())
    one.page.goto(board, wait_until="commit")
    expect(one.page.locator(".xb-opening")).to_have_css("background-color", "rgb(243, 245, 247)")


def test_in_the_other_language_every_box_speaks_it(board, visit):
    """A box of choices went on showing the word that it was drawn with."""
    one = visit()
    one.open(board)
    box = one.page.locator(".st-key-jobs_station input")
    expect(box).to_have_value("全部站点", timeout=60_000)
    press(one, "language")
    one.page.get_by_text("Jobs today").first.wait_for()
    expect(box).to_have_value("All stations", timeout=60_000)


def test_an_address_that_is_no_page_shows_the_desk_and_its_buttons_work(board, visit):
    one = visit()
    one.open(f"{board}/nowhere")
    planned(one)
    press(one, "level")
    expect(dialog(one).get_by_text("等级").first).to_be_visible()


def test_the_desk_plans_again_and_sees_the_answer(board, visit):
    """A new version or, where nothing has changed, the word that it was looked at."""
    one = visit()
    one.open(board)
    before = planned(one)
    press(one, "plan_again")
    one.page.wait_for_function(
        "than => document.body.textContent.includes('复核，无变化') || "
        "[...document.querySelectorAll('.xb-card b')].some(e => "
        "{ const n = e.innerText.match(/^第 ?(\\d+) ?版/); return n && +n[1] > than })",
        arg=before,
    )


def test_a_pasted_warning_is_read_taken_and_planned_on(board, visit):
    one = visit()
    one.open(board)
    before = planned(one)
    press(one, "paste")
    dialog(one).locator("textarea").fill(WARNING)
    dialog(one).locator("textarea").blur()
    dialog(one).get_by_role("button", name="识别").click()
    press(one, "paste_take")
    newer(one, before)
    expect(one.page.locator(".xb-card b", has_text="暴雨橙色预警").first).to_be_visible()


def test_what_is_being_typed_is_not_lost_while_the_page_refreshes(board, visit):
    one = visit()
    one.open(board)
    planned(one)
    press(one, "incident")
    box = dialog(one).locator("textarea")
    box.fill("桥下积水，车辆熄火")
    one.page.wait_for_timeout(12_000)  # the absence of a change is what is looked for
    expect(box).to_have_value("桥下积水，车辆熄火")


@pytest.mark.slow
def test_a_level_is_ordered_in_three_actions(board, visit):
    one = visit(PHONE)
    one.open(board)
    before = planned(one)
    press(one, "level")
    proposed, other = (
        dialog(one).locator(".st-key-level_choice button", has_text=re.compile(f"^{level} 级"))
        for level in ("III", "II")
    )
    proposed.click()
    one.page.wait_for_timeout(
        3000
    )  # the absence of a change is what is looked for: what is chosen stays so
    expect(dialog(one)).to_contain_text("在四级基础上")
    other.click()
    expect(dialog(one)).to_contain_text("在三级基础上")
    press(one, "level_do")
    newer(one, before)


@pytest.mark.slow
def test_a_crew_taken_out_of_action_is_planned_without(board, visit):
    one = visit()
    one.open(board)
    before = planned(one)
    press(one, "unit")
    dialog(one).locator(".st-key-unit_choice input").fill("新兴四班")
    one.page.get_by_role("option").first.click()
    dialog(one).get_by_role("button", name="停用并重新排班").click()
    newer(one, before)


def link(home: Path, station: str) -> str:
    """The way to a station's sheet of the plan in force."""
    store = Store(f"sqlite:///{home / 'xunban.db'}")
    operation = store.operations.current()
    version = store.plans.current(operation.id)
    token = Links(store, LINKS, lambda: datetime.now(UTC)).token(
        operation.id, version.number, station
    )
    store.close()
    return f"/s/{token}"


def test_a_chief_answers_from_the_link_without_a_network_and_it_is_sent_later(board, home, visit):
    desk = visit()
    desk.open(board)
    planned(desk)
    store = Store(f"sqlite:///{home / 'xunban.db'}")
    operation = store.operations.current().id
    before = len(store.field.events(operation))
    one = visit(PHONE, has_touch=True)
    one.page.goto(board + link(home, "ST1"))
    one.page.locator("body[data-kept]").wait_for()
    one.page.context.set_offline(True)
    one.page.reload()  # it opens without a network, from what the phone has kept
    one.page.locator("article").first.wait_for()
    expect(one.page.locator("#offline")).to_be_visible()
    one.page.locator("button[data-kind=accept]").first.click()
    expect(one.page.locator("#unsent")).to_be_visible()
    one.page.reload()
    expect(one.page.locator("#unsent")).to_be_visible()
    one.page.context.set_offline(False)
    expect(one.page.locator("#unsent")).to_be_hidden()
    assert len(store.field.events(operation)) == before + 1
    job = one.page.locator("article:has(button[data-inlet])").first
    job.locator("button[data-kind=depart]").click()
    job.locator(".each summary").click()
    blocked = job.locator("button[data-kind=inlet_blocked]").first
    blocked.click()
    expect(blocked).to_have_attribute("aria-pressed", "true")
    expect(one.page.locator("#unsent")).to_be_hidden()
    event = store.field.events(operation)[-1]
    assert (event.kind, event.inlet_id) == ("inlet_blocked", blocked.get_attribute("data-inlet"))
    with one.page.expect_navigation():  # the page is loaded anew once that is sent
        one.page.locator("#back button").click()  # a wrong tap
    one.page.locator("article").first.wait_for()
    expect(one.page.locator("#unsent")).to_be_hidden()
    assert event.event_id not in {each.event_id for each in store.field.events(operation)}
    job = one.page.locator("article:has(button[data-inlet])").first
    job.locator(".each summary").click()
    job.locator("button[data-opens=inlet_skipped]").first.click()
    job.locator("button[data-reason=car_on_it]").first.click()
    expect(one.page.locator("#unsent")).to_be_hidden()
    event = store.field.events(operation)[-1]
    assert (event.kind, event.reason) == ("inlet_skipped", "car_on_it")
    come_later(one, store, operation)
    report_water(one, store, operation)
    answer_for_one_crew(one, store, operation)
    store.close()


def come_later(one: Visit, store: Store, operation: int) -> None:
    """The minutes and the reason are tapped; without minutes nothing is sent."""
    form = one.page.locator("#ask")
    one.page.locator("article[data-stage=under_way] button[data-kind=delay]").first.click()
    form.get_by_text("堵车", exact=True).click()
    expect(form.locator(".wrong")).to_be_visible()
    form.get_by_text("30分钟", exact=True).click()
    with one.page.expect_response("**/events"):
        form.get_by_text("堵车", exact=True).click()
    expect(one.page.locator("#unsent")).to_be_hidden()
    event = store.field.events(operation)[-1]
    assert (event.kind, event.amounts, event.reason) == ("delay", {"minutes": 30}, "堵车")


def report_water(one: Visit, store: Store, operation: int) -> None:
    """An incident on a road of another station's, found by its name; nothing is chosen before."""
    form, before = one.page.locator("#ask"), len(store.field.incidents(operation))
    one.page.locator("nav button[data-kind=incident]").click()
    expect(form.locator("#roads label").first).to_be_visible()
    assert form.locator("input:checked").count() == 0
    form.locator("button[value=yes]").click()
    expect(form.locator(".wrong")).to_be_visible()
    form.get_by_text("路面积水", exact=True).click()
    road = next(each for each in store.city().segments if each.station_id != "ST1")
    form.locator("input[name=road]").fill(road.road)
    form.locator(f"#roads label:has(input[value='{road.id}'])").click()
    with one.page.expect_response("**/events"):  # it is queued after the dialog has closed
        form.locator("button[value=yes]").click()
    expect(one.page.locator("#unsent")).to_be_hidden()
    found = store.field.incidents(operation)
    assert (len(found), found[-1].segment_id, found[-1].kind) == (
        before + 1,
        road.id,
        "standing_water",
    )


def answer_for_one_crew(one: Visit, store: Store, operation: int) -> None:
    """The crew's own page, as its leader gets it: its jobs, and an answer for these alone."""
    one.page.goto(
        re.match(r"http://[^/]+", one.page.url)[0]
        + one.page.locator("button[data-link]").first.get_attribute("data-link")
    )
    shown = one.page.locator("article[data-stage=open]")
    jobs = {job for each in shown.all() for job in json.loads(each.get_attribute("data-jobs"))}
    known = {each.event_id for each in store.field.events(operation)}
    one.page.locator("#accept_all").click()
    expect(one.page.locator("#unsent")).to_be_hidden()
    new = [each for each in store.field.events(operation) if each.event_id not in known]
    assert {each.job_id for each in new} == jobs


BEYOND = """() => [...document.querySelectorAll(
  ".xb-wallfix > *, [class*=st-key-wall_] .stHtml > *, [class*=st-key-wall_] .marks")]
  .filter((one) => {
    const at = one.getBoundingClientRect();
    return at.bottom > innerHeight + 1 || at.right > innerWidth + 1;
  })
  .map((one) => one.className)"""
"""What of the wall lies beyond the screen."""


def told_for_them(desk: Visit) -> None:
    """Report for the crew in the job's dialog."""
    fold = dialog(desk).locator("details", has_text="代报").first
    fold.wait_for()
    if fold.get_attribute("open") is None:  # what presses stands open, or is just opening
        fold.locator("summary").click()
    who = dialog(desk).get_by_label("谁报的")
    expect(who).to_be_visible()
    who.fill("李站长")
    dialog(desk).get_by_role("button", name="记下").click()
    expect(dialog(desk)).to_be_hidden()


def test_a_refusal_and_a_call_stand_on_desk_and_wall_until_they_are_seen_to(board, home, visit):
    desk, wall = visit(), visit()
    desk.open(board)
    before = planned(desk)
    store = Store(f"sqlite:///{home / 'xunban.db'}")
    operation = store.operations.current()
    now = operation.now(datetime.now(UTC))
    version, city = store.plans.current(operation.id), store.city()
    job = max(
        (job for job in version.assignments if job.start_at > now), key=lambda job: job.start_at
    )
    station = sorted(concerned(job, homes(city)))[0]
    refusal = Report(
        event_id="browser-refusal",
        version=version.number,
        station_id=station,
        kind=EventKind.REFUSE,
        job_id=job.job_id,
        reason="车在别处",
    )
    assert take_report(store, operation, CONSOLE, refusal, now)
    line = desk.page.locator(".st-key-needs .xb-need", has_text="车在别处")
    expect(line).to_be_visible()
    expect(desk.page.locator(".xb-needs-mark")).to_be_visible()
    wall.go(f"{board}/?wall=1")
    expect(wall.page.locator(".xb-wallneeds", has_text="车在别处")).to_be_visible()
    expect(wall.page.locator(".xb-ready")).to_be_visible()
    expect(wall.page.locator(".xb-wallhead .xb-mark")).to_be_visible()
    expect(wall.page.locator(".stApp")).to_have_attribute("style", re.compile("scale"))
    assert wall.page.evaluate(BEYOND) == [], "something of the wall is cut off"
    assert note(store, operation, CONSOLE, refusal.event_id, station, "改派", now)
    expect(line).to_be_hidden()
    newer(desk, before)  # a job that the refusal's plan takes away meanwhile has no dialog
    desk.page.locator('[class*="st-key-job_"] button').first.click()
    told_for_them(desk)
    assert [one.told_by for one in store.field.events(operation.id) if one.told_by] == ["李站长"]
    desk.sound()
    store.close()


def test_a_broken_table_is_refused_with_its_rows(board, visit, tmp_path):
    from openpyxl import load_workbook

    one = visit()
    one.open(f"{board}/setup")
    with one.page.expect_download() as got:
        press(one, "export_city")
    path = tmp_path / "district.xlsx"
    got.value.save_as(path)
    book = load_workbook(path)
    sheet = book["班组"]
    column = next(cell.column for cell in sheet[1] if cell.value and "班次" in str(cell.value))
    sheet.cell(2, column).value = "没有的班次"
    book.save(path)
    data = one.page.get_by_role("region", name="上传辖区数据")
    data.locator("input[type=file]").set_input_files(path)
    expect(one.page.get_by_text("1处错误", exact=False).first).to_be_visible()
    expect(one.page.locator("table.xb-table td", has_text="没有的班次").first).to_be_visible()
