"""A pasted Chinese warning, as officers copy it from a group chat, a web page or a telephone message.

It is read from its signals (暴雨黄色预警信号) outward: the verb that governs a signal says what is done, what stands before the
verb says who and when, the rest says how much. What is not said stays ``None``; what is uncertain is a doubt; a text that
is no warning is refused with the reason. Nothing is guessed.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from weather import codes
from weather.amounts import Rain, rain
from weather.chinese import SKEW, TIMES, Said, as_written, clean, time_pattern
from weather.forecast import Action, Alert, AlertStatus, BadPayload, Level, digest_of
from weather.hazards import GRADED, NAME, SEVERITY, SUFFIX, canonical, level_of

#: A notice has some hundred characters, with all its advice some thousand.
MAX_CHARS = 20_000
PROVIDER = "notice"

_WARN = "预警(?:信号|信息)?"
_ITEM = (rf"(?:{GRADED})?{NAME}{SUFFIX}(?:{GRADED})?(?:{_WARN}(?:等?级别?)?(?:[:为]?(?:{GRADED}))?)?")
_SIGNAL = re.compile(rf"{_ITEM}(?:(?:[、和及与]|以及){_ITEM})*")
_ONE = re.compile(rf"(?P<before>{GRADED})?(?P<name>{NAME}{SUFFIX})(?P<after>{GRADED})?"
                  rf"(?P<warn>{_WARN}(?:等?级别?)?(?:[:为]?(?P<late>{GRADED}))?)?")
_UNKNOWN = re.compile(rf"(?P<name>[一-鿿]{{2,12}}?)(?P<after>{GRADED}){_WARN}")

_RAISE = "升级|提升|升格|上调|升"
_LOWER = "降级|下调|降低|降"
_CHANGE = "变更|更新|更改|调整|订正|更正|修订|改"
_TO = rf"(?:等级|级别)?(?P<how>{_RAISE}|{_LOWER}|{_CHANGE})(?:发布)?(?:为|至|到|成)"
_LIFT = "解除|取消|撤销|撤回|终止"
_GO_ON = "继续|延续|维持|延长|续发|持续"
_GIVE = "发布|签发|启动|拉响|挂出|悬挂"
_VERB = re.compile(rf"(?:联合|再次|重新|紧急)?(?:{_LIFT}|(?:{_GO_ON}|{_CHANGE}|{_RAISE}|{_LOWER})?(?:联合|再次|重新)?(?:{_GIVE})|"
                   rf"{_CHANGE}|升级|提升|升格|上调|降级|下调|降低|{_GO_ON})")
_NOT_YET = re.compile("(?:将视情况?|视情况?|适时|可能|或将|或|拟|择机|随时|及时|将会|不排除|是否)(?:再次|继续)?$")

_BODY = ("台|局|站|中心|办公室|防汛办|森防办|防指|办|指挥部|委员会|委|厅|支队|大队|总队|院|处|政府|公司")
_BODIES = re.compile(r"[一-鿿()]{2,30}?(?:气象台|气象局|气象站|气象服务中心|预警(?:信息)?发布中心|应急管理局|应急局|水务局|水利局|住房和城乡建设局|"
                     r"住建局|城市管理局|城管局|自然资源和规划局|自然资源局|指挥部办公室|指挥部|防汛办|防指|生态环境局|交通运输局|教育局|公安局|交警支队)")
_SMALL = re.compile("^(?:由|经|据|兹|现|今|各位|和|与|及|并)|(?:于|在|就|联合|共同|正式|紧急|现|已|将|向社会|对外|决定|签署)+$")
_PLACE = re.compile("[一-鿿]{1,12}(?:市区|城区|市|县|区|镇|乡|街道|州|盟|旗|省|村|新区|开发区|海域|水域|沿岸|部)")
_SENTENCE = re.compile(r"[。!?;\n]")
_LABEL = re.compile(r"(?:发布|签发|预警|更新)?时间[:为是]?" + time_pattern())
_ISSUER_LABEL = re.compile(r"(?:发布|预警|签发)?(?:单位|机构|部门|来源)[::](?P<who>[一-鿿、()]{2,60})")
_DRILL = "演练|演习|测试"


@dataclass
class _Mention:
    """One signal in the text, and all that was found to belong to it."""

    start: int
    end: int
    pairs: list[tuple[str, Level | None, list[str]]]
    previous: Level | None = None
    how: str = ""  # the word between two levels: 升级 in 升级为


@dataclass
class _Head:
    """Who does what when, to which signal."""

    mention: _Mention
    start: int
    sentence: int
    action: Action
    issuers: tuple[str, ...] = ()
    issued: Said | None = None
    refers: Said | None = None
    areas: tuple[str, ...] = ()
    doubts: list[str] = field(default_factory=list)


def parse(text: str, received_at: datetime | None) -> list[Alert]:
    """Read a pasted notice.

    Parameters
    ----------
    text
        What was pasted: one or several warnings, at most ``MAX_CHARS`` characters.
    received_at
        Aware instant of receipt; completes dates that lack the year, the month or the day. ``None`` leaves them
        open: ``issued_at`` is then ``None`` too.

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
    said = clean(text)
    if not said:
        raise BadPayload("notice.empty")
    if "预警" not in said:
        raise BadPayload("notice.no_warning")
    try:
        heads = _heads(said)
    except BadPayload:
        if "\n" not in said:
            raise
        said = said.replace("\n", "")  # a line that was wrapped in the middle of the head
        heads = _heads(said)
    alerts = _alerts(said, heads, received_at)
    return alerts if len(alerts) > 1 else [replace(alerts[0], text=text.strip())]


