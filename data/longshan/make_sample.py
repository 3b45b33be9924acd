"""Makes the sample district beside it: `python data/longshan/make_sample.py [FOLDER]`.

All of it is MADE UP: the outline, how roads run, where inlets lie, who works where, what was blocked
when. Names of roads are real, their courses are not; people are posts. The outline is a wavy ring of
our own around the town, of about the district's size: no boundary of anybody's was copied.

The same script makes the same bytes anywhere: only ``random()`` of a seeded generator is drawn, and
figures are rounded.
"""

import json
import math
import random
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from data.model.city import Blockage
from data.model.city import City
from data.model.city import Crew
from data.model.city import District
from data.model.city import Driver
from data.model.city import Inlet
from data.model.city import Machine
from data.model.city import Position
from data.model.city import Segment
from data.model.city import Shift
from data.model.city import Station
from data.model.street.works import Passage
from data.model.street.works import Work
from data.model.street.works import WorkKind
from data.sheets.city import write_city

HERE = Path(__file__).resolve().parent
ZONE = ZoneInfo("Asia/Shanghai")
CENTRE = (125.13876, 42.90017)  # of the district's town, WGS-84
TURN = math.radians(7)  # the grid of roads against north
KM_LON, KM_LAT = 1 / (111.32 * math.cos(math.radians(CENTRE[1]))), 1 / 111.13
POINTS, WAVES = 80, ((1.1, 2, 0.7), (0.8, 3, 2.1), (0.5, 5, 0.3), (0.3, 9, 1.4), (0.15, 17, 2.6))  # kilometres, waves a round, shift
FIRST_DAY, LAST_DAY = date(2020, 7, 1), date(2022, 7, 7)

SOURCE = ("样例数据（编造）：道路走向为示意，雨水口、人员岗位、机械和堵塞记录均非真实。边界也是编造的，"
          "只是围着城区的一圈，不是真实行政边界。Made-up sample data; the outline is made up, too: no real boundary.")

# Roads as a rough grid: kilometres east (columns) and north (rows) of the centre.
COLUMNS = {"永宁路": -1.42, "文宁街": -0.78, "安宁大街": -0.12, "安宁街": 0.46, "新兴路": 1.15}
ROWS = {"人民大街": 0.44, "西宁大街": -0.14, "连阳路": -0.78}
IMPORTANCE = {"人民大街": 5, "西宁大街": 5, "安宁大街": 5, "永宁路": 4, "连阳路": 4, "安宁街": 4, "新兴路": 3, "文宁街": 3}
TREES = {"永宁路": 1.6, "安宁街": 1.5, "文宁街": 1.8, "人民大街": 1.2}  # how many more leaves than elsewhere
GUARDS = {"S04", "S10", "S14", "S20", "S21", "S27", "S28"}  # one on each key road, and the crossing
LOW = {"S10", "S14", "S20", "S27"}  # S10 is the crossing 安宁大街 x 西宁大街

STATIONS = (("ST1", "西宁管理站", -0.55, -0.28), ("ST2", "安宁管理站", 0.30, 0.58), ("ST3", "永宁管理站", -1.55, 0.15),
            ("ST4", "新兴管理站", 1.28, -0.60))
SHIFTS = (
    Shift(id="D", name="白班", start=time(8), end=time(16), break_minutes=30, break_from=time(10), break_to=time(14)),
    Shift(id="E", name="中班", start=time(16), end=time(0), break_minutes=30, break_from=time(17), break_to=time(21)),
    Shift(id="N", name="夜班", start=time(0), end=time(8), break_minutes=30, break_from=time(2), break_to=time(6)))
