"""Where things stand in the district: its middle, the nearest segment, the place of a unit."""

import math
from itertools import pairwise

import numpy as np

from data.coordinates import UnknownSystem, system_of, to_wgs84_points
from data.geo import distance_m
from data.model.city import City, DumpSite, Garden, Position, Segment
from data.model.ids import JobId
from data.model.plan import Assignment, JobKind
from ops.base.errors import Invalid


def nearest(position: Position, city: City) -> tuple[Segment, float] | None:
    """The segment with the point of its course that is nearest to a position, and how far that is
    in metres.
    """
    distances = [
        (min(_distance_m(position, a, b) for a, b in pairwise(segment.line)), segment.id)
        for segment in city.segments
    ]
    if not distances:
        return None
    metres, segment_id = min(distances)
    return city.segment_by_id[segment_id], metres


def length_km(segment: Segment) -> float:
    """How long a road is, along its course."""
    return sum(distance_m(a, b) for a, b in pairwise(segment.line)) / 1000


def _distance_m(position: Position, a: Position, b: Position) -> float:
    """Metres from a position to the straight stretch from ``a`` to ``b``, short enough to take the
    earth for flat; a degree to the east is shorter than one to the north.
    """
    east = math.cos(math.radians(position[1]))
    along, to = ((east * (x - a[0]), y - a[1]) for x, y in (b, position))
    length = along[0] ** 2 + along[1] ** 2
    share = (to[0] * along[0] + to[1] * along[1]) / length if length else 0.0
    share = min(1.0, max(0.0, share))
    return distance_m(position, (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))


def in_wgs84(lon: float | None, lat: float | None, system: str) -> Position | None:
    """A position that is given in any coordinate system, by its name or EPSG number; ``None`` where
    one of the two is missing.

    Raises
    ------
    Invalid
        Nobody knows the system.
    """
    if lon is None or lat is None:
        return None
    try:
        found = to_wgs84_points(np.array([[lon, lat]]), system_of(system or "wgs84"))[0]
    except UnknownSystem as error:
        raise Invalid("files.unknown_system", text=str(error)) from error
    east, north = found.tolist()
    return east, north


def place(assignment: Assignment, city: City) -> Position:
    """Where an assignment is done."""
    if assignment.segment_id:
        return city.segment_by_id[assignment.segment_id].middle
    if (spot := spot_of(assignment, city)) is not None:
        return spot.position
    return city.station_by_id[assignment.station_id].position


def spot_of(assignment: Assignment, city: City) -> DumpSite | Garden | None:
    """The dump site or garden that a truck goes to; ``None`` for other work."""
    name = JobId.parse(assignment.job_id)
    if name.trip:
        return city.dump_site_by_id.get(name.trip[1])
    if assignment.kind is JobKind.GARDEN:
        return city.garden_by_id.get(name.parts[0])
    return None


def middle(city: City) -> Position | None:
    """The place that the forecast is asked for: the mean of the stations; ``None`` while nothing in
    the district has a place.
    """
    positions = [station.position for station in city.stations] or list(city.district.outline)
    if not positions:
        return None
    return (
        sum(lon for lon, _ in positions) / len(positions),
        sum(lat for _, lat in positions) / len(positions),
    )
