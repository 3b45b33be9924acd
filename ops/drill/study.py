"""One comparison with all that it takes to make it again, in one file."""

import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data.model.city import City
from data.model.street.streets import Closure
from data.sheets.city import read_city, write_city
from data.streets.packing import packed, unpacked
from ops.base.toml_tables import filled
from ops.drill.background import FOUND
from ops.drill.comparison import (
    RESERVE_MINUTES,
    Compared,
    Estimate,
    Outcome,
    Told,
    compared,
    outcomes,
    worlds,
)
from ops.drill.parameters import DrillSettings
from ops.drill.physics.own_model import OwnModel, own_model
from ops.drill.physics.storms import DrillStorm, Warned
from ops.drill.ways.roads import Roads, throughout
from ops.ways.speeds import WaySettings

DISTRICT, ASKED = "district.xlsx", "asked.json"
MODEL, MAPPING, STREETS = "model.inp", "mapping.csv", "streets.json"
"""What is in the file."""
_UNMEASURED = {"reserve_leave_minutes": 0.0}
"""What a file of before says of crews in reserve: they left as the plan said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is tried.

    Attributes
    ----------
    seeds
        Numbers of the draws.
    steps
        Of the search, for each plan.
    own
        The bureau's own model of streets and pipes.
    roads
        What units drive on.
    reserve_minutes
        Within which a crew in reserve has to leave.
    orders_levels
        The desk orders the level that a warning proposes, so that its reserves stand by.
    """

    city: City
    storm: DrillStorm
    settings: DrillSettings
    policies: tuple[str, ...]
    seeds: tuple[int, ...]
    steps: int
    own: OwnModel | None = None
    roads: Roads = Roads()
    reserve_minutes: float = RESERVE_MINUTES
    orders_levels: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of it: figures of every policy, and every outcome by policy and draw."""

    figures: Mapping[str, Compared]
    outcomes: Mapping[str, Sequence[Outcome]]


def result(study: Study, processes: int = 1, told: Told = lambda done, of: None) -> Result:
    """Try it."""
    drawn = worlds(study.city, study.storm, study.settings, study.seeds, study.own, study.roads)
    drawn = [replace(one, orders_levels=study.orders_levels) for one in drawn]
    found = outcomes(drawn, study.policies, study.steps, processes, told)
    in_order = {name: found[name] for name in study.policies}
    return Result(figures=compared(in_order, study.city, study.reserve_minutes), outcomes=in_order)


def as_json(study: Study, found: Result) -> dict[str, object]:
    """The figures, ``policies.NAME.FIGURE`` each ``{mean, low, high}``, and what differs, draw by
    draw, between each two policies in street-minutes at 15 cm.
    """
    return {
        "storm": study.storm.name,
        "seeds": len(study.seeds),
        "steps": study.steps,
        "version": version("xunban"),
        "policies": {name: asdict(one) for name, one in found.figures.items()},
        "differences": {
            one: {other: asdict(_difference(found, one, other)) for other in found.outcomes}
            for one in found.outcomes
        },
        "draws": {name: [each.minutes() for each in own] for name, own in found.outcomes.items()},
    }


def is_alike(study: Study, found: Result, then: Mapping[str, object]) -> bool:
    """Whether the same came of it as ``kept`` says, whatever version of the program it was; of the
    figures that it knew.
    """
    now = json.loads(json.dumps(as_json(study, found)))
    known = {name: set(one) for name, one in dict(then["policies"]).items()}  # type: ignore[call-overload]
    now["policies"] = {
        name: {figure: value for figure, value in one.items() if figure in known.get(name, one)}
        for name, one in now["policies"].items()
    }
    return now == {**then, "version": now["version"]}


def _difference(found: Result, one: str, other: str) -> Estimate:
    pairs = zip(found.outcomes[one], found.outcomes[other], strict=True)
    return Estimate.of([mine.minutes() - theirs.minutes() for mine, theirs in pairs])


def keep(study: Study, found: Result, path: Path) -> None:
    """Write one file with the tables, what is asked, the version and what came of it."""
    asked = {
        "version": version("xunban"),
        "storm": _storm(study.storm),
        "settings": asdict(study.settings),
        "policies": study.policies,
        "seeds": study.seeds,
        "steps": study.steps,
        "reserve_minutes": study.reserve_minutes,
        "orders_levels": study.orders_levels,
        "ways": asdict(study.roads.settings),
        "closures": [_closure(one) for one in study.roads.closures],
    }
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path, "w") as archive:
        tables = Path(folder) / DISTRICT
        write_city(study.city, tables)
        archive.write(tables, DISTRICT, zipfile.ZIP_DEFLATED)
        if study.own:
            archive.writestr(MODEL, study.own.text, zipfile.ZIP_DEFLATED)
            archive.writestr(MAPPING, study.own.mapping, zipfile.ZIP_DEFLATED)
        if study.roads.streets:
            archive.writestr(STREETS, packed(study.roads.streets), zipfile.ZIP_DEFLATED)
        for name, told in ((ASKED, asked), (FOUND, as_json(study, found))):
            text = json.dumps(told, ensure_ascii=False, indent=1, default=str)
            archive.writestr(name, text, zipfile.ZIP_DEFLATED)


def kept(path: Path) -> tuple[Study, Mapping[str, object]]:
    """What a file of ``keep`` asks, and what came of it then.

    Raises
    ------
    OSError, zipfile.BadZipFile, KeyError, ValueError
        It is no such file.
    """
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        tables = Path(folder) / DISTRICT
        tables.write_bytes(archive.read(DISTRICT))
        city = read_city(tables)
        own = None
        if MODEL in archive.namelist():
            model, mapping = (archive.read(name).decode() for name in (MODEL, MAPPING))
            own = own_model(model, mapping, city)
        asked, found = (json.loads(archive.read(name)) for name in (ASKED, FOUND))
        has_streets = STREETS in archive.namelist()
        streets = unpacked(archive.read(STREETS).decode()) if has_streets else None
    asked["settings"]["people"] = _UNMEASURED | asked["settings"]["people"]
    built_in = DrillSettings()
    settings = {
        name: filled(getattr(built_in, name), table, name)
        for name, table in asked["settings"].items()
    }
    study = Study(
        city=city,
        storm=_read_storm(asked["storm"]),
        settings=DrillSettings(**settings),
        policies=tuple(asked["policies"]),
        seeds=tuple(asked["seeds"]),
        steps=asked["steps"],
        own=own,
        roads=Roads(
            streets=streets,
            closures=tuple(_read_closure(one) for one in asked["closures"]),
            settings=filled(WaySettings(), asked["ways"], "ways"),
        ),
        reserve_minutes=asked.get("reserve_minutes", RESERVE_MINUTES),
        orders_levels=asked.get("orders_levels", False),
    )
    return study, found


def _closure(one: Closure) -> dict[str, object]:
    """What counts of a closure in a drill: it is there from beginning to end."""
    return {"name": one.name, "line": one.line, "speed_share": one.speed_share, "entry": one.entry}


def _read_closure(told: Mapping[str, Any]) -> Closure:
    line = tuple((lon, lat) for lon, lat in told["line"])
    return throughout(told["name"], line, told["speed_share"], entry=told["entry"])


def _storm(storm: DrillStorm) -> dict[str, object]:
    return {
        "name": storm.name,
        "begin": storm.begin.isoformat(),
        "rain_mm_h": storm.rain_mm_h,
        "forecast_mm": {hour.isoformat(): mm for hour, mm in storm.forecast_mm.items()},
        "forecast_at": storm.forecast_at.isoformat() if storm.forecast_at else None,
        "members": [{hour.isoformat(): mm for hour, mm in one.items()} for one in storm.members],
        "warnings": [asdict(one) | {"at": one.at.isoformat()} for one in storm.warnings],
    }


def _read_storm(told: Mapping[str, Any]) -> DrillStorm:
    read = datetime.fromisoformat
    facts = dict(told)
    facts |= {
        "begin": read(facts["begin"]),
        "rain_mm_h": tuple(facts["rain_mm_h"]),
        "forecast_at": read(facts["forecast_at"]) if facts["forecast_at"] else None,
        "forecast_mm": {read(hour): mm for hour, mm in facts["forecast_mm"].items()},
        "members": tuple(
            {read(hour): mm for hour, mm in one.items()} for one in facts.get("members", ())
        ),
        "warnings": tuple(Warned(**one | {"at": read(one["at"])}) for one in facts["warnings"]),
    }
    return DrillStorm(**facts)