def _heads(said: str) -> list[_Head]:
    """All that is done in the text; if nothing is, what a title says is done."""
    mentions = _mentions(said)
    heads: list[_Head] = []
    for i, mention in enumerate(mentions):
        floor = mentions[i - 1].end if i else 0
        head = _head(said, mention, floor, heads)
        if head:
            heads.append(head)
    heads = _unique(heads)
    return heads or [_title(said, mentions)]


def _mentions(said: str) -> list[_Mention]:
    """All signals with the word 预警, with "A upgraded to B" as one."""
    found = [m for m in _SIGNAL.finditer(said) if "预警" in m[0]]
    mentions = [_Mention(m.start(), m.end(), _pairs(m[0])) for m in found] or _unknown(said)
    if not mentions:
        raise BadPayload("notice.no_type")
    merged: list[_Mention] = []
    for mention in mentions:
        before = merged[-1] if merged else None
        between = said[before.end:mention.start] if before else ""
        to = re.fullmatch(_TO, between) or (re.fullmatch("为", between) and before
                                            and re.search(rf"(?P<how>{_RAISE}|{_LOWER}|{_CHANGE})$", said[:before.start]))
        if before and to:
            before.previous, before.pairs, before.end = before.pairs[0][1], mention.pairs, mention.end
            before.how = to["how"]
        else:
            merged.append(mention)
    for mention in merged:
        _rest_of_change(said, mention)
    return merged


def _rest_of_change(said: str, mention: _Mention) -> None:
    """暴雨黄色预警信号升级为橙色; 暴雨预警信号由黄色升级为橙色."""
    to = re.compile(rf"(?:由(?P<old>{GRADED}))?(?:{_WARN})?{_TO}(?P<new>{GRADED})(?:{_WARN})?").match(said, mention.end)
    if not to:
        return
    name, level, doubts = mention.pairs[0]
    mention.previous = level_of(to["old"])[0] if to["old"] else level
    new, doubt = level_of(to["new"])
    mention.pairs = [(name, new, doubts + ([doubt] if doubt else []))]
    mention.how, mention.end = to["how"], to.end()


def _pairs(run: str) -> list[tuple[str, Level | None, list[str]]]:
    """Hazards and levels of one run: 暴雨、雷电黄色预警信号 is two of one level."""
    pairs = []
    for item in _ONE.finditer(run):
        level, doubt = level_of("".join(item[part] or "" for part in ("before", "after", "late")))
        pairs.append((canonical(item["name"]), level, [doubt] if doubt else []))
    following = None
    for i in reversed(range(len(pairs))):
        name, level, doubts = pairs[i]
        following = level or following
        pairs[i] = (name, following, doubts)
    return pairs


