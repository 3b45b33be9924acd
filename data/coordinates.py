"""Coordinate systems of files: known by name, EPSG number or .prj, or by what the figures can be;
positions taken to WGS-84 by the hundred thousand.

A system is written as one of `data.geo.SYSTEMS`, or as whatever PROJ reads (``EPSG:4547``, the text
of a .prj); behind one in metres or feet may stand another unit of the figures (``EPSG:4547 km``).
"""

import re
import unicodedata
from functools import lru_cache

import numpy as np
import pyproj
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from pyproj.exceptions import CRSError, ProjError

from data.geo import SYSTEMS, points_to_wgs84

pyproj.network.set_network_enabled(active=False)

_WORDS = (
    (r"wgs[-_ ]?84([-_ ]?(gps|lon.*|geographic))?|gps|crs:?84|国际坐标|经纬度|epsg:*4326", "wgs84"),
    (r"gcj[-_ ]?02(ll)?|火星(坐标)?|高德(坐标)?|腾讯(坐标)?|国测局.*|gaode|amap", "gcj02"),
    (r"bd[-_ ]?09(ll)?|百度(坐标|经纬度)?|baidu", "bd09"),
    (r"web[-_ ]?mercator|(epsg:*)?(900913|102100|3857)|墨卡托|web墨卡托", "EPSG:3857"),
    (
        r"(cgcs|大地|国家)[-_ ]?2000(经纬度|坐标系?)?|2000国家大地(坐标系?)?|2000坐标系?",
        "EPSG:4490",
    ),
    (r"西安[-_ ]?(19)?80(坐标系?)?|xian[-_ ]?(19)?80", "EPSG:4610"),
    (r"北京[-_ ]?(19)?54(坐标系?)?|beijing[-_ ]?(19)?54", "EPSG:4214"),
)
_BELT = re.compile(
    r"(?P<datum>cgcs2000|大地2000|国家2000|2000|西安80|xian80|北京54|beijing54)?.*?"
    r"(?:(?P<width>[36三六])\s*(?:度|°|degree|-degree)?\s*(?:分?带)?.*?)?"
    r"(?:(?:cm|中央(?:子午线|经线))\s*:?\s*(?P<meridian>\d{2,3})|"
    r"(?:zone\s*(?P<zone>\d{2})|(?P<zone2>\d{2})\s*带))"
)
LONGEST_WORDS = 200
"""What is longer is no name of a belt, and would be searched in a time of its length squared."""
_BELTS = {  # first belt of 3 and 6 degrees with the zone's number in front, then without it
    "cgcs2000": (4513, 4491, 4534, 4502),
    "xian80": (2349, 2327, 2370, 2338),
    "beijing54": (2401, 21413, 2422, 21473),
}
_UNITS = {"km": 1000.0, "mm": 0.001, "cm": 0.01, "dm": 0.1}
"""What figures of a projected system are in where they are not in its own unit, and how many of
that unit each is (all but a few systems count in metres).
"""
_UNIT_WORDS = {
    "公里": "km", "千米": "km", "kilometre": "km", "kilometer": "km", "毫米": "mm",
    "millimetre": "mm", "millimeter": "mm", "厘米": "cm", "分米": "dm",
}  # fmt: skip
_IN_UNIT = re.compile(
    rf"(?P<system>.+?)[\s,;(/]+(?P<unit>{'|'.join([*_UNITS, *_UNIT_WORDS])})s?\)?", re.I
)
REACH_DEG = 0.7
"""A district reaches no farther from its middle (some 75 km; an assumption)."""
_IN_USE = ("CGCS2000", "NAD83", "ETRS89", "WGS 84")
"""Datums that surveys of our days are made in."""
LAT_LIVED = 72.0
"""Nobody keeps drains so far north or south (Murmansk lies at 69 degrees, Tiksi at 72)."""


class UnknownSystem(ValueError):
    """No coordinate system is meant by this."""


def system_of(written: object) -> str:
    """The system that a name, an EPSG number, a URN or the text of a .prj means.

    Raises
    ------
    UnknownSystem
        Nobody knows it.
    """
    text = unicodedata.normalize("NFKC", str(written)).strip()
    if found := _IN_UNIT.fullmatch(text):
        unit = found["unit"].lower()
        return f"{system_of(found['system'])} {_UNIT_WORDS.get(unit, unit)}"
    key = re.sub(r"^urn:ogc:def:crs:(ogc:1\.3:)?", "", text.lower()).replace("::", ":")
    for pattern, system in _WORDS:
        if re.fullmatch(pattern, key):
            return system
    if (belt := _belt(key)) is not None:
        return belt
    if re.fullmatch(r"\d{4,6}", text):
        text = f"EPSG:{text}"
    try:
        crs = pyproj.CRS.from_user_input(text)
    except (CRSError, ProjError) as error:
        raise UnknownSystem(text[:80]) from error
    return "wgs84" if _is_wgs84(crs) else text


