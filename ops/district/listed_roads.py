"""The roads of a list that was taken in: which of them wait for a place, and how one gets it or is
moved.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

import numpy as np

from data.coordinates import UnknownSystem, system_of, to_wgs84_points
from data.model.city import City, Position
from data.model.message import Message
from data.model.street.listed_roads import ListedRoad
from data.model.street.streets import SAMPLE_STREETS, LoadedStreets, Street
from data.sheets.foreign.drawn_roads import draw_roads, lines_by_name
from data.sheets.foreign.take_in_streets import tell_whole
from data.store.store import Store
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, Invalid, NotFound
from ops.base.messages import LANGUAGES, Translator
from ops.district.tables import replace_city

KEPT = "listed_roads"
"""Where the store keeps them."""
MOST_POINTS = 200  # of one road (an assumption)
TRIES = 5  # so often roads are drawn anew where the tables have changed meanwhile
MOST_NAMES = 8  # roads without a place; the rest is counted
_BETWEEN = re.compile(r"[\s,;，；、()（）\[\]]+")


def listed_roads(store: Store) -> tuple[ListedRoad, ...]:
    """The roads of the list that was taken in last."""
    kept = store.settings.get(KEPT)
    return tuple(ListedRoad(**one) for one in kept) if isinstance(kept, list) else ()


def keep(store: Store, roads: Sequence[ListedRoad]) -> None:
    """Keep a list in the place of the one before."""
    store.settings.save(KEPT, [asdict(one) for one in roads])


def without_place(roads: Sequence[ListedRoad], city: City) -> tuple[ListedRoad, ...]:
    """Those that are nowhere in the district: no plan knows of them."""
    inlets = {one.id for one in city.inlets}
    return tuple(one for one in roads if not one.has_place(inlets))


def waiting(store: Store) -> tuple[ListedRoad, ...]:
    """The roads that wait for a place."""
    roads = listed_roads(store)
    return without_place(roads, store.tables()) if roads and not store.is_empty() else ()


def map_in_force(store: Store) -> LoadedStreets | None:
    """The street map in force; ``None`` where there is none, or the sample's alone."""
    loaded = store.streets.latest()
    return None if loaded is None or loaded.source == SAMPLE_STREETS else loaded


def streets_in_force(store: Store) -> tuple[Street, ...]:
    """The streets of the street map; none where there is no map, or the sample's alone."""
    loaded = map_in_force(store)
    return store.streets.map(loaded.id).streets if loaded else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PutByName:
    """The district with roads that streets of the street map are called by.

    Attributes
    ----------
    count
        How many got a place.
    told
        What of it is to be said.
    """

    city: City
    count: int
    told: tuple[Message, ...]


def put_by_name(city: City, roads: Sequence[ListedRoad], streets: Sequence[Street]) -> PutByName:
    """The district with those of the roads that had no place and that streets of the street map
    are called by.

    Raises
    ------
    BadSheets
        One lies far outside the district.
    """
    found = lines_by_name(without_place(roads, city), streets)
    told: list[Message] = []
    tell_whole(told, found.whole)
    city = draw_roads(city, found.lines, roads) if found.lines else city
    return PutByName(city=city, count=len(found.lines), told=tuple(told))


def place_by_name(store: Store, actor: Actor, now: datetime) -> PutByName:
    """Put the roads that wait along the streets of the street map that bear their names.

    Raises
    ------
    PermissionDenied
        ``actor`` may not.
    BadSheets
        One lies far outside the district.
    Conflict
        Others change the tables all the time.
    """
    require(actor, Action.REPLACE_CITY)
    streets = streets_in_force(store)
    return _redraw(store, actor, partial(put_by_name, streets=streets), now)