WORKS = (
    Work(id="G01", name="西宁大街污水管改造", agency="旧改办", kind=WorkKind.PIPE, days=6, segment_id="S10", gangs=("甲队", "挖掘机1号"),
         earliest=date(2022, 7, 11), passage=Passage.SLOWED),
    Work(id="G02", name="西宁大街路面铺装", agency="旧改办", kind=WorkKind.PAVEMENT, days=4, segment_id="S10", after=("G01",),
         gangs=("乙队",), deadline=date(2022, 8, 15), passage=Passage.CLOSED),
    Work(id="G03", name="西宁大街供水支管", agency="供水公司", kind=WorkKind.PIPE, days=5, segment_id="S10",
         earliest=date(2022, 9, 5), in_programme=False, passage=Passage.SLOWED),
    Work(id="G04", name="安宁小区1号楼屋面防水", agency="旧改办", kind=WorkKind.WATERPROOFING, days=5, place="安宁小区1号楼",
         gangs=("防水队",), deadline=date(2022, 8, 10)),
    Work(id="G05", name="安宁小区2号楼屋面防水", agency="旧改办", kind=WorkKind.WATERPROOFING, days=6, place="安宁小区2号楼",
         gangs=("防水队",), deadline=date(2022, 9, 10)))
NUMERALS = "一二三四五六七八九十"

# Crews of each station: shift, people, skills by initial (c clearing, j jetting, w confined space,
# p pumping).
CREWS = {
    "ST1": (("D", 5, "cjwp"), ("D", 4, "cp"), ("E", 5, "cjwp"), ("E", 3, "cp"), ("N", 4, "cjwp")),
    "ST2": (("D", 4, "cjp"), ("D", 6, "cwp"), ("E", 4, "cjwp"), ("E", 2, "cp"), ("N", 3, "cjp"), ("N", 2, "c")),
    "ST3": (("D", 4, "cjwp"), ("D", 3, "cp"), ("E", 4, "cjp"), ("N", 3, "cp")),
    "ST4": (("D", 5, "cjp"), ("D", 2, "cp"), ("E", 5, "cjwp"), ("E", 3, "cp"), ("N", 4, "cjwp"))}
SKILLS = {"c": "clearing", "j": "jetting", "w": "confined_space", "p": "pumping"}

# Machines: station, kind, m3 (a pump: m3/h), shifts with a driver.
MACHINES = (
    ("ST1", "jetting_truck", 8.0, "DEN"), ("ST3", "jetting_truck", 5.0, "DE"), ("ST4", "jetting_truck", 5.0, "DE"),
    ("ST1", "suction_truck", 10.0, "DEN"), ("ST2", "suction_truck", 8.0, "DE"),
    ("ST2", "sludge_truck", 12.0, "DE"), ("ST4", "sludge_truck", 8.0, "DN"),
    ("ST1", "pump_truck", 1000.0, "DEN"), ("ST2", "pump_truck", 500.0, "DEN"), ("ST4", "pump_truck", 300.0, "DEN"),
    ("ST2", "loader", 3.0, "DE"), ("ST1", "flusher", 10.0, "DE"), ("ST3", "flusher", 8.0, "DN"),
    ("ST3", "sweeper", 6.0, "DE"), ("ST4", "sweeper", 6.0, "N"))
POSTS = {"jetting_truck": "疏通车驾驶员", "suction_truck": "吸污车驾驶员", "sludge_truck": "污泥车驾驶员",
              "pump_truck": "泵车驾驶员", "loader": "装载机驾驶员", "flusher": "冲洗车驾驶员", "sweeper": "扫路车驾驶员"}

# Share of wet days and mean mm of a wet day, January to December: about 650 mm a year, most of it
# in June to August.
CLIMATE = ((.12, 1.3), (.12, 2.0), (.18, 3.0), (.24, 5.0), (.33, 6.5), (.43, 8.5), (.48, 12.0), (.42, 11.5), (.28, 7.0),
           (.24, 5.0), (.20, 3.5), (.15, 1.8))
LEAVES = {10: 5.0, 11: 4.0, 4: 1.2, 5: 1.1}  # how many more leaves than in other months


