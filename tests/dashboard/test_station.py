"""The chief's page: only his own station, this shift and the next, and what he reports is kept by
the same rules.
"""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.core.board import forget
from dashboard.render import duty_cards
from dashboard.views.station import page as station
from data.model.message import Message
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.documents import labels as words
from ops.field.progress import own_jobs
from ops.field.questions import answer
from ops.planning.duty_sheets import station_sheets
from tests.helpers.pages import checked, fill, text
from tests.helpers.town import NOW, make_city, make_version, minutes

PAGE = """
from dataclasses import replace
from datetime import UTC, datetime
from dashboard.views.station import page as station
from dashboard.core.board import open_board
from data.model.account import Role
from ops.auth.permissions import Actor
board = open_board(lambda: datetime.now(UTC))
station.show(replace(board, viewer=Actor(name="王站长", role=Role("ROLE"), station_id=STATION)))
"""
# In a browser a dialog runs as a part of its own; here its steps are the whole page.
STEPS = """
from dataclasses import replace
from datetime import UTC, datetime
from dashboard.views.station import report_buttons as answers
from dashboard.core.board import open_board
from data.model.account import Role
from ops.auth.permissions import Actor
board = open_board(lambda: datetime.now(UTC))
board = replace(board, viewer=Actor(name="王站长", role=Role.CHIEF, station_id="S1"))
version, city = board.situation.version, board.city
one, job = city.stations[0], version.assignments[0]
answers.STEP
"""


def page(role: str = "chief", own: str | None = "S1", lang: str = "zh", **asked: str) -> AppTest:
    shown = AppTest.from_string(
        PAGE.replace("ROLE", role).replace("STATION", repr(own)), default_timeout=30
    )
    for name, value in {"lang": lang, **asked}.items():
        shown.query_params[name] = value
    return checked(shown.run())


def dialog(step: str) -> AppTest:
    return checked(
        AppTest.from_string(
            STEPS.replace("answers.STEP", f"answers.{step}"), default_timeout=30
        ).run()
    )


def press(shown: AppTest, key: str) -> AppTest:
    next(button for button in shown.button if button.key == key).click()
    return checked(shown.run())


def send(shown: AppTest, words: str | None = None) -> AppTest:
    if words:
        shown.text_area(key="said").input(words)
    next(button for button in shown.button if button.label == Translator()("phone.send")).click()
    return checked(shown.run())


def keys(shown: AppTest) -> set[str]:
    return {button.key for button in shown.button}


def events(store) -> list[tuple]:
    return [
        (str(event.kind), event.job_id, event.reason, event.by)
        for event in store.field.events(store.operations.current().id)
    ]


def test_a_chief_sees_his_own_station_whatever_the_address_says(url):
    fill(url)
    shown = page(station="S2")
    assert "西宁管理站" in text(shown)
    assert "安宁管理站" not in text(shown)
    assert not [one for one in shown.get("button_group") if one.key == "station"]
    assert "安宁管理站" in text(page("duty", None, station="S2"))
    assert Translator()("station.none") in text(page("chief", None)), (
        "a chief without a station sees none"
    )


def test_the_inlets_of_one_s_own_roads_are_counted_by_state_and_age(url):
    city = fill(url).city()
    own = [one for one in city.inlets if city.segment_by_id[one.segment_id].station_id == "S1"]
    assert 0 < len(own) < len(city.inlets)
    assert f"雨水口 {len(own)} 个：已知堵塞 0，" in text(page())


def test_who_only_reads_has_no_buttons(url):
    fill(url)
    assert not keys(page("manager", None, station="S1")) & {
        "all_accept",
        "incident",
        "accept_jet:G01",
        "out_C2",
    }
    assert {"all_accept", "incident", "accept_jet:G01", "out_C2"} <= keys(page())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_job_goes_from_button_to_button_until_it_is_done(url, lang):
    store = fill(url)
    shown = page(lang=lang)
    for kind in ("accept", "depart", "arrive"):
        shown = press(shown, f"{kind}_jet:G01")
    assert [(kind, job) for kind, job, _, _ in events(store)] == [
        ("accept", "jet:G01"),
        ("depart", "jet:G01"),
        ("arrive", "jet:G01"),
    ]
    assert Translator(lang)("stage.on_site") in text(shown)
    assert "clear_jet:G01" in keys(shown)
    assert not {"accept_jet:G01", "depart_jet:G01", "arrive_jet:G01"} & keys(shown)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_chief_reads_the_answer_to_his_question(url, lang):
    store, t = fill(url), Translator(lang)
    send(dialog("_in_words(board, one, version, answers.EventKind.ASK)"), "水泵放哪里？")
    assert t("phone.waits") in text(page(lang=lang))
    drill, (asked,) = store.operations.current(), store.field.events(1)
    answer(store, drill, CONSOLE, asked.event_id, "东侧路口", drill.now(NOW))
    forget()
    shown = text(page(lang=lang))
    assert t("phone.waits") not in shown
    assert "水泵放哪里？" in shown
    assert "东侧路口" in shown


