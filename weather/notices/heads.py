"""Who does what, when, to which signal: the heads of the warnings in a cleaned Chinese text.

A head is read from its signal backward. The first verb that follows a time or a body is what is
done; a verb with 的 behind it (8日8时发布的) tells of an earlier message.
"""

import re
from dataclasses import dataclass, field

from weather.model import Action, BadPayload
from weather.notices.issuers import END, bodies, bodies_in, strip_small
from weather.notices.places import places
from weather.notices.signals import CHANGE, GIVE, GO_ON, LIFT, LOWER, RAISE, VERB, Mention, mentions
from weather.notices.text import TIMES, WrittenTime, time_pattern

#: A head is read this far back, in characters, and so many signals are read: no message says more.
_LEAD, _MOST = 400, 100
_VERB = re.compile(VERB)
_SENTENCE = re.compile(r"[。!?;\n]")
_NOT_YET = re.compile(
    "(?:将视情况?|视情况?|适时|可能|或将|或|拟|择机|随时|及时|将会|不排除|是否)(?:再次|继续)?$"
)
#: What would be done if it were issued (如市气象台发布...), but for places that begin so (如东县);
#: and how often it was (共发布...3次).
_IF = re.compile(
    "(?:^|[,:])(?:如果|若(?![尔羌])|一旦|假如|遇到|当(?![阳涂雄])|如(?![东皋]))(?=[一-鿿]{2})[^,]*$"
)
_COUNTED = re.compile(r"(?:共|累计|计)?\d+[次个条期份]")
#: 将于10时发布, 10时将发布: it tells of an issue to come.
_TO_COME = "(?:将|拟|计划|预计|即将|准备)"
_ANNOUNCED_AT, _ANNOUNCED = (
    re.compile(f"{_TO_COME}[于在]?$"),
    re.compile(f"{_TO_COME}(?:再次|继续)?$"),
)
_PASSED_ON = re.compile("转发|转载|接到?|收到|根?据|按照")
_BARE = re.compile(rf"(?P<who>[一-鿿、()]{{3,60}}){time_pattern()}(?P<verb>{VERB})(?=[,。:;!\n]|$)")
_LIFTED = re.compile(
    rf"[\])】]*(?:,?(?:现|现已|已))?(?:予以|自动|正式|已|于{time_pattern()}|{time_pattern('2')})*"
    rf"(?:予以)?(?:{LIFT}|失效)"
)
_LIFTS = re.compile(f"(?:^|[:,])(?:现|兹|即日起|经研究|决定|,)*(?:{LIFT})(?!时间)")
_TITLED_LIFTED = re.compile(rf"【[^【】]{{0,40}}(?:{LIFT})[^【】]{{0,40}}】")
_FURTHER = re.compile("以?及|和|与|、")
_STANDS = re.compile("(?:仍然?|继续)(?:有效|生效)|维持")
#: Where it begins, and for which places: 从8时起,龙山区、西安区(暴雨黄色预警信号升级为...).
_FROM = re.compile(
    f"(?:(?:从|自)?{time_pattern('3')}起|目前|其中|其[他它余](?:地区|县区|区县|区域|各地)?)"
)
_BY_WORD = (
    (GO_ON, Action.CONTINUE),
    ("升级|提升|升格|上调", Action.UPGRADE),
    ("降级|下调|降低", Action.DOWNGRADE),
    (f"变更|更新|更改|调整|订正|更正|修订|改(?={GIVE})", Action.UPDATE),
)
_BY_CHANGE = ((RAISE, Action.UPGRADE), (LOWER, Action.DOWNGRADE), (CHANGE, Action.UPDATE))
LABELLED = re.compile(r"(?:发布|签发|预警|更新)?时间[:为是]?" + time_pattern())


@dataclass
class Head:
    """One deed: ``start`` is where its own words begin, ``sentence`` where their sentence does."""

    mention: Mention
    start: int
    sentence: int
    action: Action
    issuers: tuple[str, ...] = ()
    issued: WrittenTime | None = None
    refers: WrittenTime | None = None
    areas: tuple[str, ...] = ()
    doubts: list[str] = field(default_factory=list)