def _outline() -> tuple[Position, ...]:
    """A ring around the town: some seven kilometres wide to each side, wavy as boundaries are."""
    ring = []
    for number in range(POINTS):
        angle = 2 * math.pi * number / POINTS
        waves = sum(size * math.sin(times * angle + shift) for size, times, shift in WAVES)
        east, north = (7.2 + waves) * math.cos(angle), (6.2 + waves) * math.sin(angle)
        ring.append((round(CENTRE[0] + east * KM_LON, 5), round(CENTRE[1] + north * KM_LAT, 5)))
    return tuple(ring)


def make() -> City:
    """The whole sample district."""
    draw = random.Random(20220708).random
    segments = _segments(draw)
    inlets = _inlets(segments, draw)
    blockages = _blockages(segments, inlets, draw)
    stations = tuple(Station(id=name, name=title, position=_place(east, north), chief=f"{title}站长", deputy=f"{title}副站长",
                             phone=f"0437-0000{number:03d}") for number, (name, title, east, north)
                     in enumerate(STATIONS, 1))
    machines, drivers = _machines()
    district = District(adcode="220402", name="辽源市龙山区", outline=_outline(), sample=True, source=SOURCE)
    return City(district=district, stations=stations, segments=segments, inlets=_cleaned(inlets, blockages, draw),
                shifts=SHIFTS, crews=_crews(), machines=machines, drivers=drivers, blockages=blockages, works=WORKS)


def _place(east: float, north: float) -> Position:
    """Kilometres on the grid of roads -> WGS-84, to a decimetre."""
    x, y = east * math.cos(TURN) - north * math.sin(TURN), east * math.sin(TURN) + north * math.cos(TURN)
    return round(CENTRE[0] + x * KM_LON, 6), round(CENTRE[1] + y * KM_LAT, 6)


def _segments(draw) -> tuple[Segment, ...]:
    """Stretches from crossing to crossing, joined end to end, and two places beyond the grid at the
    ends of some.
    """
    stretches = []
    columns, rows = list(COLUMNS.items()), list(ROWS.items())
    for road, north in rows:
        stops = [(name, (east, north)) for name, east in columns]
        if road != "连阳路":
            stops = [("西环", (-1.95, north)), *stops, ("东环", (1.75, north))]
        stretches += [(road, stops[at], stops[at + 1]) for at in range(len(stops) - 1)]
    for road, east in columns:
        stops = [(name, (east, north)) for name, north in rows]
        if road in ("永宁路", "安宁大街"):
            stops.append(("南环", (east, -1.25)))
        stretches += [(road, stops[at], stops[at + 1]) for at in range(len(stops) - 1)]
    crossing = (COLUMNS["安宁大街"], ROWS["西宁大街"])
    west, east = (crossing[0] - 0.04, crossing[1]), (crossing[0] + 0.04, crossing[1])
    at = next(number for number, one in enumerate(stretches) if one[0] == "西宁大街" and one[2][1] == crossing)
    stretches[at] = ("西宁大街", stretches[at][1], ("安宁大街路口西", west))
    stretches[at + 1] = ("西宁大街", ("安宁大街路口东", east), stretches[at + 1][2])
    stretches.insert(at + 1, ("安宁大街×西宁大街路口", ("西侧", west), ("东侧", east)))
    return tuple(_segment(f"S{number:02d}", *stretch, draw) for number, stretch in enumerate(stretches, 1))


def _segment(name: str, road: str, start, end, draw) -> Segment:
    (start_name, first), (end_name, last) = start, end
    bends = [(first[0] + (last[0] - first[0]) * part + (draw() - 0.5) * 0.02,
              first[1] + (last[1] - first[1]) * part + (draw() - 0.5) * 0.02) for part in (1 / 3, 2 / 3)]
    course = [first, last] if math.dist(first, last) < 0.2 else [first, *bends, last]
    middle = ((first[0] + last[0]) / 2, (first[1] + last[1]) / 2)
    station = min(STATIONS, key=lambda one: math.dist(one[2:], middle))[0]
    return Segment(id=name, road=road, start_name=start_name, end_name=end_name, station_id=station,
                   line=tuple(_place(*point) for point in course), importance=IMPORTANCE.get(road, 5),
                   guard=name in GUARDS, low_lying=name in LOW)