def test_the_whole_sheet_is_accepted_by_name(url):
    store = fill(url)
    press(page(), "all_accept")
    assert events(store) == [("accept", None, None, "王站长")]


def test_amounts_of_cleared_work_are_kept(url):
    store = fill(url)
    shown = dialog("_cleared(board, one, version, job)")
    shown.number_input(key="silt_m3").set_value(0.4)
    shown.number_input(key="inlets").set_value(6)
    send(shown, "已清")
    (event,) = store.field.events(store.operations.current().id)
    assert (str(event.kind), event.amounts, event.reason) == (
        "clear",
        {"silt_m3": 0.4, "inlets": 6.0},
        "已清",
    )


def test_a_delay_is_told_with_its_minutes_and_why(url):
    store = fill(url)
    send(dialog("_later(board, one, version, job)"))
    assert events(store) == [], "nobody's minutes are guessed"
    shown = dialog("_later(board, one, version, job)")
    shown.button_group(key="later_minutes").set_value(30)
    shown.button_group(key="later_why").set_value("traffic")
    send(shown)
    (event,) = store.field.events(store.operations.current().id)
    assert (str(event.kind), event.amounts, event.reason) == ("delay", {"minutes": 30.0}, "堵车")
    forget()
    assert {"late_jet:G01", "accept_jet:G01"} <= keys(page()), "the crew still comes"


def test_each_inlet_is_told_on_its_own_and_of_the_others_nothing(url):
    store = fill(url)
    shown = dialog("_each_inlet(board, one, version, job)")
    shown.segmented_control(key="inlet_G00-02").set_value("inlet_blocked")
    send(shown)
    (event,) = store.field.events(store.operations.current().id)
    assert (str(event.kind), event.inlet_id) == ("inlet_blocked", "G00-02")


def test_an_inlet_is_left_with_its_reason_and_all_others_are_told_at_once(url):
    store = fill(url)
    shown = dialog("_each_inlet(board, one, version, job)")
    shown.segmented_control(key="inlet_G00-02").set_value("welded")
    shown.checkbox(key="inlet_others").check()
    send(shown)
    events = store.field.events(store.operations.current().id)
    told = {event.inlet_id: (str(event.kind), event.reason) for event in events}
    assert told.pop("G00-02") == ("inlet_skipped", "welded")
    assert set(told.values()) == {("inlet_cleared", None)}
    assert len(told) == 7


@pytest.mark.parametrize(
    ("step", "words", "kept"),
    [
        (
            "_in_words(board, one, version, 'refuse', job)",
            "缺人",
            ("refuse", "clear:G00", "缺人", "王站长"),
        ),
        (
            "_in_words(board, one, version, 'ask')",
            "泵车何时到",
            ("ask", None, "泵车何时到", "王站长"),
        ),
        (
            "_in_words(board, one, version, 'help', job)",
            None,
            ("help", "clear:G00", None, "王站长"),
        ),
        (
            "_hand_over(board, one, version, city)",
            "李副站长",
            ("hand_over", None, "李副站长", "王站长"),
        ),
    ],
)
def test_what_is_said_in_words_is_kept_with_them(url, step, words, kept):
    store = fill(url)
    step = (
        step.replace("'refuse'", "answers.EventKind.REFUSE")
        .replace("'ask'", "answers.EventKind.ASK")
        .replace("'help'", "answers.EventKind.HELP")
    )
    if words:
        send(dialog(step))
        assert events(store) == [], "without words nothing is sent"
    send(dialog(step), words)
    assert events(store) == [kept]


