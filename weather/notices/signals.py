"""The signals a Chinese text names: 暴雨黄色预警信号, Ⅲ级暴雨预警, 暴雨、雷电黄色预警,
将暴雨黄色预警信号升级为橙色.

Works on text that ``text.clean`` has passed.
"""

import re
from dataclasses import dataclass

from weather.hazards import GRADED as COLOURED
from weather.hazards import NAME, canonical, level_of, same_hazard
from weather.hazards import SUFFIX as RISK
from weather.model import BadPayload, Level
from weather.notices.issuers import END
from weather.notices.text import WrittenTime, time_pattern

#: A colour or a grade, or the white of the south coast's typhoon signals, which is below blue.
GRADED = rf"(?:{COLOURED}|[\[(【]?白色[\])】]?)"
WHITE = "白色"
SUFFIX = f"(?:天气)?{RISK}"
WARN = "预警(?:信号|信息)?"
RAISE = "升级|提升|升格|上调|升"
LOWER = "降级|下调|降低|降"
CHANGE = "变更|更新|更改|调整|订正|更正|修订|改"
LIFT = "解除|取消|撤销|撤回|终止"
GO_ON = "继续|延续|维持|延长|续发|持续"
GIVE = "发布|签发|启动|拉响|挂出|悬挂"
_REPEATED = "(?:联合|再次|重新|紧急)?"
#: What can be done to a signal; the longest reading first (变更发布 before 变更).
VERB = (
    f"{_REPEATED}(?:{LIFT}|(?:{GO_ON}|{CHANGE}|{RAISE}|{LOWER})?{_REPEATED}(?:{GIVE})|{CHANGE}|升级|提升|升格|上调|"
    f"降级|下调|降低|{GO_ON})"
)
_LATE = rf"{WARN}(?:等?级别?)?(?:[:为]?(?:{GRADED}))?"
_ITEM = rf"(?:{GRADED})?{NAME}{SUFFIX}(?:{GRADED})?(?:{_LATE})?"
#: 解除全部预警信号: every warning of its issuer, whatever it is for.
EVERY = re.compile(
    "(?:全部|所有|各类|一切|各种)(?:的)?(?:在效|有效|生效(?:中)?)?(?:的)?(?:气象)?(?:灾害)?(?:天气)?预警(?:信号|信息)?"
)
_EXCEPT = re.compile("除(?!全部|所有)[^,。;]{1,12}[外余]")
_SIGNAL = re.compile(rf"{_ITEM}(?:(?:[、和及与]|以及){_ITEM})*")
_SINGLE = re.compile(
    rf"(?P<before>{GRADED})?(?P<name>{NAME}{SUFFIX})(?P<after>{GRADED})?"
    rf"(?P<warn>{WARN}(?:等?级别?)?(?:[:为]?(?P<late>{GRADED}))?)?"
)
_UNKNOWN = re.compile(rf"(?P<name>[一-鿿]{{2,12}}?)(?P<after>{GRADED}){WARN}")
_TO = rf"(?:等级|级别)?(?P<how>{RAISE}|{LOWER}|{CHANGE})(?:发布)?(?:为|至|到|成)"
_CHANGED = re.compile(rf"(?:由(?P<old>{GRADED}))?(?:{WARN})?{_TO}(?P<new>{GRADED})(?:{WARN})?")
_BEFORE = re.compile(rf"(?P<how>{RAISE}|{LOWER}|{CHANGE})(?:发布)?$")
#: A时刻升级为B: when it was changed stands between the two.
_WHEN_CHANGED = re.compile(rf"(?:现|已|现已)?[于在]?{time_pattern('5')},?(?:由|被|已)?{_TO}")
_APART = re.compile(
    r"(?P<date>(?:\d{4}年)?\d{1,2}月\d{1,2}[日号]),?"
    rf"(?P<who>[一-鿿、]{{2,40}}?(?:{END}))于?(?=\d{{1,2}}[时点:])"
)
_FORM = re.compile(
    rf"预警(?:信号)?(?:类型|种类|类别|名称|信号)?:(?P<name>{NAME}{SUFFIX})\n?"
    rf"(?:预警(?:信号)?(?:级别|等级|颜色):)?(?P<level>{GRADED})(?!{WARN})"
)
#: A hazard, its level, and what is doubtful about the pair.
Pair = tuple[str, Level | None, tuple[str, ...]]


