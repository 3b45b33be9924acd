"""Whose warning it is and for where: bodies however they sign, and areas within areas."""

import re
from functools import lru_cache

from weather.model import Alert

#: 气象台 and 气象局 are one body; so is a name with and without the province and the city in front.
_BODY = re.compile("气象(?:台|局|站|服务中心)$")

_IN_FRONT = re.compile(
    "(?:.*[省市州盟区县旗]|吉林|辽宁|黑龙江|内蒙古|河北|山西|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南|"
    "四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆)"
)

#: 市气象台, 本县气象局: the body of a place that it takes for granted.
_OWN = re.compile("[本我]?(?P<name>[省市县区旗州].+)")

#: Codes of the whole country.
NATION = ("100000", "000000")


def same_issuer(first: Alert, second: Alert) -> bool:
    """A body in common, however its name is written."""
    if not first.issuers or not second.issuers:
        return first.issuers == second.issuers and first.provider == second.provider
    return any(_same_body(a, b) for a in first.issuers for b in second.issuers)


@lru_cache(maxsize=10_000)
def _same_body(first: str, second: str) -> bool:
    """气象台 or 气象局, with or without what it lies in (内蒙古通辽市开鲁县气象台 is 开鲁县气象台),
    or for short (市气象台).
    """
    long, short = sorted(
        (_BODY.sub("气象", first), _BODY.sub("气象", second)), key=len, reverse=True
    )
    if long == short or re.sub("[市县区旗](?=气象$)", "", long) == short:
        return True
    own = _OWN.fullmatch(short)
    if own and long.endswith(own["name"]):
        return True
    return long.endswith(short) and bool(_IN_FRONT.fullmatch(long[: -len(short)]))


def is_ambiguous(later: Alert, alert: Alert, bodies: set[str]) -> bool:
    """Whether a body is signed so shortly (市气象台) that it may be this one's or another's."""
    if set(later.issuers) & set(alert.issuers):
        return False
    short = [name for name in (*later.issuers, *alert.issuers) if _OWN.fullmatch(name)]
    meant = {name for name in bodies for each in short if name != each and _same_body(name, each)}
    return any(not _same_body(a, b) for a in meant for b in meant)


def _places(alert: Alert) -> tuple[str, ...]:
    """The places it names; its issuer's own area is not first, for that is meant where none is
    named.
    """
    own = [_BODY.sub("", name) for name in alert.issuers]
    named = (_within_own(area, own) for area in alert.areas)
    return tuple(area for area in named if area)


def _within_own(area: str, own: list[str]) -> str:
    """A place without the issuer's own in front (通化市东昌区 of 吉林省通化市气象台); empty if it
    is that.
    """
    for place in own:
        if place and area.endswith(place):
            return ""
        tails = (place[start:] for start in range(len(place) - 1))
        area = next((area[len(tail) :] for tail in tails if area.startswith(tail)), area)
    return area


def covers(later: Alert, alert: Alert) -> bool:
    """Whether a message is for all of the area of another; first that names none is for all of its
    issuer's.
    """
    places, others = _places(later), _places(alert)
    if places:
        return bool(others) and all(
            any(_lies_in(other, place) for place in places) for other in others
        )
    if later.adcodes and alert.adcodes:
        return all(any(within(a, b) for b in later.adcodes) for a in alert.adcodes)
    return True


def _lies_in(inner: str, outer: str) -> bool:
    """龙山区寿山镇 and 辽源市龙山区 lie in 龙山区, and 龙山区 is 辽源市龙山区."""
    return inner.startswith(outer) or inner.endswith(outer) or outer.endswith(inner)


def overlap(first: Alert, second: Alert) -> bool:
    """Whether the areas may meet; one that names none speaks for all of its issuer's."""
    places, others = _places(first), _places(second)
    if places and others:
        return any(_lies_in(a, b) or _lies_in(b, a) for a in places for b in others)
    if first.adcodes and second.adcodes:
        return any(within(a, b) or within(b, a) for a in first.adcodes for b in second.adcodes)
    return True


def within(inner: str, outer: str) -> bool:
    """GB/T 2260 counts in pairs of digits: 220402 lies in 220400 and in 220000."""
    while outer.endswith("00"):
        outer = outer[:-2]
    return inner.startswith(outer)


def concerns(code: str, ours: str) -> bool:
    """Whether an area of this code lies in ours, or ours in it, as in its city, its province or the
    nation; ``ours`` may be the first digits of a code.
    """
    return code in NATION or within(code, ours) or within(ours, code)