def _inlets(segments: tuple[Segment, ...], draw) -> tuple[Inlet, ...]:
    """Left and right in turn, 35 to 55 m apart (closer at the crossing), 5 m from the middle of the
    road.
    """
    inlets = []
    for segment in segments:
        line = [((lon - CENTRE[0]) / KM_LON * 1000, (lat - CENTRE[1]) / KM_LAT * 1000) for lon, lat in segment.line]
        length = sum(math.dist(line[at], line[at + 1]) for at in range(len(line) - 1))
        along, side = min(length / 10, 14 + draw() * 10), 1
        while along < length - 5:
            lon, lat = _beside(line, along, 5 * side)
            kind = ("flat_grate", "kerb", "combined")[(draw() > 0.62) + (draw() > 0.87)]
            inlets.append(Inlet(id=f"Y{len(inlets) + 1:03d}", segment_id=segment.id, kind=kind,
                                position=(round(CENTRE[0] + lon / 1000 * KM_LON, 6),
                                          round(CENTRE[1] + lat / 1000 * KM_LAT, 6))))
            along, side = along + min(length / 6, 35 + draw() * 20), -side
    return tuple(inlets)


def _beside(line: list[tuple[float, float]], along: float, off: float) -> tuple[float, float]:
    for (x1, y1), (x2, y2) in zip(line, line[1:], strict=False):
        length = math.dist((x1, y1), (x2, y2))
        if along <= length:
            dx, dy = (x2 - x1) / length, (y2 - y1) / length
            return x1 + dx * along - dy * off, y1 + dy * along + dx * off
        along -= length
    raise ValueError("beyond the end of the line")


def _crews() -> tuple[Crew, ...]:
    crews = []
    for station, title, _, _ in STATIONS:
        for number, (shift, size, skills) in enumerate(CREWS[station]):
            name = f"{title[:2]}{NUMERALS[number]}班"
            crews.append(Crew(id=f"C{len(crews) + 1:02d}", station_id=station, name=name, leader=f"{name}班长",
                              size=size, skills=tuple(SKILLS[one] for one in skills), shift_id=shift))
    return tuple(crews)


def _machines() -> tuple[tuple[Machine, ...], tuple[Driver, ...]]:
    machines, drivers = [], []
    names = {shift.id: shift.name for shift in SHIFTS}
    for number, (station, kind, capacity, shifts) in enumerate(MACHINES, 1):
        machines.append(Machine(id=f"M{number:02d}", station_id=station, kind=kind, plate=f"吉D·样{number:03d}",
                                capacity=capacity))
        drivers += [Driver(id=f"R{len(drivers) + at:02d}", machine_id=f"M{number:02d}", shift_id=shift,
                           post=f"{names[shift]}{POSTS[kind]}{number:02d}") for at, shift in enumerate(shifts, 1)]
    return tuple(machines), tuple(drivers)