def heads(text: str) -> list[Head]:
    """All that is done in the text; if nothing is, what its title says.

    Raises
    ------
    BadPayload
        ``notice.no_type``, ``notice.no_warning``, ``notice.no_issuer``, ``notice.unclear``,
        ``notice.bad_time``, ``notice.too_many``.
    """
    named = mentions(text)
    if len(named) > _MOST:
        raise BadPayload("notice.too_many", most=_MOST)
    result: list[Head] = []
    floor = 0
    for mention in named:
        head = _head(text, mention, floor, result)
        floor = max(mention.end, _lifted_until(text, mention))
        if head:
            result.append(head)
    result = _unique(result) or [
        _title(text, [mention for mention in named if not mention.not_yet])
    ]
    if _TITLED_LIFTED.search(text) and not any(head.action is Action.CANCEL for head in result):
        result[0].doubts.append("doubt.action_contradicted")
    return result


def _head(text: str, mention: Mention, floor: int, before: list[Head]) -> Head | None:
    """What governs a signal; ``None`` if it is only mentioned."""
    breaks = [m.end() for m in _SENTENCE.finditer(text, floor, mention.start)]
    sentence = breaks[-1] if breaks else floor
    sentence = max(sentence, mention.start - _LEAD)
    lead, tail = text[sentence : mention.start], _tail(text, mention.end)
    verb, when = _verb(lead, bool(mention.how))
    if verb is None:
        return _lifted(mention, lead, sentence, tail) or _standing(
            mention, lead, sentence, tail, before
        )
    if _NOT_YET.search(lead[: verb.start()]) or (when is None and _IF.search(lead)):
        mention.not_yet = True
        return None
    if _COUNTED.match(text, mention.end):
        return None
    rest = lead[verb.end() :]
    words, refers, areas = _after(rest)
    if mention.how and not areas:
        areas = _places_before(lead)
    if when is None and not areas:  # 龙山区维持暴雨橙色预警
        areas = _places_before(lead[: verb.start()])
    head = Head(
        mention,
        sentence + (when or verb).start(),
        sentence,
        _action(verb[0], words, mention, tail),
        issuers=_issuers(lead, when, verb),
        issued=WrittenTime(when) if when else mention.changed_at,
        refers=refers,
        areas=areas,
    )
    if verb[0] not in ("将", "把") and _is_announced(lead, when, verb):
        head.doubts.append("doubt.announced")
    if rest == "的":
        if before and before[-1].action is Action.CANCEL and _FURTHER.match(lead):
            return _also_lifted(head, before[-1])
        return _relative(head, lead, tail)
    if not head.issuers and not head.issued and before:  # ...，同时发布...
        head.issuers, head.issued = before[-1].issuers, before[-1].issued
    return head


def _lifted_until(text: str, mention: Mention) -> int:
    """Where the words end that lift a signal behind it (...预警信号已于8时解除)."""
    lifted = None if mention.how else _LIFTED.match(text, mention.end)
    return lifted.end() if lifted else 0


def _lifted(mention: Mention, lead: str, sentence: int, tail: str) -> Head | None:
    """龙山区暴雨橙色预警信号已于8时解除: a lifting without a word before it; a bare title of one
    (暴雨橙色预警信号解除) is read with what its text says.
    """
    lifted = None if mention.how else _LIFTED.match(tail)
    when = TIMES.search(lifted[0]) if lifted else None
    if when is None:
        return None
    return Head(
        mention,
        sentence,
        sentence,
        Action.CANCEL,
        issued=WrittenTime(when),
        areas=_places_before(lead),
    )


def _standing(
    mention: Mention, lead: str, sentence: int, tail: str, before: list[Head]
) -> Head | None:
    """龙山区暴雨红色预警信号继续生效, behind what the same body does to another: it goes on."""
    if not before or not _STANDS.match(tail):
        return None
    return Head(
        mention,
        sentence,
        sentence,
        Action.CONTINUE,
        issuers=before[-1].issuers,
        issued=before[-1].issued,
        areas=_places_before(lead),
    )


def _places_before(lead: str) -> tuple[str, ...]:
    """Places that stand right before a signal: 从8时起,龙山区、西安区(暴雨黄色预警信号...)."""
    clause = re.split("[,:]", _FROM.sub(",", lead))[-1]
    return places(re.sub("^(?:将|把|由|对|而|但|且)|(?:的|发布的)$", "", clause))