def test_an_incident_is_reported_on_one_s_own_road(url):
    store = fill(url)
    shown = dialog("_incident(board, one, city)")
    assert len(shown.selectbox(key="incident_place").options) == len(
        [one for one in make_city().segments if one.station_id == "S1"]
    )
    shown.selectbox(key="incident_kind").set_value("fallen_tree")
    shown.number_input(key="incident_depth").set_value(12.0)
    send(shown, "压断护栏")
    (kept,) = store.field.incidents(store.operations.current().id)
    assert (kept.kind, kept.depth_cm, kept.text, kept.by, kept.source) == (
        "fallen_tree",
        12.0,
        "压断护栏",
        "王站长",
        "crew",
    )


def test_a_machine_of_one_s_own_goes_out_and_comes_back(url):
    store = fill(url)
    shown = dialog("_out(board, 'M1')")
    shown.text_area(key="said").input("爆胎")
    next(button for button in shown.button if button.label == Translator()("station.out")).click()
    checked(shown.run())
    operation = store.operations.current()
    assert [(one.resource_id, one.reason, one.by) for one in store.desk.outages(operation.id)] == [
        ("M1", "爆胎", "王站长")
    ]
    press(page(), "back_M1")
    assert [one.ended_by for one in store.desk.outages(operation.id)] == ["王站长"]
    foreign = AppTest.from_string(
        STEPS.replace("answers.STEP", "answers.safe(answers._out)(board, 'M2')"), default_timeout=30
    ).run()
    foreign.text_area(key="said").input("不是我的")
    next(button for button in foreign.button if button.label == Translator()("station.out")).click()
    foreign.run()
    assert len(store.desk.outages(operation.id)) == 1, "another station's is not his to take out"


# --- what the page is made of ---


def test_this_shift_and_the_next_by_the_local_clock():
    now, after = duty_cards.shift_windows(make_city(), NOW)
    assert [f"{at.astimezone(Translator().zone):%H:%M}" for at in (*now, *after)] == [
        "08:00",
        "00:00",
        "00:00",
        "08:00",
    ]
    assert duty_cards.shift_windows(make_city(shifts=()), NOW)[0] == (
        NOW - timedelta(hours=12),
        NOW + timedelta(hours=12),
    )


def test_a_shift_s_sheet_holds_what_is_set_out_for_in_it_and_what_goes_on():
    sheet = station_sheets(make_version(), make_city())[0]
    own = own_jobs(make_version(), "S1", make_city())

    def shown(start: int, end: int) -> list[str]:
        return [
            job.job_id
            for job in duty_cards.jobs_of(
                duty_cards.within(sheet, (minutes(start), minutes(end))), own
            )
        ]

    assert shown(0, 60) == ["pump:G01:1", "jet:G01"]
    assert "guard:G00:1" not in shown(0, 60)
    assert {"pump:G01:1"} <= set(shown(100, 200))
    assert duty_cards.within(sheet, None) is sheet


def test_tools_are_told_once_for_each_kind_of_work():
    jobs = [*make_version().assignments, *make_version().assignments]
    told = duty_cards.tools(jobs, Translator())
    assert told.count(Translator()("tools.pump")) == 1


def test_what_was_missed_is_told_version_by_version_and_no_further_than_ten():
    versions = {
        number: make_version(
            number=number,
            changes=(Message("made.up", {"n": number}),),
            published_at=None if number == 3 else NOW,
        )
        for number in range(1, 31)
    }
    board = SimpleNamespace(version=lambda _, number: versions[number])

    def missed(number: int, seen: int) -> list[int]:
        found = station.changes_since(
            board, make_city().stations[0], versions[number], make_city(), seen
        )
        return [each for each, _ in found]

    assert missed(5, 1) == [5, 4, 2], "a draft was never seen by anybody"
    assert missed(5, 5) == []
    assert missed(30, 1) == list(range(30, 20, -1))


def test_another_station_s_yard_is_called_by_its_name():
    job = next(job for job in make_version().assignments if job.segment_id is None)
    assert words.work_place(Translator(), make_city(), job, "S2") == Translator()(
        "board.at_station"
    )
    assert words.work_place(Translator(), make_city(), job, "S1") == "安宁管理站"