def _is_wgs84(crs: pyproj.CRS) -> bool:
    return crs.is_geographic and crs.datum is not None and "World Geodetic" in crs.datum.name


def _belt(key: str) -> str | None:
    """A Gauss-Krueger belt by its words: 3 or 6 degrees, its zone's number or its meridian."""
    if (
        len(key) > LONGEST_WORDS
        or key.startswith(("epsg", "projcs", "geogcs", "+proj", "projcrs"))
        or not re.search(r"2000|80|54|gauss|高斯|带|belt", key)
    ):
        return None
    found = _BELT.search(key)
    if found is None:
        return None
    datum = found["datum"] or "cgcs2000"
    datum = "xian80" if "80" in datum else "beijing54" if "54" in datum else "cgcs2000"
    zone = int(found["zone"] or found["zone2"] or 0)
    if zone:
        return belt(datum, 3 if zone > 23 else 6, zone=zone)
    meridian = int(found["meridian"])
    width = 6 if found["width"] in ("6", "六") and meridian % 6 == 3 else 3
    return belt(datum, width, meridian=meridian)


def belt(datum: str, width: int, *, zone: int = 0, meridian: int = 0) -> str | None:
    """A Gauss-Krueger belt: by its zone's number (eastings bear it in front), or by its meridian
    (they do not); ``None`` where China has none.
    """
    with_3, with_6, bare_3, bare_6 = _BELTS[datum]
    if zone:
        first, count, code = (25, 21, with_3) if width == 3 else (13, 11, with_6)
        step = zone - first
    else:
        first, count, code = (75, 21, bare_3) if width == 3 else (75, 11, bare_6)
        step, rest = divmod(meridian - first, width)
        if rest:
            return None
    return f"EPSG:{code + step}" if 0 <= step < count else None


def unit_of(system: str) -> str:
    """The unit of the figures where it is not the system's own; blank where it is."""
    word = system.rpartition(" ")[2]
    return word if word in _UNITS else ""


def in_own_unit(points: np.ndarray, system: str) -> tuple[np.ndarray, str]:
    """Figures in the unit of their system itself, and the system without another one."""
    unit = unit_of(system)
    return (points * _UNITS[unit], system.removesuffix(f" {unit}")) if unit else (points, system)


def in_its_unit(points: np.ndarray, system: str) -> str:
    """The system with the unit in which figures (n x 2, in either order) lie where it is used; as
    it is where none does, or a unit is said.
    """
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points) or is_degrees(system) or unit_of(system):
        return system
    area = pyproj.CRS.from_user_input(system).area_of_use
    if area is None or area.west > area.east:
        return system
    middle = np.median(points, axis=0)
    low = np.array([area.west, area.south]) - REACH_DEG
    high = np.array([area.east, area.north]) + REACH_DEG
    for named in (system, *(f"{system} {unit}" for unit in _UNITS)):
        at = to_wgs84_points(np.array([middle, middle[::-1]]), named)
        if ((low <= at) & (at <= high)).all(axis=1).any():
            return named
    return system


