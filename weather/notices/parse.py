"""A pasted Chinese warning, as officers copy it from a group chat, a web page or a telephone
message.

It is read from its signals (暴雨黄色预警信号) outward: ``signals`` finds them, ``heads`` who does
what to them and when, ``amounts`` how much. What is not said stays ``None``; what is uncertain is a
doubt; a text that is no warning is refused with the reason. Nothing is guessed.
"""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from weather import message_codes
from weather.hazards import GRADED, level_of, severity_of
from weather.model import Action, Alert, AlertStatus, BadPayload, Level, digest_of
from weather.notices.amounts import Rain, rain
from weather.notices.heads import LABELLED, Head, heads
from weather.notices.issuers import bodies, bodies_in
from weather.notices.places import forecast_places, labelled_places
from weather.notices.signals import WHITE, Pair, join_date, unfold_form
from weather.notices.text import (
    BEIJING,
    SKEW,
    TIMES,
    WrittenTime,
    as_written,
    clean,
    simplified,
    time_pattern,
    without_tags,
)

PROVIDER = "notice"
#: A notice has some hundred characters, with all its advice some thousand.
MAX_CHARS = 20_000
#: A notice without a year that is older than this when it comes is not the usual case.
FRESH = timedelta(days=30)
_DRILL = "演练|演习|推演|测试|试发|脚本"
#: Said in brackets, of the message itself, as a heading of its own, or of what kind its words are.
_DRILL_WORDS = re.compile(
    rf"[【\[(「《“\"][^】\])」》”\"]{{0,12}}({_DRILL})|"
    rf"(?:此|本|该|以上|下列|以下|这)[^,。;\n]{{0,10}}?(?:为|是|系|属于?)[^,。;\n]{{0,8}}({_DRILL})|"
    rf"(?:仅供|仅用于|用于|供)[^,。;\n]{{0,8}}?({_DRILL})|"
    rf"(?:^|[\n。;])[^\n。,;:]{{0,8}}({_DRILL})[^\n。,;:]{{0,4}}(?:[:!]|\n|$|-)|"
    rf"({_DRILL})(?:信息|内容|短信|消息|脚本|专用|使用|用语|稿|样例|数据|文本|预警|勿|请勿|,?请忽略|,?请勿|{_DRILL})|"
    rf"({_DRILL})[^,。;\n]{{0,4}}(?:演练|演习)|(?:^|[\n。;,!])({_DRILL})(?:结束|开始)|"
    rf"({_DRILL})[^。\n]{{0,8}}(?:非真实|不是真实|请勿当真)",
)
_TEST_WORDS = "测试|试发"
#: The same in English, as translated messages say it.
_DRILL_ENGLISH = re.compile(
    r"\bthis is (?:only )?an? (?P<what>test|exercise|drill)\b|"
    r"^\W*(?P<head>test|exercise|drill)\b(?=\W*(?:test|exercise|drill|message|only|[-:!.\])]|$))|"
    r"\b(?P<kind>test|exercise|drill) (?:message|only)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile("(?:请|防御指南|防御措施|温馨提示).{3,}", re.DOTALL)
_DATE = re.compile(
    r"(?:(?P<year>\d{4})[年-])?(?P<month>\d{1,2})[月-](?P<day>\d{1,2})[日号]?(?![\d:])|(?P<word>[今昨][天日])"
)
_VALID = re.compile(
    rf"有效(?:期|时间|时段)?(?:为|至|到|从|自|:)*(?:{time_pattern('4')}(?:[-至到]))?(?:(?P<hours>\d{{1,3}})个?小时|"
    rf"(?P<next>次日|明[日天晨早])?{time_pattern()})"
)
#: An end that is farther off is none: the day before was meant. Assumption.
_LONGEST = timedelta(days=10)
#: ...变更发布暴雨橙色预警信号(原黄色):...
_FORMER = re.compile(
    rf"[(\[](?:原|此前)(?:级别|等级)?[为是:]?[一-鿿]{{0,6}}?({GRADED})(?:预警)?(?:信号)?[)\]]"
)
#: A sentence that breaks off: 预计未来6小时, 降雨量将达, ...达5, or an ellipsis.
_CUT_OFF = re.compile(
    r"(?:\.{2,}|…|[,、(]|预计|未来|(?:未来|预计)(?:\d+个?小时)?内?|[仍还]?将有?|达到?|超过|"
    r"降[雨水雪]量?|(?:达到?|量|超过|未来)\d+(?:\.\d*)?(?:[-至]\d*)?|\d[-至])$"
)
_LEVEL_LATER = re.compile(rf"({GRADED})预警")
#: Bodies whose warnings are for a nation or a province.
_BULLETIN = re.compile(
    "(?:中央|国家)|(?:[一-鿿]{2,4}省|[一-鿿]{2,7}自治区|内蒙古|新疆|西藏|广西|宁夏)(?:气象[台局]|水利厅|水文)"
)
#: Doubts about what is said, which say nothing of how well the words are read.
_ABOUT_CONTENT = ("doubt.in_future", "doubt.long_ago", "doubt.local_more")
_COLOUR = {
    Level.BLUE: "蓝色",
    Level.YELLOW: "黄色",
    Level.ORANGE: "橙色",
    Level.RED: "红色",
    None: "",
}
_WORD = {
    Action.ISSUE: "发布",
    Action.CONTINUE: "继续发布",
    Action.UPDATE: "变更发布",
    Action.UPGRADE: "升级发布",
    Action.DOWNGRADE: "降级发布",
    Action.CANCEL: "解除",
}


def parse(text: str, received_at: datetime | None) -> list[Alert]:
    """Read a pasted notice.

    Parameters
    ----------
    text
        What was pasted: one or several warnings, at most ``MAX_CHARS`` characters.
    received_at
        Aware instant of receipt; completes dates that lack the year, the month or the day. ``None``
        leaves them open: ``issued_at`` is then ``None`` too.

    Returns
    -------
    list of Alert
        In order of the text, never empty. ``provider`` is ``"notice"``.

    Raises
    ------
    BadPayload
        ``notice.*``: the text is no warning, or lacks what makes one (hazard, level, issuer, time).
    """
    if not isinstance(text, str):
        raise BadPayload("notice.not_text")
    if len(text) > MAX_CHARS:
        raise BadPayload("notice.too_long", chars=len(text), most=MAX_CHARS)
    said = text = (
        text.encode("utf-8", "replace").decode().replace("\0", "")
    )  # half characters can't be kept
    text = without_tags(text)
    if not clean(text):
        raise BadPayload("notice.empty")
    if "预警" not in re.sub(r"\s", "", simplified(text)):
        raise BadPayload("notice.no_warning")
    alerts = _best(text, received_at)
    return alerts if len(alerts) > 1 else [replace(alerts[0], text=said.strip())]


def _best(text: str, received_at: datetime | None) -> list[Alert]:
    """Read with line ends as ends of sentences and as lines wrapped anywhere: the reading that
    leaves less doubt stands, of equal ones that which understands more of it.
    """
    wrapped = re.sub(r"(?<=[,，、;；(（])[ \t]*\r?\n\s*", "", text)
    readings, failures = [], []
    for lines in dict.fromkeys((wrapped, re.sub(r"[\r\n]+", "", wrapped))):
        cleaned = join_date(unfold_form(clean(simplified(lines))))
        try:
            readings.append(_alerts(cleaned, received_at))
        except BadPayload as failure:
            failures.append(failure)
    if not readings:
        raise failures[0]
    return max(readings, key=_understood)


def _understood(alerts: list[Alert]) -> tuple:
    """How much a reading leaves to doubt, but for what the notice itself leaves, and how much it
    finds.
    """
    doubts = [[code for code in each.doubts if code not in _ABOUT_CONTENT] for each in alerts]
    facts = sum(
        (each.forecast_mm is not None) + (each.expires_at is not None) + (each.onset_at is not None)
        for each in alerts
    ) + sum(bool(each.areas) + bool(each.issuers) for each in alerts)
    least = min(message_codes.confidence(tuple(codes)) for codes in doubts)
    return least, facts, max(each.rank for each in alerts), len(alerts)


def _alerts(cleaned: str, received_at: datetime | None) -> list[Alert]:
    """One alert for every signal of every head; if some fail, that is a doubt about the rest."""
    every = heads(cleaned)
    alerts: list[Alert] = []
    failures: list[BadPayload] = []
    for i, head in enumerate(every):
        beside = [each for each in every if each is not head and _one_breath(cleaned, head, each)]
        ends = [
            each.sentence
            for each in every
            if each.sentence > head.sentence
            and not (each.action is Action.CANCEL and each in beside and not _lifts(head))
        ]
        segment = (head.sentence if i else 0, min(ends, default=len(cleaned)))
        shared = any(not _lifts(each) for each in beside) or any(
            each is not head and each.sentence == head.sentence for each in every
        )
        try:
            alerts += _of_head(cleaned, head, segment, shared, received_at)
        except BadPayload as failure:
            failures.append(failure)
    if not alerts:
        raise failures[0]
    if failures:
        alerts = [_with_doubts(alert, (*alert.doubts, "doubt.part_unread")) for alert in alerts]
    return list({alert.provider_id: alert for alert in alerts}.values())


def _lifts(head: Head) -> bool:
    return head.action is Action.CANCEL


def _one_breath(cleaned: str, first: Head, second: Head) -> bool:
    """Whether one sentence does both (发布暴雨蓝色预警，解除雷电黄色预警：预计...): what it
    foretells is of what it issues.
    """
    start, end = sorted((first.mention, second.mention), key=lambda mention: mention.start)
    return not re.search(r"[。!?;\n]", cleaned[start.end : end.start])


def _of_head(
    cleaned: str, head: Head, segment: tuple[int, int], shared: bool, received_at: datetime | None
) -> list[Alert]:
    """The alerts of one head; what stands around it in its segment of the text belongs to it."""
    body = cleaned[slice(*segment)]
    rest = cleaned[head.mention.end : segment[1]]
    is_lifted = head.action is Action.CANCEL
    issued_at, doubts = _issued(cleaned, body, head, received_at)
    issuers = head.issuers or bodies_in(body) or bodies_in(cleaned)
    around = cleaned[segment[0] : head.start] + "\f" + rest
    amounts = Rain() if is_lifted and shared else rain(around, issued_at)
    areas = head.areas or labelled_places(rest) or (() if is_lifted else forecast_places(rest))
    _leave_elsewhere(amounts, issuers, areas)
    expires_at = _expiry(rest, issued_at)
    if expires_at and issued_at and expires_at <= issued_at:
        expires_at = None
        doubts.append("doubt.end_before_start")
    status, doubtful = _status(cleaned)
    doubts += [*amounts.doubts, *doubtful]
    if not is_lifted and _CUT_OFF.search(rest.rstrip()):
        doubts.append("doubt.cut_off")
    if not issuers:
        doubts.append("doubt.no_issuer")
    refers_to = head.refers.resolve(issued_at or received_at) if head.refers else None
    once = {
        key: value for key, value in vars(amounts).items() if key not in ("doubts", "until")
    } | {
        "issuers": issuers,
        "action": head.action,
        "issued_at": issued_at,
        "areas": areas,
        "status": status,
        "refers_to_issued_at": refers_to,
        "expires_at": max(filter(None, (expires_at, amounts.until)), default=None),
        "previous_level": head.mention.previous or _former(rest),
        "received_at": received_at,
        "text": as_written(body),
        "instruction": _instruction(rest),
    }
    alerts = []
    if (
        head.mention.replaced
    ):  # 将暴雨橙色预警信号变更为大风黄色预警信号: the one ends, the other begins
        once["action"] = Action.ISSUE
        ended = vars(Rain()) | {"action": Action.CANCEL, "expires_at": None, "previous_level": None}
        alerts.append(
            _alert(
                head.mention.replaced,
                doubts,
                once | {key: value for key, value in ended.items() if key in once},
            )
        )
    return alerts + [
        _alert(_with_level(pair, rest, head.action), doubts, once) for pair in head.mention.pairs
    ]


def _leave_elsewhere(amounts: Rain, issuers: tuple[str, ...], areas: tuple[str, ...]) -> None:
    """What the nation's or a province's bulletin forecasts for the places it names is not taken for
    ours; the colour's own amount stands.
    """
    if amounts.forecast_mm is None or not any(_BULLETIN.match(name) for name in issuers):
        return
    if areas or any(name.startswith(("中央", "国家")) for name in issuers):
        amounts.forecast_mm = amounts.forecast_mm_max = amounts.hourly_mm = None
        amounts.doubts = [
            code
            for code in amounts.doubts
            if code not in ("doubt.local_more", "doubt.mm_without_hours")
        ] + ["doubt.amount_elsewhere"]


def _with_level(pair: Pair, rest: str, action: Action) -> Pair:
    """A level that stands behind the hazard's risk: ...山洪灾害气象预警:...可能性较大(黄色预警)."""
    name, level, doubts = pair
    cleaned = (
        {level_of(match[1])[0] for match in _LEVEL_LATER.finditer(rest)} if level is None else set()
    )
    if len(cleaned) != 1 or action is Action.CANCEL:
        return pair
    return name, cleaned.pop(), (*doubts, "doubt.level_elsewhere")


def _alert(pair: Pair, doubts: list[str], once: dict) -> Alert:
    """One signal's alert; ``once`` is what it shares with the others of its head."""
    name, level, own = pair
    action, previous = once["action"], once["previous_level"]
    doubts = [*doubts, *own]
    if level is None and "doubt.below_blue" not in own:
        if action is not Action.CANCEL:
            raise BadPayload("notice.no_level", type=name)
        doubts.append("doubt.no_level")
    elif level and previous and _contradicts(action, previous, level):
        doubts.append("doubt.level_contradicted")
    colour = WHITE if "doubt.below_blue" in own else _COLOUR[level]
    headline = f"{'、'.join(once['issuers'])}{_WORD[action]}{name or '全部'}{colour}预警信号"
    alert = Alert(
        provider=PROVIDER,
        provider_id="",
        type=name,
        level=level,
        headline=headline,
        severity=severity_of(level),
        **once,
    )
    name = digest_of(alert.digest if alert.issued_at else [alert.digest, alert.text])
    return _with_doubts(replace(alert, provider_id=name), tuple(doubts))


def _contradicts(action: Action, previous: Level, level: Level) -> bool:
    """Whether the two levels speak against the direction of the change."""
    raised = action is Action.UPGRADE and level.rank <= previous.rank
    return raised or (action is Action.DOWNGRADE and level.rank >= previous.rank)


def _with_doubts(alert: Alert, doubts: tuple[str, ...]) -> Alert:
    doubts = tuple(dict.fromkeys(doubts))
    return replace(alert, doubts=doubts, confidence=message_codes.confidence(doubts))


def _issued(
    cleaned: str, body: str, head: Head, received_at: datetime | None
) -> tuple[datetime | None, list[str]]:
    """When it was issued, from the head, else from a label or a signature; and the doubts about
    it.
    """
    doubts = list(head.doubts)
    issued = head.issued
    if issued is None:
        issued = _elsewhere(body, head) or _elsewhere(cleaned, head)
        if issued is None:
            if "doubt.without_time" in doubts:
                return None, doubts
            return _at_receipt(cleaned, body, head, received_at)
        doubts = [
            *(code for code in doubts if code != "doubt.without_time"),
            "doubt.time_elsewhere",
        ]
    referred = head.refers.resolve(None) if head.refers else None
    instant = (
        issued.after(referred) if received_at is None and referred else issued.resolve(received_at)
    )
    if instant is None:
        return None, [*doubts, "doubt.time_incomplete"]
    if issued.doubt:
        doubts.append(issued.doubt)
    if received_at and instant > received_at + SKEW:
        doubts.append("doubt.in_future")
    if received_at and issued.doubt and instant < received_at - FRESH:
        doubts.append("doubt.long_ago")
    return instant, doubts


def _at_receipt(
    cleaned: str, body: str, head: Head, received_at: datetime | None
) -> tuple[datetime, list[str]]:
    """A bare title, or a date without an hour: the receipt stands in, or the last minute of a day
    that is over.

    Raises
    ------
    BadPayload
        ``notice.no_time``: there is no receipt, or nothing says that anybody issued it.
    """
    lead = body[: max(0, head.mention.start - head.sentence)]
    titled = "doubt.action_assumed" in head.doubts
    if received_at is None or (titled and not bodies(lead.strip("\n"))):
        raise BadPayload("notice.no_time")
    doubts = [*head.doubts, "doubt.time_of_receipt"]
    day = _day(body, received_at) or _day(cleaned, received_at)
    if day is None or day == received_at.astimezone(BEIJING).date():
        return received_at, doubts
    if day > received_at.astimezone(BEIJING).date():
        instant = datetime.combine(day, datetime.min.time(), BEIJING)
        return instant.astimezone(UTC), [*doubts, "doubt.in_future"]
    return datetime.combine(day, time(23, 59), BEIJING).astimezone(UTC), doubts


def _day(text: str, received_at: datetime) -> date | None:
    """A date without an hour, before what is forecast; of one without a year the nearest."""
    match = _DATE.search(re.split("预计|预报|未来|:", text)[0])
    if not match:
        return None
    today = received_at.astimezone(BEIJING).date()
    if match["word"]:
        return today - timedelta(days=1 if match["word"].startswith("昨") else 0)
    year, month = int(match["year"] or today.year), int(match["month"] or today.month)
    days = list[date]()
    for shift in (0,) if match["year"] else (0, -1):
        with suppress(ValueError):  # a 29 February is in one of them alone
            days.append(date(year + shift, month, int(match["day"])))
    if not days:
        raise BadPayload("notice.bad_time", said=match[0][:40])
    return min(days, key=lambda day: abs(day - today))


def _elsewhere(cleaned: str, head: Head) -> WrittenTime | None:
    """A time outside the head: after a label, else the last date with an hour that begins or ends
    no span.
    """
    label = LABELLED.search(cleaned)
    if label:
        return WrittenTime(label)
    times = [
        WrittenTime(m)
        for m in TIMES.finditer(cleaned)
        if (m["day"] or m["iday"])
        and not re.match("[-至到]|以[前后]|(?:变更|继续|升级)?发布的", cleaned[m.end() :])
        and not re.search("[-至到]$|截[至止]$", cleaned[: m.start()])
    ]
    return next(
        (time for time in reversed(times) if head.refers is None or time.text != head.refers.text),
        None,
    )


def _expiry(rest: str, issued_at: datetime | None) -> datetime | None:
    """The end it names: 有效期6小时, 有效期至8日14时."""
    match = _VALID.search(rest)
    if not match or issued_at is None:
        return None
    if match["hours"]:
        return issued_at + timedelta(hours=int(match["hours"]))
    if not match["next"]:
        written = WrittenTime(match)
        if written.complete:
            return written.resolve(None)
        end = written.after(issued_at)
        # 8日12时, said on the 8th at 14: not that of the month to come
        return end if end is None or end - issued_at <= _LONGEST else issued_at
    today = issued_at.astimezone(BEIJING).replace(hour=23, minute=59, second=59, microsecond=0)
    return WrittenTime(match).after(today)


def _former(rest: str) -> Level | None:
    """The level before, where it stands in brackets behind the signal."""
    match = _FORMER.match(rest)
    return level_of(match[1])[0] if match else None


def _status(cleaned: str) -> tuple[AlertStatus, list[str]]:
    """Whether it is an exercise: said at the beginning, in brackets, or of itself."""
    match = _DRILL_WORDS.search(cleaned)
    early = re.search(_DRILL, cleaned[:6])
    word = next(filter(None, match.groups())) if match else early[0] if early else None
    if word:
        test = word in _TEST_WORDS and not re.search("演练|演习|推演", cleaned)
        return (AlertStatus.TEST if test else AlertStatus.EXERCISE), []
    if english := _english_status(cleaned):
        return english, []
    return AlertStatus.ACTUAL, ["doubt.maybe_exercise"] if re.search("演练|演习", cleaned) else []


def _english_status(text: str) -> AlertStatus | None:
    match = _DRILL_ENGLISH.search(text[:2000])
    if not match:
        return None
    word = next(filter(None, match.groups())).lower()
    return AlertStatus.TEST if word == "test" else AlertStatus.EXERCISE


def rain_fields(said: Alert | None, text: str | None, issued_at: datetime | None) -> dict:
    """What words say of rain, as fields of an alert; a text need not be a notice to be read.

    Parameters
    ----------
    said
        What the words were read as, if they could be.
    """
    names = (
        "forecast_hours",
        "forecast_mm",
        "forecast_mm_max",
        "window_hours",
        "hourly_mm",
        "observed_hours",
        "observed_mm",
    )
    found: Alert | Rain | None = said
    if (found is None or all(getattr(found, name) is None for name in names)) and text:
        found = rain(clean(text[:MAX_CHARS]), issued_at)
    return {name: getattr(found, name) for name in names} if found else {}


def status_of(*texts: str | None) -> AlertStatus:
    """What the words of a message say of its own reality, whatever its other fields say.

    Parameters
    ----------
    texts
        Title, text and the like, in Chinese or English.
    """
    for text in filter(None, texts):
        status, _ = _status(clean(simplified(without_tags(text[:MAX_CHARS]))))
        if status is not AlertStatus.ACTUAL:
            return status
        if english := _english_status(text):
            return english
    return AlertStatus.ACTUAL


def _instruction(rest: str) -> str | None:
    """What people are asked to do: from the first 请, or from the heading of the advice."""
    match = _REQUEST.search(rest)
    return as_written(match[0]) if match else None
