"""A pasted Chinese warning, as officers copy it from a group chat, a web page or a telephone
message.

It is read from its signals (暴雨黄色预警信号) outward: ``signals`` finds them, ``heads`` who does
what to them and when, ``amounts`` how much. What is not said stays ``None``; what is uncertain is a
doubt; a text that is no warning is refused with the reason. Nothing is guessed.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from weather import message_codes
from weather.hazards import GRADED, level_of, severity_of
from weather.model import Action, Alert, AlertStatus, BadPayload, Level, digest_of
from weather.notices.amounts import Rain, rain
from weather.notices.heads import LABELLED, Head, heads, labelled_places
from weather.notices.issuers import bodies_in
from weather.notices.signals import Pair, join_date, unfold_form
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
_DRILL = "演练|演习|测试"
_DRILL_WORDS = re.compile(
    rf"[【\[(][^】\])]{{0,12}}({_DRILL})|"
    rf"(?:此|本)[^,。]{{0,8}}?(?:为|是|系)[^,。]{{0,6}}({_DRILL})"
)
_REQUEST = re.compile("(?:请|防御指南|防御措施|温馨提示).{3,}", re.DOTALL)
_VALID = re.compile(
    rf"有效(?:期|时间|时段)?(?:为|至|到|:)*(?:(?P<hours>\d{{1,3}})个?小时|"
    rf"(?P<next>次日|明[日天晨早])?{time_pattern()})"
)
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
    text = (
        text.encode("utf-8", "replace").decode().replace("\0", "")
    )  # half characters can't be kept
    cleaned = join_date(unfold_form(clean(simplified(without_tags(text)))))
    if not cleaned:
        raise BadPayload("notice.empty")
    if "预警" not in cleaned:
        raise BadPayload("notice.no_warning")
    alerts = _best(cleaned, received_at)
    return alerts if len(alerts) > 1 else [replace(alerts[0], text=text.strip())]


def _best(cleaned: str, received_at: datetime | None) -> list[Alert]:
    """Read with line ends as ends of sentences and, if that leaves doubts, as lines wrapped
    anywhere.
    """
    readings, failures = [], []
    for reading in dict.fromkeys((cleaned, cleaned.replace("\n", ""))):
        try:
            readings.append(_alerts(reading, received_at))
        except BadPayload as failure:
            failures.append(failure)
            continue
        if all(alert.confidence == 1 for alert in readings[-1]):
            break
    if not readings:
        raise failures[0]
    return max(
        readings, key=lambda alerts: (min(alert.confidence for alert in alerts), len(alerts))
    )


def _alerts(cleaned: str, received_at: datetime | None) -> list[Alert]:
    """One alert for every signal of every head; if some fail, that is a doubt about the rest."""
    every = heads(cleaned)
    alerts: list[Alert] = []
    failures: list[BadPayload] = []
    for i, head in enumerate(every):
        ends = [each.sentence for each in every if each.sentence > head.sentence]
        segment = (head.sentence if i else 0, min(ends, default=len(cleaned)))
        shared = any(each is not head and each.sentence == head.sentence for each in every)
        try:
            alerts += _of_head(cleaned, head, segment, shared, received_at)
        except BadPayload as failure:
            failures.append(failure)
    if not alerts:
        raise failures[0]
    if failures:
        alerts = [_with_doubts(alert, (*alert.doubts, "doubt.part_unread")) for alert in alerts]
    return list({alert.provider_id: alert for alert in alerts}.values())


def _of_head(
    cleaned: str, head: Head, segment: tuple[int, int], shared: bool, received_at: datetime | None
) -> list[Alert]:
    """The alerts of one head; what stands around it in its segment of the text belongs to it."""
    body = cleaned[slice(*segment)]
    rest = cleaned[head.mention.end : segment[1]]
    is_lifted = head.action is Action.CANCEL
    issued_at, doubts = _issued(cleaned, body, head, received_at)
    issuers = head.issuers or bodies_in(body) or bodies_in(cleaned)
    around = cleaned[segment[0] : head.start] + "。" + rest
    amounts = Rain() if is_lifted and shared else rain(around, issued_at)
    status, doubtful = _status(cleaned)
    doubts += [*amounts.doubts, *doubtful]
    if not is_lifted and _CUT_OFF.search(rest.rstrip()):
        doubts.append("doubt.cut_off")
    if not issuers:
        doubts.append("doubt.no_issuer")
    refers_to = head.refers.resolve(issued_at or received_at) if head.refers else None
    once = {key: value for key, value in vars(amounts).items() if key != "doubts"} | {
        "issuers": issuers,
        "action": head.action,
        "issued_at": issued_at,
        "areas": head.areas or labelled_places(rest),
        "status": status,
        "refers_to_issued_at": refers_to,
        "expires_at": _expiry(rest, issued_at),
        "previous_level": head.mention.previous or _former(rest),
        "received_at": received_at,
        "text": as_written(body),
        "instruction": _instruction(rest),
    }
    return [
        _alert(_with_level(pair, rest, head.action), doubts, once) for pair in head.mention.pairs
    ]


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
    if level is None:
        if action is not Action.CANCEL:
            raise BadPayload("notice.no_level", type=name)
        doubts.append("doubt.no_level")
    elif previous and _contradicts(action, previous, level):
        doubts.append("doubt.level_contradicted")
    headline = f"{'、'.join(once['issuers'])}{_WORD[action]}{name}{_COLOUR[level]}预警信号"
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
            raise BadPayload("notice.no_time")
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
        return WrittenTime(match).after(issued_at)
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
        return (AlertStatus.TEST if word == "测试" else AlertStatus.EXERCISE), []
    return AlertStatus.ACTUAL, ["doubt.maybe_exercise"] if re.search("演练|演习", cleaned) else []


def _instruction(rest: str) -> str | None:
    """What people are asked to do: from the first 请, or from the heading of the advice."""
    match = _REQUEST.search(rest)
    return as_written(match[0]) if match else None