@lru_cache(maxsize=64)
def _transformer(system: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(system, "EPSG:4326", always_xy=True)


def is_degrees(system: str) -> bool:
    """Whether positions are longitudes and latitudes."""
    own = system.removesuffix(f" {unit_of(system)}")
    return own in SYSTEMS or pyproj.CRS.from_user_input(own).is_geographic


def name_of(system: str) -> str:
    """A system as people call it."""
    unit = unit_of(system)
    own = system.removesuffix(f" {unit}")
    name = own if own in SYSTEMS else pyproj.CRS.from_user_input(own).name
    return f"{name} {unit}".strip()


def to_wgs84_points(points: np.ndarray, system: str) -> np.ndarray:
    """Positions (n x 2, east before north) given in ``system``, in WGS-84; what has no place there
    is not a number.

    The datums of the last forty years (CGCS2000, NAD83, ETRS89) are taken as they are: within 2 m.
    """
    points, own = in_own_unit(points, system)
    if own in SYSTEMS:
        return points_to_wgs84(points, own)
    lon, lat = _transformer(own).transform(points[:, 0], points[:, 1])
    out = np.column_stack((lon, lat))
    out[~np.isfinite(out).all(axis=1)] = np.nan
    return out


def guess_system(points: np.ndarray) -> str | None:
    """The system that figures alone can be in; ``None`` where there are several or none.

    Parameters
    ----------
    points
        n x 2, east before north, finite.
    """
    x, y = np.median(points, axis=0)
    if abs(x) <= 180 and abs(y) <= 90:
        return "wgs84"
    if max(abs(x), abs(y)) > 1e9:  # nothing on earth lies so many metres away
        points = points * _UNITS["mm"]
        found = guess_system(points[:, ::-1] if is_swapped(points).mean() > 0.5 else points)
        return f"{found} mm" if found else None
    if 1.5e6 < y < 6.2e6 and 13e6 < x < 46e6:  # metres with a belt's number in front
        zone, rest = divmod(float(x), 1e6)
        if 150_000 < rest < 850_000 and (zone >= 25 or not _is_mercator(x, y)):
            return belt("cgcs2000", 3 if zone > 23 else 6, zone=int(zone))
    return "EPSG:3857" if _is_mercator(x, y) else None


def possible_systems(points: np.ndarray, near: np.ndarray) -> tuple[str, ...]:
    """Every system in which figures (n x 2, east before north, finite) lie within `REACH_DEG` of a
    place (longitude, latitude): in China any of the three of its maps, elsewhere whatever is
    surveyed in there or next to it, the systems in use before the withdrawn.
    """
    lon, lat = middle = np.median(points, axis=0)
    if abs(lon) <= 180 and abs(lat) <= 90:
        return SYSTEMS if 73 < lon < 136 and 18 < lat < 54 else SYSTEMS[:1]
    surveyed = _surveyed(*near.round().tolist())
    for unit, size in ({"": 1.0} | _UNITS).items():
        found = [name for name in surveyed if _lies_near(middle * size, name, near)]
        if found:
            return tuple(f"{name} {unit}".strip() for name in found)
    return ()


@lru_cache(maxsize=16)
def _surveyed(lon: float, lat: float) -> tuple[str, ...]:
    """The projected systems in use around a place, and in the belts beside it."""
    where = AreaOfInterest(lon - 3, lat, lon + 3, lat)
    kept = query_crs_info("EPSG", PJType.PROJECTED_CRS, where, allow_deprecated=True)
    ranked = sorted(kept, key=lambda one: (one.deprecated, not one.name.startswith(_IN_USE)))
    return tuple(f"EPSG:{one.code}" for one in ranked)


def is_in_use(system: str) -> bool:
    """Whether a system's datum is one that surveys of our days are made in."""
    _, own = in_own_unit(np.zeros((0, 2)), system)
    return own in SYSTEMS or pyproj.CRS.from_user_input(own).name.startswith(_IN_USE)


def _lies_near(point: np.ndarray, system: str, near: np.ndarray) -> bool:
    """Whether a position given in ``system`` is one, and not far from ``near``; datums lie within
    some hundred metres of one another.
    """
    try:
        at = pyproj.Proj(system)(point[0], point[1], inverse=True)
    except (CRSError, ProjError):  # a system of which PROJ has no way back
        return False
    return bool((np.abs(at - near) <= REACH_DEG).all())  # not a number is not near


def _is_mercator(x: float, y: float) -> bool:
    """Whether metres of the web's maps would lie where people live."""
    at = to_wgs84_points(np.array([[x, y]]), "EPSG:3857")[0]
    lon, lat = at
    in_china = 73 < lon < 136 and 18 < lat < 54
    return in_china or (abs(x) > 1e6 and -130 < lon < -34 and -56 < lat < 62)


def is_swapped(points: np.ndarray) -> np.ndarray:
    """Which positions (n x 2) can only be meant as north before east: degrees by where people live,
    metres of the belts by the northing, which is smaller than an easting with its belt's number.
    """
    x, y = points[:, 0], points[:, 1]
    degrees = (np.abs(x) <= LAT_LIVED) & (np.abs(y) > LAT_LIVED) & (np.abs(y) <= 180)
    metres = (x > 1.5e6) & (x < 6.2e6) & (y > 13e6) & (y < 46e6)
    bare = (x > 1.8e6) & (x < 6.2e6) & (y > 150_000) & (y < 850_000)
    return degrees | metres | bare