def _is_announced(lead: str, when: re.Match | None, verb: re.Match) -> bool:
    """Whether the deed is only to come: the word for it stands before the time, or before the
    verb.
    """
    return bool(
        _ANNOUNCED.search(lead[: verb.start()])
        or (when and _ANNOUNCED_AT.search(lead[: when.start()]))
    )


def _tail(text: str, start: int) -> str:
    """The rest of the clause after a signal."""
    tail = text[start : start + 60]
    end = re.search(r"[。!?;\n:]", tail)
    return tail[: end.start()] if end else tail


def _verb(lead: str, change: bool) -> tuple[re.Match | None, re.Match | None]:
    """The verb of a lead and the time before it; ``change``: 将 and 把 are verbs too."""
    times = list(TIMES.finditer(lead))
    signed = None
    for verb in re.finditer(f"{VERB}|将|把" if change else VERB, lead):
        if any(time.start() < verb.start() < time.end() for time in times):
            continue
        if signed and lead.startswith("的", verb.end()):
            continue  # 取消8日8时发布的: the verb was met already
        when = next((time for time in reversed(times) if time.end() <= verb.start()), None)
        if when and _joins(lead[when.end() : verb.start()]):
            return verb, when
        if re.search(f"(?:{END})$", strip_small(lead[: verb.start()])):
            signed = signed or verb
    return (signed, None) if signed else (_bare_verb(lead, change), None)


def _joins(gap: str) -> bool:
    """Whether between a time and a verb stands nothing but who does it."""
    gap = strip_small(gap.strip(",、:"))
    return len(gap) <= 2 or (len(gap) <= 60 and bool(re.search(f"(?:{END})$", gap)))


def _bare_verb(lead: str, change: bool) -> re.Match | None:
    """A verb with neither time nor body before it, in the last clause: 同时发布, 现解除."""
    if change:
        return re.search("(?:将|把|由)?[^,。]{0,30}$", lead)
    clause = max(lead.rfind(mark) for mark in ",:")
    return next(
        (
            verb
            for verb in _VERB.finditer(lead)
            if verb.start() > clause and len(lead) - verb.end() <= 40
        ),
        None,
    )


def _after(rest: str) -> tuple[str, WrittenTime | None, tuple[str, ...]]:
    """What stands between verb and signal: more verbs, the time of the message it speaks of,
    areas.
    """
    times = (time for time in TIMES.finditer(rest) if not rest.startswith("起", time.end()))
    refers = next(times, None)
    words = "".join(
        verb[0] for verb in _VERB.finditer(rest) if not rest.startswith("的", verb.end())
    )
    if refers:
        rest = rest[: refers.start()] + rest[refers.end() :]
    names = re.sub(r"^[了对将把]|的|第?\d*年?第?\d+[号期次]", "", _VERB.sub("", rest))
    return words, WrittenTime(refers) if refers else None, places(names)


def _action(verb: str, words: str, mention: Mention, tail: str) -> Action:
    """What is done. A lifting wins over every other word: 解除...发布的, 发布...解除."""
    text = verb + words
    if re.search(LIFT, text) or (_LIFTED.match(tail) and not mention.how):
        return Action.CANCEL
    changed = next(
        (action for words, action in _BY_CHANGE if re.fullmatch(words, mention.how)), None
    )
    if changed:
        return changed
    if _STANDS.match(tail):
        return Action.CONTINUE
    return next((action for words, action in _BY_WORD if re.search(words, text)), Action.ISSUE)


def _last_run(text: str) -> str:
    """The Chinese characters at the end."""
    match = re.search("[一-鿿、()]*$", text)
    return match[0] if match else ""


def _issuers(lead: str, when: re.Match | None, verb: re.Match) -> tuple[str, ...]:
    """The bodies between time and verb, else before the time."""
    places = (
        [lead[when.end() : verb.start()], lead[: when.start()]] if when else [lead[: verb.start()]]
    )
    runs = (_last_run(strip_small(TIMES.sub("\n", place).rstrip(",:、"))) for place in places)
    return next(filter(None, map(bodies, runs)), ())