def _blockages(segments: tuple[Segment, ...], inlets: tuple[Inlet, ...], draw) -> tuple[Blockage, ...]:
    """Day by day: leaves in autumn, litter and silt washed in by rain, and inlets that silt up and
    block again.

    About 5 % of the inlets silt up for good (Post et al. 2016, Water Research 88); some more are
    blocked often.
    """
    roads = {segment.id: segment for segment in segments}
    habit = {inlet.id: math.exp((draw() + draw() + draw() - 1.5) * 1.3) for inlet in inlets}
    silting = {inlet.id for inlet in inlets if draw() < 0.05}
    often = {inlet.id for inlet in inlets if draw() < 0.04}
    free_from = {inlet.id: FIRST_DAY - timedelta(days=int(draw() * 200)) for inlet in inlets}
    found = []
    for number in range((LAST_DAY - FIRST_DAY).days + 1):
        day = FIRST_DAY + timedelta(days=number)
        rain = _rain(day, draw)
        for inlet in inlets:
            since = (day - free_from[inlet.id]).days
            rates = _rates(day, rain, since, roads[inlet.segment_id], inlet.id in silting)
            many = habit[inlet.id] * (5.0 if inlet.id in often else 1.0)
            chance, which = draw(), draw()
            if since < 0 or chance >= sum(rates.values()) * many:
                continue
            cause = _pick(rates, which)
            found.append(_blockage(inlet.id, day, rain, cause, draw))
            cleared = found[-1].cleared_at
            free_from[inlet.id] = date.max if cleared is None else cleared.astimezone(ZONE).date() + timedelta(days=1)
    found.sort(key=lambda one: (one.reported_at, one.inlet_id))
    return tuple(replace(one, id=f"B{number:04d}") for number, one in enumerate(found, 1))


def _rain(day: date, draw) -> float:
    """mm of the day: wet or not, and how wet, by the month."""
    share, mean = CLIMATE[day.month - 1]
    wet, size = draw(), draw()
    return round(-mean * math.log(1 - size), 1) if wet < share else 0.0


def _rates(day: date, rain: float, since: int, segment: Segment, silting: bool) -> dict[str, float]:
    """Chance of the day, by cause."""
    road = segment.road.split("×")[0]
    storm = (rain / 25) ** 1.5
    return {"leaves": 3.4e-4 * LEAVES.get(day.month, 0.3) * TREES.get(road, 1.0) * (1 + rain / 15),
            "litter": 1.8e-4 * segment.importance / 4 * (1 + 11 * storm),
            "silt": 1.6e-4 * (1 + 15 * storm) * (1.8 if segment.low_lying else 1.0)
                    + (5e-5 * since * (1 + storm) if silting else 0.0),
            "grease": 5e-5, "mortar": 6e-5 if 4 <= day.month <= 10 else 0.0, "unknown": 4e-5}


def _pick(rates: dict[str, float], which: float) -> str:
    left = which * sum(rates.values())
    for cause, rate in rates.items():
        left -= rate
        if left < 0:
            return cause
    return "unknown"


def _blockage(inlet_id: str, day: date, rain: float, cause: str, draw) -> Blockage:
    reported = datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(minutes=5 * int(72 + draw() * 168))
    remedy = "well_entry" if draw() < 0.04 else "jetting" if draw() < {"silt": .5, "grease": .6, "mortar": .7}.get(
        cause, .15) else "hand"
    hours = 1 + 30 * draw() ** 3 + (20 * draw() if remedy != "hand" else 0)
    cleared = reported + timedelta(minutes=5 * int(hours * 12))
    is_open = draw() < (0.6 if (LAST_DAY - day).days < 21 else 0.0) or cleared.date() > LAST_DAY
    silt = round(0.01 + 0.05 * draw() + (0.06 * draw() if cause in ("silt", "mortar") else 0), 2)
    return Blockage(id="", inlet_id=inlet_id, reported_at=reported.astimezone(UTC),
                    cleared_at=None if is_open else cleared.astimezone(UTC), cause=cause, remedy=remedy,
                    silt_m3=None if is_open else silt, rain_mm=rain)


def _cleaned(inlets: tuple[Inlet, ...], blockages: tuple[Blockage, ...], draw) -> tuple[Inlet, ...]:
    """Nine of ten were cleaned before the season; whoever was unblocked later was cleaned then; of
    a few none knows.
    """
    last = {one.inlet_id: one.cleared_at.astimezone(ZONE).date() for one in blockages if one.cleared_at}
    cleaned = []
    for inlet in inlets:
        spring = date(2022, 4, 10) + timedelta(days=int(draw() * 45)) if draw() < 0.9 else None
        days = [one for one in (spring, last.get(inlet.id)) if one]
        cleaned.append(replace(inlet, cleaned_on=max(days) if days else None))
    return tuple(cleaned)