def _redraw(
    store: Store,
    actor: Actor,
    draw: Callable[[City, Sequence[ListedRoad]], PutByName],
    now: datetime,
) -> PutByName:
    """Put what is drawn of the tables in their place; drawn before the database is taken, for that
    is long, and anew where they are others by then.
    """
    for _ in range(TRIES):
        city, roads = store.tables(), listed_roads(store)
        after = draw(city, roads)
        with store.atomic():
            if (store.tables(), listed_roads(store)) == (city, roads):
                if after.city != city:
                    replace_city(store, actor, after.city, now)
                return after
    raise Conflict("listed.changed")


def line_of_text(written: str, system: str = "") -> tuple[Position, ...]:
    """A line as people write it: ``lon,lat lon,lat``, in any coordinate system.

    Raises
    ------
    Invalid
        It is no line, or nobody knows the system.
    """
    try:
        figures = [float(word) for word in _BETWEEN.split(written) if word]
        points = np.array(figures).reshape(-1, 2)
        found = to_wgs84_points(points, system_of(system or "wgs84"))
    except UnknownSystem as error:
        raise Invalid("files.unknown_system", text=str(error)) from error
    except ValueError:
        raise Invalid("listed.bad_line", line=written[:60]) from None
    if not len(found) or not np.isfinite(found).all():
        raise Invalid("listed.bad_line", line=written[:60])
    return tuple((east, north) for east, north in np.round(found, 7).tolist())


def lost_roads(lost: Sequence[ListedRoad]) -> Message:
    """That these have no place, as every page and command says it."""
    names: tuple[object, ...] = tuple(name_of(one) for one in lost[:MOST_NAMES])
    if len(lost) > MOST_NAMES:
        names = (*names, Message("setup.and_more", {"n": len(lost) - MOST_NAMES}))
    facts = {"n": len(lost), "inlets": sum(one.count for one in lost), "roads": names}
    return Message("listed.lost", facts)


def name_of(road: ListedRoad) -> Message:
    """A listed road as people call it: its name, and from where to where."""
    ends = " — ".join(filter(None, (road.start_name, road.end_name)))
    if not ends:
        return Message("name.text", {"text": road.road})
    return Message("name.stretch", {"road": road.road, "ends": ends})


def _is_called(road: ListedRoad, word: str) -> bool:
    """Whether this is its name, with or without its ends, in whichever language."""
    return word == road.road or any(
        word == Translator(language).message(name_of(road)) for language in LANGUAGES
    )


def road_called(store: Store, word: str) -> ListedRoad:
    """The listed road of this id or, where one alone bears it, of this name.

    Raises
    ------
    NotFound
        There is none, or there are several.
    """
    return _called(listed_roads(store), word)


def _called(roads: Sequence[ListedRoad], word: str) -> ListedRoad:
    named = [one for one in roads if _is_called(one, word)]
    found = [one for one in roads if one.id == word] or named
    if not found:
        raise NotFound("listed.unknown", road=word)
    if len(found) > 1:
        raise NotFound("listed.several", road=word, ids=tuple(one.id for one in found))
    return found[0]


def place_road(
    store: Store, actor: Actor, road_id: str, line: Sequence[Position], now: datetime
) -> City:
    """Put a listed road along a line, where it had no place or another.

    Parameters
    ----------
    line
        From its start over its bends to its end, in WGS-84.
    now
        The real time.

    Returns
    -------
    city
        The district's tables with it.

    Raises
    ------
    PermissionDenied
        ``actor`` may not.
    NotFound
        No road of the list is called by this id.
    Invalid
        The line is none.
    BadSheets
        It lies far outside the district.
    Conflict
        Others change the tables all the time.
    """
    require(actor, Action.REPLACE_CITY)
    points = [at for at, before in zip(line, [None, *line], strict=False) if at != before]
    if not 2 <= len(points) <= MOST_POINTS:
        raise Invalid("listed.few_points", most=MOST_POINTS)

    def along(city: City, roads: Sequence[ListedRoad]) -> PutByName:
        drawn = draw_roads(city, {_called(roads, road_id): [points]}, roads)
        return PutByName(city=drawn, count=1, told=())

    return _redraw(store, actor, along, now).city