def _unknown(said: str) -> list[_Mention]:
    """A hazard that is in no list: the word between the verb and the colour."""
    mentions = []
    for found in _UNKNOWN.finditer(said):
        lead = said[max(0, found.start() - 80):found.start("after")]
        name = re.split(rf"{_VERB.pattern}|[^一-鿿]|的|了", lead)[-1]
        level, doubt = level_of(found["after"])
        if 2 <= len(name) <= 12:
            doubts = ["doubt.type_unknown"] + ([doubt] if doubt else [])
            mentions.append(_Mention(found.start("after") - len(name), found.end(), [(name, level, doubts)]))
    return mentions


def _head(said: str, mention: _Mention, floor: int, before: list[_Head]) -> _Head | None:
    """What governs a signal; ``None`` if it is only mentioned."""
    breaks = [m.end() for m in _SENTENCE.finditer(said, floor, mention.start)]
    sentence = breaks[-1] if breaks else floor
    lead, tail = said[sentence:mention.start], _tail(said, mention.end)
    verb, when = _verb(lead, bool(mention.how))
    if verb is None or _NOT_YET.search(lead[:verb.start()]):
        return None
    rest = lead[verb.end():]
    relative = (rest.startswith("的") and rest.strip("的") == "") or (rest == "" and verb[0].endswith("发布的"))
    words, refers, areas = _after(rest)
    action = _action(verb[0], words, mention, tail)
    head = _Head(mention, sentence + (when.start() if when else verb.start()), sentence, action, refers=refers,
                 areas=areas)
    if when:
        head.issued = Said(when)
    head.issuers = _issuers(lead, when, verb)
    if relative:
        return _relative(head, tail)
    if not head.issuers and not head.issued and before:
        head.issuers, head.issued = before[-1].issuers, before[-1].issued
    return head


def _tail(said: str, start: int) -> str:
    tail = said[start:start + 60]
    end = re.search(r"[。!?;\n:]", tail)
    return tail[:end.start()] if end else tail


def _verb(lead: str, change: bool) -> tuple[re.Match | None, re.Match | None]:
    """The verb of a lead and the time before it: the first verb that follows a time or a body directly."""
    verbs = re.compile(f"{_VERB.pattern}|将|把|由(?=$)") if change else _VERB
    last = None
    times = list(TIMES.finditer(lead))
    for verb in verbs.finditer(lead):
        if any(time.start() < verb.start() < time.end() for time in times):
            continue
        when = next((time for time in reversed(times) if time.end() <= verb.start()), None)
        if when and _joins(lead[when.end():verb.start()]):
            return verb, when
        last = last or (verb if re.search(rf"(?:{_BODY})(?:联合|共同|于|已|现|再次)*$", lead[:verb.start()]) else None)
    if last:
        return last, None
    if change:
        at = re.search("(?:将|把|由)?[^,。]{0,30}$", lead)
        return (at, None) if at else (None, None)
    found = list(_VERB.finditer(lead))
    if found and len(lead) - found[-1].end() <= 40 and not re.search("[,:]", lead[found[-1].end():]):
        return found[-1] if len(found) == 1 else _first_near(found, lead), None
    return None, None


def _first_near(verbs: list[re.Match], lead: str) -> re.Match:
    """The first verb of the last clause: 同时解除...发布的 is a cancel."""
    clause = max(lead.rfind(mark) for mark in ",:")
    return next(verb for verb in verbs if verb.start() > clause)


def _joins(gap: str) -> bool:
    """Whether between a time and a verb stands nothing but who does it."""
    gap = _strip_small(gap.strip(",、:"))
    return len(gap) <= 2 or (len(gap) <= 60 and bool(re.search(f"(?:{_BODY})$", gap)) and "。" not in gap)


