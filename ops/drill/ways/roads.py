"""What units drive on in the drill, and what is closed there from beginning to end."""

from dataclasses import dataclass
from datetime import UTC, datetime

from data.model.city import Position
from data.model.street.streets import Closure, StreetMap
from data.store.store import Store
from ops.replanning.ways_in_force import all_closures
from ops.settings import Settings
from ops.ways.speeds import WaySettings

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """The street map that the district has, if it has one, and what is closed or slow.

    Attributes
    ----------
    streets
        ``None``: everybody reckons with straight lines; water and closures are met on the streets
        of the simulated model all the same.
    closures
        In force all the time; whoever plans over a street map knows them.
    settings
        Speeds, and how deep water closes a street.
    """

    streets: StreetMap | None = None
    closures: tuple[Closure, ...] = ()
    settings: WaySettings = WaySettings()


def throughout(
    name: str, line: tuple[Position, ...], speed_share: float = 0.0, *, entry: bool = True
) -> Closure:
    """A stretch that is closed or slow from beginning to end."""
    return Closure(
        operation_id=0,
        name=name,
        line=line,
        speed_share=speed_share,
        entry=entry,
        from_at=_LONG_AGO,
        by="drill",
    )


def roads_now(store: Store, settings: Settings, now: datetime) -> Roads:
    """The street map in force, and what is closed or slow now without any water.

    Parameters
    ----------
    now
        The real time.
    """
    operation, loaded = store.operations.current(), store.streets.latest()
    found: tuple[Closure, ...] = ()
    if operation is not None:
        at = operation.now(now)
        told = all_closures(store, operation, store.city(), settings, ())
        found = tuple(one for one in told if one.is_in_force(at))
    return Roads(
        streets=store.streets.map(loaded.id) if loaded else None,
        closures=tuple(
            throughout(one.name, one.line, one.speed_share, entry=one.entry) for one in found
        ),
        settings=settings.ways,
    )
