"""A drill with something to do for everybody, and what a deed is."""

from collections.abc import Callable
from dataclasses import dataclass

from data.model.operation import Operation
from data.store.store import Store
from data.streets.reading import read_streets
from ops.auth.permissions import Action, Actor
from ops.auth.sessions import (
    AccessSettings,
)
from tests.helpers.paths import ROOT

GOOD = "lightning over liaoyuan"
RULES = AccessSettings()
STREETS = read_streets(ROOT / "data" / "longshan" / "streets.geojson")
SIGNED_IN = ("chief", "duty", "manager", "admin")


@dataclass(frozen=True)
class World:
    """A drill with something to do for everybody."""

    store: Store
    drill: Operation
    station: str


@dataclass(frozen=True)
class Deed:
    """A function that asks for a permission: who may do it anywhere, who at his own station; all
    others may not.
    """

    name: str
    action: Action
    act: Callable[[World, Actor], object]
    anywhere: tuple[str, ...] = ("duty", "admin")
    at_own: tuple[str, ...] = ()
    audited: bool = True  # a look leaves no trace; what the field reports is a trace of its own