def _streets(city: City) -> str:
    """Street lines for the ways: the tables' roads, small streets in their blocks, a ring, and the stations' own
    lanes; nothing crosses the railway between 文宁街 and 安宁大街 but the big roads. As MADE UP as the rest.
    """
    roads: dict[str, list[Position]] = {}
    for one in city.segments:
        roads.setdefault(one.road.split("×")[0], []).extend(_grid(position) for position in one.line)
    features = [_feature(one.line, one.road.split("×")[0], "main" if one.importance > 3 else "minor")
                for one in city.segments]
    ring = [(-1.95, 1.0), (-1.95, 0.44), (-1.95, -0.14), (-1.95, -1.25), (-1.42, -1.25), (-0.12, -1.25), (1.75, -1.25),
            (1.75, -0.14), (1.75, 0.44), (1.75, 1.0), (-1.95, 1.0)]
    features.append(_feature([_place(*point) for point in ring], "环城路", "minor"))
    columns, rows = list(COLUMNS.items()), list(ROWS.items())
    for west, east in zip(columns, columns[1:]):
        for north, south in zip(rows, rows[1:]):
            if (west[0], north[0]) == ("文宁街", "人民大街"):
                continue
            x, y = (west[1] + east[1]) / 2, (north[1] + south[1]) / 2
            across = [(_beside_road(roads[west[0]], y, 1), y), (x, y), (_beside_road(roads[east[0]], y, 1), y)]
            along = [(x, _beside_road(roads[north[0]], x, 0)), (x, y), (x, _beside_road(roads[south[0]], x, 0))]
            number = len(features) - len(city.segments)
            features.append(_feature([_place(*point) for point in across], f"样例巷{number}号", "local", number % 4 == 1))
            features.append(_feature([_place(*point) for point in along], f"样例巷{number + 1}号", "local"))
    for (_, title, x, y), (road, axis, far) in zip(STATIONS, (("西宁大街", 0, None), ("人民大街", 0, (0.30, 1.0)),
                                                            ("永宁路", 1, (-1.95, 0.15)), ("新兴路", 1, (1.75, -0.60)))):
        near = _beside_road(roads[road], x if axis == 0 else y, axis)
        course = [(x, near) if axis == 0 else (near, y), (x, y), *([far] if far else [])]
        features.append(_feature([_place(*point) for point in course], f"{title[:2]}站前路", "lane"))
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in features)
    return f'{{"type": "FeatureCollection", "source": {json.dumps(SOURCE, ensure_ascii=False)}, "features": [\n{lines}\n]}}\n'


def _grid(position: Position) -> Position:
    """Back from WGS-84 to kilometres on the grid of roads."""
    x, y = (position[0] - CENTRE[0]) / KM_LON, (position[1] - CENTRE[1]) / KM_LAT
    return x * math.cos(TURN) + y * math.sin(TURN), y * math.cos(TURN) - x * math.sin(TURN)


def _beside_road(road: list[Position], at: float, axis: int) -> float:
    """Where a road lies at this kilometre east (axis 0) or north (1)."""
    for one, other in zip(road, road[1:]):
        low, high = sorted((one[axis], other[axis]))
        if low <= at <= high and high > low:
            part = (at - one[axis]) / (other[axis] - one[axis])
            return one[1 - axis] + part * (other[1 - axis] - one[1 - axis])
    raise ValueError("the road does not get there")


def _feature(line, name: str, kind: str, one_way: bool = False) -> dict:
    properties = {"name": name, "class": kind, **({"oneway": "yes"} if one_way else {})}
    return {"type": "Feature", "properties": properties,
            "geometry": {"type": "LineString", "coordinates": [list(position) for position in line]}}


def main(folder: Path) -> None:
    city = make()
    write_city(city, folder)
    (folder / "streets.geojson").write_text(_streets(city), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