def _also_lifted(head: Head, before: Head) -> Head:
    """解除8日11时发布的暴雨橙色预警信号及8日9时发布的雷电黄色预警信号: the second is lifted too."""
    head.action, head.refers = Action.CANCEL, head.issued
    head.issuers, head.issued = before.issuers, before.issued
    return head


def _relative(head: Head, lead: str, tail: str) -> Head | None:
    """8日8时发布的...预警信号于12时解除: the time before is that of the message it speaks of.

    转发气象台8时发布的...预警信号 passes that message on.
    """
    if _LIFTS.search(lead):  # 撤销气象台8时发布的...
        head.action = Action.CANCEL
    if head.action not in (Action.CANCEL, Action.CONTINUE):
        head.doubts.append("doubt.action_assumed")
        return head if _PASSED_ON.search(lead) and head.issued else None
    head.refers, head.issued = head.issued, None
    when = TIMES.search(tail)
    if when:
        head.issued = WrittenTime(when)
    else:
        head.doubts.append("doubt.without_time")
    return head


def _unique(heads: list[Head]) -> list[Head]:
    """A title repeats what the text says: of two heads for one signal the one with a time stays."""
    unique: list[Head] = []
    for head in heads:
        twin = next(
            (
                i
                for i, earlier in enumerate(unique)
                if _names_the_same(earlier.mention, head.mention)
                and (earlier.issued is None or head.issued is None)
            ),
            None,
        )
        if twin is None:
            unique.append(head)
        elif unique[twin].issued is None:
            head.issuers = head.issuers or unique[twin].issuers
            unique[twin] = head
    return _without_restated(unique)


def _names_the_same(first: Mention, second: Mention) -> bool:
    """The same hazards, in the same colours where both tell one."""
    return len(first.pairs) == len(second.pairs) and all(
        name == other and (level == another or None in (level, another))
        for (name, level, _), (other, another, _) in zip(first.pairs, second.pairs, strict=True)
    )


def _without_restated(every: list[Head]) -> list[Head]:
    """A notice that says at its end what it changes (...,暴雨蓝色预警信号更新为暴雨黄色预警信号) is
    one deed.
    """
    kept: list[Head] = []
    for head in every:
        twin = next((other for other in kept if _restates(head, other)), None)
        if twin is None:
            kept.append(head)
            continue
        if head.mention.how and not twin.mention.how:
            twin.action, twin.mention.previous = head.action, head.mention.previous
            twin.mention.replaced = head.mention.replaced
        twin.areas = twin.areas or head.areas
    return kept


def _restates(head: Head, other: Head) -> bool:
    """Whether both say the same of one signal, by the same body at the same time and place."""
    return (
        Action.CANCEL not in (head.action, other.action)
        and head.issued in (None, other.issued)
        and head.issuers in ((), other.issuers)
        and [pair[:2] for pair in head.mention.pairs] == [pair[:2] for pair in other.mention.pairs]
        and (not head.areas or not other.areas or head.areas == other.areas)
    )


def _title(text: str, named: list[Mention]) -> Head:
    """A title without a verb, with issuer and time elsewhere:
    【暴雨黄色预警】...(某气象台7月8日8时20分).
    """
    if not named:
        raise BadPayload("notice.unclear")
    mention = named[0]
    stated = _stated(text, mention)
    if stated:
        return stated
    action = _action("", "", mention, _tail(text, mention.end))
    if not bodies_in(text):
        raise BadPayload("notice.no_issuer" if TIMES.search(text) else "notice.no_warning")
    if action is Action.ISSUE and re.search(LIFT, text):
        raise BadPayload("notice.unclear")
    head = Head(mention, mention.start, 0, action)
    if action is Action.ISSUE:
        head.doubts.append("doubt.action_assumed")
    return head


def _stated(text: str, mention: Mention) -> Head | None:
    """A title, and a sentence that doesn't repeat it:
    大雾黄色预警信号:某气象台8日8时20分发布,...
    """
    match = _BARE.search(text)
    if not match or not bodies(match["who"]):
        return None
    action = _action(match["verb"], "", mention, _tail(text, mention.end))
    return Head(
        mention, mention.start, 0, action, issuers=bodies(match["who"]), issued=WrittenTime(match)
    )
