"""Places on the earth as warnings write them: WGS-84, read as (longitude, latitude)."""

import math

Position = tuple[float, float]


def position(text: str) -> Position:
    """A CAP position "latitude,longitude" in degrees.

    Raises
    ------
    ValueError
        It is none, or lies off the earth.
    """
    latitude, longitude = (float(part) for part in text.split(","))
    return on_earth(longitude, latitude)


def on_earth(longitude: float, latitude: float) -> Position:
    """The position, if it lies on the earth.

    Raises
    ------
    ValueError
        It doesn't, or is no number.
    """
    if not (
        math.isfinite(longitude)
        and math.isfinite(latitude)
        and abs(latitude) <= 90
        and abs(longitude) <= 180
    ):
        raise ValueError(f"no position: {longitude}, {latitude}")
    return longitude, latitude


def polygon(text: str) -> tuple[Position, ...]:
    """A CAP polygon: positions divided by white space; closed here if it isn't.

    Raises
    ------
    ValueError
        Fewer than three corners, or a corner that is no position.
    """
    return ring([position(pair) for pair in text.split()])


def ring(corners: list[Position]) -> tuple[Position, ...]:
    """A closed ring of at least three corners.

    Raises
    ------
    ValueError
        There are fewer.
    """
    if len(set(corners)) < 3:
        raise ValueError(f"a polygon of {len(set(corners))} corners")
    return tuple(corners if corners[0] == corners[-1] else [*corners, corners[0]])


def circle(text: str) -> tuple[float, float, float]:
    """A CAP circle "latitude,longitude radius": longitude, latitude, radius in km.

    Raises
    ------
    ValueError
        It is none, or its radius is negative.
    """
    centre, radius_km = text.split()
    km = float(radius_km)
    if not 0 <= km <= 20_040:  # half the earth's girth
        raise ValueError(f"no radius: {radius_km}")
    return (*position(centre), km)
