"""Whose place a warning is for: ours, or another district's, county's or province's. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from data.model.city import District
from weather.jurisdiction import NATION, within
from weather.model import Alert

ELSEWHERE = "doubt.elsewhere"
#: GB/T 2260: the first two digits of a code.
PROVINCES = {
    "11": "北京",
    "12": "天津",
    "13": "河北",
    "14": "山西",
    "15": "内蒙古",
    "21": "辽宁",
    "22": "吉林",
    "23": "黑龙江",
    "31": "上海",
    "32": "江苏",
    "33": "浙江",
    "34": "安徽",
    "35": "福建",
    "36": "江西",
    "37": "山东",
    "41": "河南",
    "42": "湖北",
    "43": "湖南",
    "44": "广东",
    "45": "广西",
    "46": "海南",
    "50": "重庆",
    "51": "四川",
    "52": "贵州",
    "53": "云南",
    "54": "西藏",
    "61": "陕西",
    "62": "甘肃",
    "63": "青海",
    "64": "宁夏",
    "65": "新疆",
    "71": "台湾",
    "81": "香港",
    "82": "澳门",
}
_CITY_STATES = ("北京", "天津", "上海", "重庆", "香港", "澳门")
_SUFFIX = "(?:特别行政区|自治区|自治州|自治县|自治旗|省|市|县|区|旗|盟|州(?![市县区]))"
_CITY = ("市", "州", "盟")
_UNIT = re.compile(f"[一-鿿]+?{_SUFFIX}")
#: What ends like a name and is none: 市区, 山区, 全市, 我省 ...
_NO_NAME = re.compile(
    "[全我本各该其][一-鿿]*|.*(?:部分|大部)地区|.*部[省市县区]?|"
    ".*(?:地|山|辖|景|库|矿|林|牧|郊|城|社|灾|园|小|农|主城|中心城|开发|高新|经开|新)区|[市县]区|城市"
)
_BODY = re.compile(
    "(?:气象(?:台|局|站|服务中心|灾害.*)|水利.*|水务.*|应急.*|自然资源.*|防汛.*|水文.*)$"
)
_NOBODY = re.compile("(?:中央|国家|全国|中国|[本我]?[省市县区旗州]|.*流域|)")


def is_elsewhere(alert: Alert, district: District) -> bool:
    """Whether a warning is for other places alone: other codes, other areas, or another's issuer
    that names no area.

    Codes (GB/T 2260) say of whom it is; a code of ours or below settles it. Areas that are named
    count before the issuer: a city warns one of its counties. What can't be told apart is ours, the
    graver reading.
    """
    codes = [code for code in alert.adcodes if code.isdigit()]
    if any(within(code, district.adcode) for code in codes):
        return False
    if codes and not any(code in NATION or within(district.adcode, code) for code in codes):
        return True
    own = _own(district)
    foreign = bool(alert.issuers) and all(_is_foreign_body(name, own) for name in alert.issuers)
    if not alert.areas:
        return foreign
    if all(_is_foreign(area, own) for area in alert.areas):
        return True
    return foreign and not any(own.names[0][:2] in area for area in alert.areas)


def for_us(alert: Alert, district: District) -> Alert:
    """The warning as the officer on duty takes it for ours: a message of its own beside the
    other.
    """
    return replace(
        alert,
        provider_id=f"{alert.provider_id},ours",
        areas=(district.name,),
        adcodes=(district.adcode,) if district.adcode.isdigit() else (),
        doubts=tuple(doubt for doubt in alert.doubts if doubt != ELSEWHERE),
    )


def ours(alerts: Iterable[Alert], district: District | None) -> tuple[Alert, ...]:
    """Those that are not for other places; all, where no district is known."""
    return tuple(alert for alert in alerts if not district or not is_elsewhere(alert, district))


@dataclass(frozen=True, slots=True)
class _Own:
    """The district and all that it lies in, by whole names, the province's in every form; and of
    which ranks another name can be told to be another place.
    """

    names: tuple[str, ...]
    knows_county: bool
    knows_city: bool
    knows_province: bool

    def is_other(self, unit: str) -> bool:
        if _NO_NAME.fullmatch(unit) or any(_same_unit(unit, name) for name in self.names):
            return False
        if unit.endswith(("省", "自治区", "特别行政区")):
            return self.knows_province
        return self.knows_city if unit.endswith(_CITY) else self.knows_county


def _own(district: District) -> _Own:
    units = _UNIT.findall(district.name)
    province = PROVINCES.get(district.adcode[:2])
    forms = [f"{province}{suffix}" for suffix in ("省", "自治区")] if province else []
    if province in _CITY_STATES:
        forms = [f"{province}市", f"{province}特别行政区"]
    cities = [unit for unit in units[:-1] if unit.endswith(_CITY)]
    is_city = bool(units) and district.adcode.endswith("00")
    return _Own(
        names=tuple(dict.fromkeys([*units, *forms])),
        knows_county=bool(units) and not is_city,  # a city's own counties are ours
        knows_city=bool(cities) or is_city or (bool(units) and province in _CITY_STATES),
        knows_province=bool(province and units),
    )


def _is_foreign(place: str, own: _Own) -> bool:
    """Whether a place lies in a county, city or province that is not ours."""
    return any(own.is_other(unit) for unit in _UNIT.findall(place))


def _same_unit(unit: str, own: str) -> bool:
    """延边州 is 延边朝鲜族自治州, and 其中龙山区 is 龙山区; 龙山县 is not."""
    if unit == own or (len(own) > 2 and unit.endswith(own)):
        return True
    long, short = sorted((unit, own), key=len, reverse=True)
    return "自治" in long and long[-1] == short[-1] and long.startswith(short[:-1])


def _is_foreign_body(issuer: str, own: _Own) -> bool:
    """Whether a body is another place's; one that tells no place (市气象台, 中央气象台) is not."""
    place = _BODY.sub("", issuer)
    if place == issuer or _NOBODY.fullmatch(place) or _NO_NAME.fullmatch(place):
        return False
    if _UNIT.search(place):
        return _is_foreign(place, own)
    return own.knows_city and not any(name.startswith(place) for name in own.names)