def _strip_small(words: str) -> str:
    while (less := _SMALL.sub("", words)) != words:
        words = less
    return words


def _after(rest: str) -> tuple[str, Said | None, tuple[str, ...]]:
    """What stands between verb and signal: more verbs, the time of the message it speaks of, areas."""
    refers = TIMES.search(rest)
    said = None
    if refers:
        said = Said(refers)
        rest = rest[:refers.start()] + rest[refers.end():]
    words = "".join(verb[0] for verb in _VERB.finditer(rest) if not rest[verb.end():].startswith("的"))
    names = _VERB.sub("", rest)
    names = re.sub(r"^了|的$|第?\d*年?第?\d+[号期次]", "", names.replace("的", "", 1) if refers else names)
    areas = [piece for piece in re.split("[、,和及与]", names) if piece]
    if areas and all(_PLACE.fullmatch(piece) for piece in areas):
        return words, said, tuple(areas)
    return words, said, ()


def _action(verb: str, words: str, mention: _Mention, tail: str) -> Action:
    """What is done. A cancel wins over every other word: 解除...发布的, 发布...解除."""
    said = verb + words
    ended = re.match(rf"[\])】]*(?:,?(?:现|现已|已))?(?:予以|自动|正式|已|于{time_pattern()}|{time_pattern('2')})*"
                     rf"(?:予以)?(?:{_LIFT}|失效)", tail)
    if re.search(_LIFT, said) or (ended and not mention.how):
        return Action.CANCEL
    for pattern, action in ((f"^(?:{_RAISE})$", Action.UPGRADE), (f"^(?:{_LOWER})$", Action.DOWNGRADE),
                            (f"^(?:{_CHANGE})$", Action.UPDATE)):
        if re.search(pattern, mention.how):
            return action
    for pattern, action in ((_GO_ON, Action.CONTINUE), ("升级|提升|升格|上调", Action.UPGRADE),
                            ("降级|下调|降低", Action.DOWNGRADE), (f"变更|更新|更改|调整|订正|更正|修订|改(?={_GIVE})",
                                                              Action.UPDATE)):
        if re.search(pattern, said) or (action is Action.CONTINUE and re.match("(?:仍然|继续)(?:有效|生效)", tail)):
            return action
    return Action.ISSUE


def _issuers(lead: str, when: re.Match | None, verb: re.Match) -> tuple[str, ...]:
    """The bodies before the time, or between time and verb."""
    places = [lead[when.end():verb.start()], lead[:when.start()]] if when else [lead[:verb.start()]]
    for place in places:
        place = _strip_small(place.rstrip(",:、"))
        run = re.search(r"[一-鿿、()]*$", place)[0]
        found = bodies(run)
        if found:
            return found
    return ()


def bodies(run: str) -> tuple[str, ...]:
    """Names of bodies in a run such as 市气象局、市住房和城乡建设局联合; empty if it doesn't end with one."""
    run = _strip_small(run.strip("()、"))
    if not re.search(f"(?:{_BODY})$", run):
        found = _BODIES.findall(run)
        return tuple(found) if found and run.endswith(found[-1]) else ()
    parts = [""]
    for piece in re.split("([、和与及暨])", run):
        if piece in "、和与及暨" and re.search(f"(?:{_BODY})$", parts[-1]):
            parts.append("")
        else:
            parts[-1] += piece
    names: list[str] = []
    for part in parts:
        names += re.findall(rf".+?(?:气象[台局])(?=[一-鿿]{{3,}}(?:{_BODY})$)|.+$", part)
    return tuple(_strip_small(name) for name in names if len(name) >= 3)


def _relative(head: _Head, tail: str) -> _Head | None:
    """8日8时发布的...预警信号于12时解除: the time before is that of the message it speaks of."""
    if head.action is not Action.CANCEL and not re.match("(?:仍然|继续)(?:有效|生效)|维持", tail):
        return None
    head.refers, head.issued = head.issued, None
    when = TIMES.search(tail)
    if when:
        head.issued = Said(when)
    elif head.action is Action.CANCEL:
        head.doubts.append("doubt.cancel_without_time")
    return head


