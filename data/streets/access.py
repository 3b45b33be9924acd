"""What a file's attributes say of who may use a street, and which way. Pure.

OpenStreetMap's keys go from the general to the special (``access``, ``vehicle``, ``motor_vehicle``,
``hgv``): the most special one that is there counts (its wiki, "Key:access").
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from data.model.city import Profile
from data.model.street.streets import Access, StreetClass
from data.streets.hours import ALWAYS, hours_of_week

_LORRY, _CAR, _SCOOTER, _FOOT = Profile.LORRY, Profile.CAR, Profile.SCOOTER, Profile.FOOT
DRIVEN = (_LORRY, _CAR)
KEYS: Mapping[Profile, tuple[str, ...]] = {
    _LORRY: ("access", "vehicle", "motor_vehicle", "hgv"),
    _CAR: ("access", "vehicle", "motor_vehicle", "motorcar"),
    _SCOOTER: ("access", "vehicle", "bicycle"),  # an electric bicycle is no motor vehicle
    _FOOT: ("access", "foot"),
}
"""By which keys each is admitted, the general first."""
OWN_KEYS: Mapping[Profile, int] = {_LORRY: 2, _CAR: 2, _SCOOTER: 1, _FOOT: 1}
"""So many of the last ones admit it to a street whose class is closed to it: ``access=yes`` makes
no road of a footway.
"""
NO = {
    "no", "private", "agricultural", "forestry", "military", "emergency", "use_sidepath",
    "dismount", "restricted", "bus", "psv", "taxi", "none", "false", "0",
    "否", "禁止", "禁行", "不可", "不允许", "不准", "不通",
}  # fmt: skip
DESTINATION = {
    "destination", "delivery", "customers", "permit", "residents", "loading", "unloading", "local",
    "仅限到达", "限到达", "目的地",
}  # fmt: skip
BY_SERVICE = {
    "driveway": "destination", "parking_aisle": "destination", "drive-through": "destination",
    "parking": "destination", "emergency_access": "no",
}  # fmt: skip
"""What ``service`` says of vehicles where nothing else does: nobody drives through a car park."""
BANS: Mapping[str, tuple[Profile, ...]] = {
    "货车禁行": (_LORRY,), "大车禁行": (_LORRY,), "货车限行": (_LORRY,), "禁止货车": (_LORRY,),
    "禁货": (_LORRY,), "no_trucks": (_LORRY,), "no_truck": (_LORRY,), "truck_ban": (_LORRY,),
    "机动车禁行": DRIVEN, "禁止机动车": DRIVEN, "非机动车禁行": (_SCOOTER,), "行人禁行": (_FOOT,),
}  # fmt: skip
"""Headings under which a yes bars."""
HOURS: Mapping[str, tuple[Profile, ...]] = {
    f"{who}{what}{when}": whom
    for who, whom in (("货车", (_LORRY,)), ("大车", (_LORRY,)), ("机动车", DRIVEN), ("", DRIVEN))
    for what in ("禁行", "限行", "禁止通行")
    for when in ("时段", "时间", "时间段")
} | {"truck_hours": (_LORRY,), "truck_ban_hours": (_LORRY,)}
"""Headings under which hours bar."""
MAY: Mapping[str, str] = {
    "货车通行": "hgv", "大车通行": "hgv", "允许货车": "hgv", "货车": "hgv", "大车": "hgv",
    "trucks": "hgv", "truck": "hgv", "机动车": "motor_vehicle", "机动车通行": "motor_vehicle",
    "非机动车": "bicycle", "非机动车通行": "bicycle", "行人": "foot", "行人通行": "foot",
    "通行": "access", "maxweight:hgv": "maxweight",
}  # fmt: skip
"""Headings that say what one of OpenStreetMap's keys says."""
YES = {"yes", "true", "1", "y", "是", "有", "禁", "禁行", "禁止", "限行"}
OPEN_BARRIERS = {
    "gate", "lift_gate", "swing_gate", "sliding_gate", "toll_booth", "border_control", "sally_port",
    "entrance", "cattle_grid", "height_restrictor", "kerb", "speed_bump", "no", "checkpoint",
}  # fmt: skip
"""Through which everybody passes of whom nothing else is told (as OSRM's profile of cars has it);
through any other no motor vehicle does.
"""
ON_FOOT = {"kissing_gate", "stile", "turnstile", "full-height_turnstile", "wicket_gate"}
"""Through which people pass on foot only."""
WEIGHTS = (
    "maxweight", "maxweightrating", "maxweightrating:hgv", "maxgcweight", "限重", "限载",
    "最大载重", "载重限制", "max_weight", "weight_limit", "wt_limit",
)  # fmt: skip
HEIGHTS = (
    "maxheight", "maxheight:physical", "限高", "净高", "净空", "净空高度", "限高高度",
    "max_height", "height_limit", "vertical_clearance", "vert_clear", "clearance",
)  # fmt: skip
WIDTHS = ("maxwidth", "maxwidth:physical", "限宽", "max_width", "width_limit")
UNITS: Mapping[str, float] = {
    "": 1.0, "m": 1.0, "米": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0,
    "cm": 0.01, "厘米": 0.01, "公分": 0.01, "mm": 0.001, "毫米": 0.001,
    "ft": 0.3048, "feet": 0.3048, "foot": 0.3048, "英尺": 0.3048, "in": 0.0254,
    "t": 1.0, "吨": 1.0, "tonne": 1.0, "tonnes": 1.0, "st": 0.907185, "ton": 1.0, "tons": 1.0,
    "kg": 0.001, "公斤": 0.001, "千克": 0.001, "lb": 0.000453592, "lbs": 0.000453592,
}  # fmt: skip
"""Metres or tonnes in each."""
ONE_WAYS = (
    "oneway", "onewaydir", "onewaycd", "dirtravel", "traveldir", "traveldirection", "trafficdir",
    "trafficdirection", "direction", "junction", "oneway:motorvehicle",
    "单行", "单行线", "单行道", "单行方向", "是否单行", "通行方向", "行驶方向", "方向",
)  # fmt: skip
"""Headings, without what stands between their words."""
FORWARD = {
    "yes", "y", "true", "1", "f", "ft", "forward", "b_to_e", "with", "from-to", "from_to", "oneway",
    "one way", "one-way", "roundabout", "circular",
    "是", "顺", "顺行", "正向", "单行", "单向", "单行线",
}  # fmt: skip
BACKWARD = {
    "-1", "reverse", "tf", "t", "backward", "e_to_b", "against", "to-from", "to_from",
    "逆", "逆行", "逆向", "反向",
}  # fmt: skip
_CLOSED_BY_CLASS: Mapping[str, tuple[Profile, ...]] = {
    "motorway": (_SCOOTER, _FOOT), "motorway_link": (_SCOOTER, _FOOT), "高速": (_SCOOTER, _FOOT),
    "steps": (_SCOOTER,),
}  # fmt: skip
_FEET = re.compile(r"(\d+(?:\.\d+)?)\s*(?:'|ft|feet)\s*(?:(\d+(?:\.\d+)?)\s*(?:\"|''|in)?)?")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([^\d\s]*)")
_CLAUSE = re.compile(r"([^@;]+?)\s*@\s*(\([^)]*\)|[^;]+)")
_BAN = re.compile(r"(货车|大车|机动车|车辆)?(禁止通行|禁止|禁行|限行)")
_UNIT = re.compile(r"[(\[/]\s*([^()\[\]]+?)\s*[)\]]?$")
_FIGURES = re.compile(r"-?\d+\.0+")