@dataclass
class Mention:
    """One signal, from ``start`` to ``end`` in the text.

    ``previous`` and ``how`` are the level before and the word between, where the signal is one
    changed into another; ``replaced`` is the former signal where that is of another hazard;
    ``not_yet`` marks one that is only thought of (视情发布); ``changed_at`` is when it was changed,
    where that stands between the two.
    """

    start: int
    end: int
    pairs: list[Pair]
    previous: Level | None = None
    how: str = ""
    not_yet: bool = False
    replaced: Pair | None = None
    changed_at: WrittenTime | None = None


def unfold_form(text: str) -> str:
    """A form's lines (预警信号:暴雨黄色, or 预警类型 and 预警级别) as the signal they make."""
    return _FORM.sub(lambda line: f"{line['name']}{line['level']}预警信号", text)


def join_date(text: str) -> str:
    """A date that stands apart from its time (7月8日，某气象台于8时20分) brought to it."""
    return _APART.sub(r"\g<who>\g<date>", text)


def mentions(text: str) -> list[Mention]:
    """All signals that are called a warning, in order; one changed into another is one.

    Raises
    ------
    BadPayload
        ``notice.no_type``: none.
    """
    mentions = [
        Mention(m.start(), m.end(), _pairs(m[0])) for m in _SIGNAL.finditer(text) if "预警" in m[0]
    ]
    mentions = mentions or _unknown(text) or _every(text)
    if not mentions:
        raise BadPayload("notice.no_type")
    merged = [mentions[0]]
    for mention in mentions[1:]:
        before = merged[-1]
        how, changed_at = _changed_into(text, before, mention)
        if how:
            before.changed_at = changed_at
            name, level, _ = before.pairs[0]
            same = any(same_hazard(name, new) for new, _, _ in mention.pairs)
            before.replaced = None if same else before.pairs[0]
            before.previous, before.pairs, before.end, before.how = (
                level if same else None,
                mention.pairs,
                mention.end,
                how,
            )
        else:
            merged.append(mention)
    for mention in merged:
        _rest_of_change(text, mention)
    return merged


def _changed_into(text: str, before: Mention, mention: Mention) -> tuple[str, WrittenTime | None]:
    """The word of the change in A升级为B, or in 升级A为B; and when, in A于8时升级为B."""
    between = text[before.end : mention.start]
    to = re.fullmatch(_TO, between) or (between == "为" and _BEFORE.search(text[: before.start]))
    if to:
        return to["how"], None
    dated = _WHEN_CHANGED.fullmatch(between)
    return (dated["how"], WrittenTime(dated, "5")) if dated else ("", None)


def _rest_of_change(text: str, mention: Mention) -> None:
    """The level alone changes: 暴雨黄色预警信号升级为橙色; 暴雨预警信号由黄色升级为橙色."""
    to = _CHANGED.match(text, mention.end)
    if not to:
        return
    name, level, doubts = mention.pairs[0]
    mention.previous = level_of(to["old"])[0] if to["old"] else level
    new, doubt = level_of(to["new"])
    mention.pairs = [(name, new, doubts + ((doubt,) if doubt else ()))]
    mention.how, mention.end = to["how"], to.end()


def _pairs(run: str) -> list[Pair]:
    """Hazards and levels of one run; a hazard without a level has that of the next
    (暴雨、雷电黄色预警信号).
    """
    pairs: list[Pair] = []
    for item in reversed(list(_SINGLE.finditer(run))):
        colour = "".join(item[part] or "" for part in ("before", "after", "late"))
        level, doubt = level_of(colour)
        doubt = "doubt.below_blue" if WHITE in colour else doubt
        following = pairs[-1][1] if pairs else None
        name = canonical(re.sub("天气", "", item["name"]))
        pairs.append((name, level or following, (doubt,) if doubt else ()))
    return pairs[::-1]


def _every(text: str) -> list[Mention]:
    """All warnings at once, which only a lifting can mean."""
    return [
        Mention(match.start(), match.end(), [("", None, ())])
        for match in EVERY.finditer(text)
        if re.search(LIFT, text[max(0, match.start() - 60) : match.end() + 20])
        and not _EXCEPT.search(text[max(0, match.start() - 20) : match.end() + 20])
    ]


def _unknown(text: str) -> list[Mention]:
    """A hazard that is in no list: the word between the verb and the colour."""
    mentions = []
    for signal in _UNKNOWN.finditer(text):
        lead = text[max(0, signal.start() - 80) : signal.start("after")]
        name = re.split(rf"{VERB}|[^一-鿿]|的|了", lead)[-1]
        level, doubt = level_of(signal["after"])
        if 2 <= len(name) <= 12:
            doubts = ("doubt.type_unknown", *([doubt] if doubt else []))
            mentions.append(
                Mention(signal.start("after") - len(name), signal.end(), [(name, level, doubts)])
            )
    return mentions