def _unique(heads: list[_Head]) -> list[_Head]:
    """A title repeats what the text says: of two heads for one signal the one with a time stays."""
    kept: list[_Head] = []
    for head in heads:
        names = [name for name, _, _ in head.mention.pairs]
        twin = next((i for i, other in enumerate(kept) if [n for n, _, _ in other.mention.pairs] == names
                     and (other.issued is None or head.issued is None)), None)
        if twin is None:
            kept.append(head)
        elif kept[twin].issued is None:
            head.issuers = head.issuers or kept[twin].issuers
            kept[twin] = head
    return kept


def _title(said: str, mentions: list[_Mention]) -> _Head:
    """A title without a verb, with issuer and time elsewhere: 【暴雨黄色预警】...(某气象台7月8日8时20分)."""
    mention = mentions[0]
    action = _action("", "", mention, _tail(said, mention.end))
    head = _Head(mention, mention.start, 0, action)
    if action is Action.ISSUE:
        head.doubts.append("doubt.action_assumed")
    if not _LABEL.search(said) and not _bodies_in(said):
        raise BadPayload("notice.no_issuer" if TIMES.search(said) else "notice.no_warning")
    return head


def _bodies_in(said: str) -> tuple[str, ...]:
    label = _ISSUER_LABEL.search(said)
    if label and bodies(label["who"]):
        return bodies(label["who"])
    found = _BODIES.search(said)
    return (found[0],) if found else ()


def _alerts(said: str, heads: list[_Head], received_at: datetime | None) -> list[Alert]:
    """One alert for every signal of every head; what fails is said, unless all fails."""
    alerts: list[Alert] = []
    failures: list[BadPayload] = []
    for i, head in enumerate(heads):
        start = head.sentence if i else 0
        ends = [other.sentence for other in heads if other.sentence > head.sentence]
        segment = (start, min(ends, default=len(said)))
        shared = any(other is not head and other.sentence == head.sentence for other in heads)
        try:
            alerts += _of_head(said, head, segment, shared, received_at)
        except BadPayload as failure:
            failures.append(failure)
    if not alerts:
        raise failures[0]
    if failures:
        alerts = [_doubted(alert, "doubt.part_unread") for alert in alerts]
    return list({alert.provider_id: alert for alert in alerts}.values())


def _of_head(said: str, head: _Head, segment: tuple[int, int], shared: bool,
             received_at: datetime | None) -> list[Alert]:
    body = said[segment[0]:segment[1]]
    doubts = list(head.doubts)
    issuers = head.issuers or _bodies_in(body) or _bodies_in(said)
    if not issuers:
        doubts.append("doubt.no_issuer")
    issued_at = _issued(said, body, head, received_at, doubts)
    refers = head.refers.resolve(issued_at or received_at) if head.refers else None
    around = said[segment[0]:head.start] + "。" + said[head.mention.end:segment[1]]
    amounts = Rain() if head.action is Action.CANCEL and shared else rain(around, issued_at)
    status, doubt = _status(said, head)
    doubts += amounts.doubts + ([doubt] if doubt else [])
    said_once = {"issuers": issuers, "action": head.action, "issued_at": issued_at, "refers_to_issued_at": refers,
                 "areas": head.areas, "status": status, "text": as_written(body), "received_at": received_at,
                 "previous_level": head.mention.previous,
                 "instruction": _instruction(said[head.mention.end:segment[1]])}
    return [_alert(pair, doubts, amounts, said_once) for pair in head.mention.pairs]