def tags_of(properties: Mapping[str, Any]) -> dict[str, str]:
    """What a file says of a line, by headings and in words that do not depend on how they are
    written: lower case, half width, a unit that stands in the heading behind the figure, headings
    of our own by OpenStreetMap's keys.
    """
    found: dict[str, str] = {}
    for heading, value in properties.items():
        if value is None or isinstance(value, dict | list):
            continue
        key, unit = _plain(str(heading)), ""
        if bracket := _UNIT.search(key):
            key, unit = key[: bracket.start()].strip(), bracket[1]
        text = _plain(str(value))
        text = text.split(".")[0] if _FIGURES.fullmatch(text) else text
        if text:
            key = key.replace(" ", "_")
            found.setdefault(MAY.get(key, key), text + unit if text[-1].isdigit() else text)
    return found


def access_of(
    tags: Mapping[str, str], highway: str, kind: StreetClass
) -> tuple[Access, StreetClass] | None:
    """Who may use a street of these tags, and its class: a path that is open to vehicles is as wide
    as a lane. ``None``: nobody may.

    Parameters
    ----------
    highway
        Its class as the file calls it.
    """
    said = {profile: _admitted(tags, profile, highway, kind) for profile in Profile}
    said |= dict.fromkeys(_banned(tags), "no")
    weeks = {profile: _week(tags, profile, how == "no") for profile, how in said.items()}
    barred = {profile for profile, week in weeks.items() if week == ALWAYS}
    if barred == set(Profile):
        return None
    if kind is StreetClass.PATH and not barred >= set(DRIVEN):
        kind = StreetClass.LANE
    ends = {profile for profile, how in said.items() if how == "destination"}
    return Access(
        barred=frozenset(barred - set(DRIVEN) if kind is StreetClass.PATH else barred),
        no_through=frozenset(ends),
        scooters_both_ways=_against(tags),
        weight_t=_least(tags, WEIGHTS),
        height_m=_least(tags, HEIGHTS),
        width_m=_least(tags, WIDTHS),
        hours=tuple((each, week) for each, week in weeks.items() if 0 < week < ALWAYS),
    ), kind


