"""Made-up streets: a grid with a river through it and bridges, for whatever drives on them."""

from data.model.street.streets import Closure, Street, StreetClass, StreetMap
from data.streets.joining import joined
from ops.ways.network import StreetNetwork
from ops.ways.speeds import WaySettings
from ops.ways.ways_now import ways_now
from tests.helpers.makers import NOW

WEST, SOUTH = 125.135, 42.8945
STEP = 0.001  # some 82 m to the east, 111 m to the north
SIZE = 20
RIVER = 9.5  # between the rows 9 and 10
BRIDGE = 10  # the column that has one
LOCAL = NOW.replace(hour=3)  # 11:00 in Longshan: no rush hour


def at(column: float, row: float) -> tuple[float, float]:
    """A place on the grid."""
    return round(WEST + STEP * column, 6), round(SOUTH + STEP * row, 6)


def grid(one_way: tuple[int, ...] = (), bridges: tuple[int, ...] = (BRIDGE,)) -> StreetMap:
    """Streets along rows and columns; but for the bridges the columns end at the river. The
    columns in ``one_way`` go north only.
    """
    rows = [
        Street(line=tuple(at(column, row) for column in range(SIZE)), name=f"{row}横路")
        for row in range(SIZE)
    ]
    columns = [
        Street(
            line=tuple(at(column, row) for row in rows_),
            name=f"{column}纵街",
            kind=StreetClass.MAIN,
            one_way=column in one_way,
        )
        for column in range(SIZE)
        for rows_ in ((range(SIZE),) if column in bridges else (range(10), range(10, SIZE)))
    ]
    return StreetMap(streets=joined([*rows, *columns]), source="grid.geojson")


def ways(streets: StreetMap, *closures: Closure, **settings):
    """The ways over streets now."""
    known = WaySettings(**{"rush_share": 1.0, **settings})
    network = StreetNetwork(streets)
    return ways_now(network, streets.source, closures, known, NOW, LOCAL, 0.0)


def closure(*line: tuple[float, float], **changes) -> Closure:
    """A street closed along these places."""
    told = {"operation_id": 1, "name": "桥", "line": line, "from_at": NOW, "by": "甲"}
    return Closure(**told | changes)
