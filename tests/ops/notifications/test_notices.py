"""Who is told what, in what words, and who is told next."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.message import Message
from data.model.notice import NoticeState
from data.model.plan import JobKind, UnassignedJob, UnitKind
from ops.base.messages import Translator
from ops.notifications.channels import ChannelSettings
from ops.notifications.notices import NOWHERE, NotifySettings, escalations, notices_for, text_of
from tests.helpers.makers import NOW, local, make_assignment, make_city, make_notice, make_version

CITY = make_city()
SETTINGS = NotifySettings()
ADDED = Message("change.added", {"job": "永宁路清掏", "team": ("A1白班",), "start": local(9)})
CAUSE = Message("cause.forecast", {"at": NOW})


def make_channel(name: str = "甲站群", **how) -> ChannelSettings:
    return ChannelSettings(
        **({"name": name, "kind": "wecom", "url": "https://host/x", "drill": True} | how)
    )


def plan(number: int = 1, changes=(CAUSE, ADDED), **how):
    """A plan of the small town: crew A1day of station A clears inlets."""
    job = make_assignment("clear:S1", "A1day@2022-07-08")
    member = replace(job.members[0], resource_id="A1day", kind=UnitKind.CREW)
    job = replace(job, members=(member,), station_id="A")
    return make_version(
        1, number, assignments=(job,), left_out=(), rests=(), changes=tuple(changes), **how
    )


def told(old, new, channels, colour="orange", settings=SETTINGS):
    return notices_for(old, new, CITY, channels, colour, NOW, settings)


def test_the_first_plan_is_told_to_every_station_and_a_later_one_to_those_it_changes():
    first = told(None, plan(), [make_channel()])
    assert [(one.station_id, one.channel, one.step, one.urgency, one.state) for one in first] == [
        ("A", "甲站群", 0, 3, NoticeState.PENDING),
        ("B", "甲站群", 0, 3, NoticeState.PENDING),
    ]
    later = told(plan(), plan(2), [make_channel()])
    assert [(one.station_id, one.version) for one in later] == [("A", 2)]
    assert told(plan(), plan(2, changes=(CAUSE, Message("change.none"))), [make_channel()]) == ()


def test_a_message_is_short_and_says_why_what_and_how_much():
    short = NotifySettings(max_lines=2)
    (notice,) = told(
        plan(), plan(2, changes=[CAUSE, *[ADDED] * 9]), [make_channel()], settings=short
    )
    text = text_of(replace(notice, id=7), CITY, True, Translator("zh"), "https://host/s/abc", (1,))
    assert text == (
        "【汛班·演练】甲站 第2版出勤单（通知7号），仅为演练\n"
        "第1版的通知未能送达，以本版为准\n"
        "收到新的降雨预报（08:20）\n"
        "· 新增：永宁路清掏，09:00开始，由A1白班承担\n"
        "· 新增：永宁路清掏，09:00开始，由A1白班承担\n"
        "另有7项变化，见出勤单\n"
        "本站今后1组、1项任务，最早08:20出发\n出勤单：https://host/s/abc"
    )


def test_a_station_without_work_and_one_with_work_left_out_hear_of_it():
    left = UnassignedJob(
        job_id="jet:S3",
        kind=JobKind.JET,
        phase="after",
        segment_id="S3",
        station_id="B",
        risk=None,
        why=CAUSE,
    )
    notices = told(None, replace(plan(fallback=True), left_out=(left,)), [make_channel()])
    assert [line.code for line in notices[1].body] == [
        "cause.forecast",
        "notify.fallback",
        "notify.no_work",
        "notify.left",
    ]


def test_work_that_is_over_is_not_counted():
    over = make_version(
        1, 2, assignments=plan().assignments, left_out=(), rests=(), changes=(CAUSE, ADDED)
    )
    (notice,) = notices_for(
        plan(), over, CITY, [make_channel()], None, NOW + timedelta(hours=5), SETTINGS
    )
    assert notice.body[-1].code == "notify.no_work"
    assert notice.urgency == 0


def test_a_drill_goes_only_where_drills_may():
    assert told(None, plan(drill=True), [make_channel(drill=False)]) == ()
    assert told(None, plan(drill=False), [make_channel(drill=False)]) != ()


def test_each_station_has_its_own_channels_and_all_of_them():
    channels = [
        make_channel("甲", stations=("A",)),
        make_channel("乙", stations=("B",)),
        make_channel("邮"),
    ]
    assert [(one.station_id, one.channel) for one in told(None, plan(), channels)] == [
        ("A", "甲"),
        ("A", "邮"),
        ("B", "乙"),
        ("B", "邮"),
    ]


def test_where_the_chief_has_no_channel_the_next_one_is_told_and_where_none_has_the_desk_sees_it():
    channels = [make_channel("副", role="deputy", stations=("A",))]
    notices = told(None, plan(), channels)
    assert [
        (one.station_id, one.channel, one.step, one.state, one.last_error) for one in notices
    ] == [
        ("A", "副", 1, NoticeState.PENDING, None),
        ("B", NOWHERE, 0, NoticeState.FAILED, Message("channel.none")),
    ]
    assert told(None, plan(), []) == ()


@pytest.mark.parametrize(
    ("attempts", "error", "again"),
    [
        (1, None, False),
        (2, None, True),
        (2, "channel.late", True),
        (2, "channel.http", False),
    ],
)
def test_what_may_have_arrived_already_says_so(attempts, error, again):
    notice = make_notice(1, id=7, attempts=attempts, last_error=error and Message(error))
    assert ("以一次为准" in text_of(notice, CITY, False, Translator("zh"), None)) is again


# --- who is told next ---


def passed(notices, minutes: float, channels=None, settings=SETTINGS):
    channels = channels or [make_channel("副", role="deputy"), make_channel("台", role="desk")]
    found = escalations(notices, NOW + timedelta(minutes=minutes), CITY, channels, True, settings)
    return [(one.station_id, one.step, one.channel) for one in found]


@pytest.mark.parametrize(
    ("urgency", "minutes", "steps"),
    [(0, 29.9, []), (0, 30, [1]), (3, 9.9, []), (3, 10, [1]), (4, 5, [1])],
)
def test_what_nobody_confirms_goes_to_the_deputy_when_its_time_is_over(urgency, minutes, steps):
    notice = make_notice(1, urgency=urgency, state=NoticeState.SENT, sent_at=NOW)
    assert [step for _, step, _ in passed([notice], minutes)] == steps


def test_then_to_the_desk_and_no_further():
    chief = make_notice(1, urgency=3, state=NoticeState.SENT, sent_at=NOW)
    deputy = replace(chief, step=1, created_at=NOW + timedelta(minutes=10))
    assert passed([chief, deputy], 14.9) == []
    assert passed([chief, deputy], 15) == [("A", 2, "台")]
    assert passed([chief, deputy, replace(deputy, step=2)], 600) == []


def test_what_has_failed_for_good_goes_on_at_once_but_not_while_another_channel_may_carry_it():
    failed = make_notice(1, state=NoticeState.FAILED)
    assert passed([failed], 0) == [("A", 1, "副")]
    assert passed([failed, replace(failed, channel="邮", state=NoticeState.PENDING)], 0) == []


def test_a_step_without_a_channel_or_a_time_is_left_out():
    notice = make_notice(1, urgency=3, state=NoticeState.SENT, sent_at=NOW)
    assert passed([notice], 14, [make_channel("台", role="desk")]) == []
    assert passed([notice], 15, [make_channel("台", role="desk")]) == [("A", 2, "台")]
    never = NotifySettings(deputy_minutes=(0.0,) * 5)
    assert passed([notice], 14, settings=never) == []
    assert passed([notice], 15, settings=never) == [("A", 2, "台")]


def test_who_is_told_next_is_told_why():
    notice = make_notice(1, urgency=3, state=NoticeState.SENT, sent_at=NOW)
    channels = [make_channel("副", role="deputy"), make_channel("台", role="desk")]
    (deputy,) = escalations([notice], NOW + timedelta(minutes=12), CITY, channels, True, SETTINGS)
    t = Translator("zh").message
    assert t(deputy.body[0]) == "通知未确认已12分钟，转告甲站副站长"
    undelivered = [replace(notice, state=NoticeState.PENDING, sent_at=None), replace(deputy, id=8)]
    (desk,) = escalations(undelivered, NOW + timedelta(minutes=20), CITY, channels, True, SETTINGS)
    assert [t(line) for line in desk.body[:1]] == ["通知未送达已20分钟，转告值班台"]
    assert desk.body[1:] == notice.body


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "fr"},
        {"max_lines": 0},
        {"base_url": "host"},
        {"deputy_minutes": (1.0,)},
        {"desk_minutes": (1.0, 2.0, 3.0, 4.0, -5.0)},
        {"desk_minutes": ("1", 2, 3, 4, 5)},
    ],
)
def test_settings_that_can_t_be_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        NotifySettings(**wrong)