def with_barrier(street: Access, tags: Mapping[str, str]) -> Access:
    """Who passes a barrier of these tags on a street."""
    kind = tags.get("barrier", "")
    if kind in OPEN_BARRIERS and tags.get("locked") != "yes":
        usual = {}
    else:
        usual = {"foot": "yes"} | (
            {"vehicle": "no"} if kind in ON_FOOT else {"motor_vehicle": "no"}
        )
    said = tags if any(key in tags for key in KEYS[_LORRY]) else usual | dict(tags)
    found = access_of(said, "barrier", StreetClass.LANE)
    own = found[0] if found else Access(barred=frozenset(Profile))
    return Access(
        barred=street.barred | own.barred,
        no_through=street.no_through,
        scooters_both_ways=street.scooters_both_ways,
        weight_t=min(street.weight_t, own.weight_t),
        height_m=min(street.height_m, own.height_m),
        width_m=min(street.width_m, own.width_m),
        hours=street.hours + own.hours,
    )


def direction_of(tags: Mapping[str, str], highway: str) -> tuple[bool, bool]:
    """Whether a street is one-way, and whether against the way that it is written."""
    ways = {value for key, value in tags.items() if key.replace("_", "") in ONE_WAYS}
    if ways & BACKWARD:
        return True, True
    forced = {tags.get(f"{who}:backward") for who in ("vehicle", "motor_vehicle")}
    usual = highway in ("motorway", "motorway_link") and tags.get("oneway") not in NO
    return bool(ways & FORWARD) or "no" in forced or usual, False


def _admitted(tags: Mapping[str, str], profile: Profile, highway: str, kind: StreetClass) -> str:
    """``yes``, ``no`` or ``destination``."""
    keys = KEYS[profile]
    is_closed = profile in _CLOSED_BY_CLASS.get(highway, ())
    is_closed |= tags.get("motorroad") == "yes" and profile in (_SCOOTER, _FOOT)
    is_closed |= kind is StreetClass.PATH and profile in DRIVEN
    found = "no" if is_closed else ""
    if profile in DRIVEN and not is_closed:
        found = BY_SERVICE.get(tags.get("service", ""), "")
        is_closed = found == "no"
    for key in keys[-OWN_KEYS[profile] :] if is_closed else keys:
        if value := tags.get(key):
            parts = set(re.split(r"[;,|]\s*", value))
            found = "no" if parts <= NO else "destination" if parts <= NO | DESTINATION else "yes"
    return found or "yes"


def _week(tags: Mapping[str, str], profile: Profile, is_barred: bool) -> int:
    """The quarters of the week in which who goes by this may not use a street: what the most
    special key adds for some hours (OpenStreetMap's wiki, "Conditional restrictions"), and hours
    under headings of their own. Hours that nobody understands change nothing.
    """
    week = ALWAYS if is_barred else 0
    told = [key for key in KEYS[profile] if tags.get(key) or tags.get(f"{key}:conditional")]
    for value, condition in _CLAUSE.findall(
        tags.get(f"{told[-1]}:conditional", "") if told else ""
    ):
        hours = hours_of_week(condition) or 0
        week = week | hours if value.strip() in NO else week & ~hours
    for heading, whom in HOURS.items():
        if profile in whom and (text := tags.get(heading)):
            week |= hours_of_week(_BAN.sub("", text)) or 0
    return week


def _banned(tags: Mapping[str, str]) -> set[Profile]:
    return {each for name, whom in BANS.items() if tags.get(name) in YES for each in whom}


def _against(tags: Mapping[str, str]) -> bool:
    """Whether bicycles, and so electric ones, go both ways along a one-way street."""
    lanes = (tags.get(f"cycleway{side}", "") for side in ("", ":left", ":right", ":both"))
    return (
        tags.get("oneway:bicycle") in NO
        or tags.get("bicycle:backward") == "yes"
        or any(lane.startswith("opposite") for lane in lanes)
        or ("oneway" not in tags and "oneway:motor_vehicle" in tags)
        or tags.get("motor_vehicle:backward") == "no"
    )


def _least(tags: Mapping[str, str], names: Iterable[str]) -> float:
    """The smallest limit that is told, in metres or tonnes."""
    told = (part for name in names for part in re.split(r"[;|]", tags.get(name, "")))
    return min(filter(None, map(_amount, told)), default=math.inf)


def _amount(text: str) -> float | None:
    """A figure with its unit; ``None`` where it says none, and for 0, which tables write for it."""
    text = text.strip().replace(",", ".")
    if feet := _FEET.fullmatch(text):
        return round(float(feet[1]) * 0.3048 + float(feet[2] or 0) * 0.0254, 3)
    found = _AMOUNT.fullmatch(text)
    if not found or found[2] not in UNITS:
        return None
    return round(float(found[1]) * UNITS[found[2]], 3) or None


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())