def _alert(pair: tuple[str, Level | None, list[str]], doubts: list[str], amounts: Rain, said_once: dict) -> Alert:
    name, level, own = pair
    doubts = doubts + own
    if level is None:
        if said_once["action"] is not Action.CANCEL:
            raise BadPayload("notice.no_level", type=name)
        doubts.append("doubt.no_level")
    previous = said_once["previous_level"]
    if previous and level and ((said_once["action"] is Action.UPGRADE and level.rank <= previous.rank)
                               or (said_once["action"] is Action.DOWNGRADE and level.rank >= previous.rank)):
        doubts.append("doubt.level_contradicted")
    doubts = tuple(dict.fromkeys(doubts))
    measured = {key: value for key, value in vars(amounts).items() if key != "doubts"}
    alert = Alert(provider=PROVIDER, provider_id="", type=name, level=level,
                  severity=SEVERITY[level] if level else Alert.__dataclass_fields__["severity"].default,
                  headline=_headline(said_once["issuers"], said_once["action"], name, level),
                  confidence=codes.confidence(doubts), doubts=doubts, **measured, **said_once)
    return replace(alert, provider_id=digest_of(alert.digest if alert.issued_at else [alert.digest, alert.text]))


def _headline(issuers: tuple[str, ...], action: Action, name: str, level: Level | None) -> str:
    word = {Action.ISSUE: "发布", Action.CONTINUE: "继续发布", Action.UPDATE: "变更发布", Action.UPGRADE: "升级发布",
            Action.DOWNGRADE: "降级发布", Action.CANCEL: "解除"}[action]
    colour = {Level.BLUE: "蓝色", Level.YELLOW: "黄色", Level.ORANGE: "橙色", Level.RED: "红色", None: ""}[level]
    return f"{'、'.join(issuers)}{word}{name}{colour}预警信号"


def _issued(said: str, body: str, head: _Head, received_at: datetime | None, doubts: list[str]) -> datetime | None:
    """When it was issued: from the head, else from a label or a signature."""
    issued = head.issued
    if issued is None:
        elsewhere = _elsewhere(body) or _elsewhere(said)
        if elsewhere is None:
            if "doubt.cancel_without_time" in doubts:
                return None
            raise BadPayload("notice.no_time")
        issued = Said(elsewhere)
        doubts.append("doubt.time_elsewhere")
        if "doubt.cancel_without_time" in doubts:
            doubts.remove("doubt.cancel_without_time")
    near = received_at
    if near is None and head.refers is not None and head.refers.complete and not issued.complete:
        near = head.refers.resolve(None) + timedelta(days=2)  # a message follows within days the one it speaks of
    instant = issued.resolve(near)
    if instant is None:
        doubts.append("doubt.time_incomplete")
    elif issued.doubt:
        doubts.append(issued.doubt)
    if instant and received_at and instant > received_at + SKEW:
        doubts.append("doubt.in_future")
    return instant


def _elsewhere(said: str) -> re.Match | None:
    """A time outside the head: after a label, or a date with an hour that begins no span."""
    label = _LABEL.search(said)
    if label:
        return label
    found = [m for m in TIMES.finditer(said)
             if (m["day"] or m["iday"]) and not re.match("[-至到]|以[前后]", said[m.end():])
             and not re.search("[-至到]$|截[至止]", said[:m.start()])]
    return found[-1] if found else None


def _status(said: str, head: _Head) -> tuple[AlertStatus, str | None]:
    """Whether it is an exercise: said at the beginning, in brackets, or of itself."""
    found = re.search(rf"[【\[(][^】\])]{{0,12}}({_DRILL})|(?:此|本)[^,。]{{0,8}}?(?:为|是|系)[^,。]{{0,6}}({_DRILL})", said)
    word = next(filter(None, found.groups()), "") if found else ""
    early = re.search(_DRILL, said[:12])
    word = word or (early[0] if early else "")
    if word:
        return (AlertStatus.TEST if word == "测试" else AlertStatus.EXERCISE), None
    return AlertStatus.ACTUAL, "doubt.maybe_exercise" if re.search("演练|演习", said) else None


def _instruction(rest: str) -> str | None:
    """What people are asked to do: from the first 请, or from the heading of the advice."""
    found = re.search("(?:请|防御指南|防御措施|温馨提示).{3,}", rest, re.DOTALL)
    return as_written(found[0]) if found else None


def _doubted(alert: Alert, code: str) -> Alert:
    doubts = (*alert.doubts, code)
    return replace(alert, doubts=doubts, confidence=codes.confidence(doubts))
