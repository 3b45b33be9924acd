"""A drill begun from the board: it runs in a process of its own, on a database of its own, tells
how far it is, can be stopped, and leaves its result in a folder. Nobody is told anything of it.
"""

import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict

FOLDER = "drills"
"""Under the program's own folder."""
BEAT_S = 5.0
SILENT = timedelta(minutes=2)
"""A drill that has not been heard of for so long is gone: the machine was turned off."""
ENDINGS = ("zip", "zh.pdf", "en.pdf", "zh.html", "en.html")
"""What a finished one leaves: all that it takes to run it again, and the page."""
MOST_KEPT = 50
BEGINNING = "beginning"
"""Stands there while somebody begins one."""
FOUND = "result.json"
"""In the zip: what came of it."""


class DrillState(StrEnum):
    """How a drill stands."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillRun:
    """One drill: what was asked, and how far it is.

    Attributes
    ----------
    name
        Also of its files.
    done, of
        Storms that have passed, of all.
    """

    name: str
    storm: str
    seeds: int
    lead: int
    by: str
    begun_at: str
    state: DrillState = DrillState.RUNNING
    done: int = 0
    of: int = 0
    error: str = ""


class Stopped(Exception):
    """Somebody stopped the drill."""


def begin(
    actor: Actor,
    folder: Path,
    url: str,
    now: datetime,
    storm: str,
    seeds: int,
    lead: int,
    start: Callable[[Path, str, DrillRun], None] | None = None,
) -> DrillRun:
    """Begin one; it goes on whatever becomes of the board.

    Parameters
    ----------
    folder, url
        The program's own folder, and the database whose district is taken.
    start
        Starts the process; by default one of this program.

    Raises
    ------
    NotAllowed
        ``actor`` may not, or one is running.
    """
    require(actor, Action.SWITCH_OPERATION)
    name = f"{now:%Y%m%d-%H%M%S}-{storm}"
    run = DrillRun(
        name=name, storm=storm, seeds=seeds, lead=lead, by=actor.name, begun_at=now.isoformat()
    )
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    with _alone(place, now):
        if any(one.state is DrillState.RUNNING for one in drill_runs(folder, now)):
            raise Conflict("drill.one_at_a_time")
        _write(place, run)
    (start or _start)(folder, url, run)
    return run


@contextmanager
def _alone(place: Path, now: datetime) -> Iterator[None]:
    """Nobody else begins one meanwhile, here or in another process; who died at it is forgotten."""
    sign = place / BEGINNING
    with suppress(OSError):
        if now - datetime.fromtimestamp(sign.stat().st_mtime, now.tzinfo) > SILENT:
            sign.unlink()
    try:
        sign.open("x").close()
    except FileExistsError:
        raise Conflict("drill.one_at_a_time") from None
    try:
        yield
    finally:
        sign.unlink(missing_ok=True)


def _start(folder: Path, url: str, run: DrillRun) -> None:
    asked = ("--storm", run.storm, "--seeds", str(run.seeds), "--lead", str(run.lead))
    with open(folder / FOLDER / f"{run.name}.log", "wb") as log:
        subprocess.Popen(
            [sys.executable, "-m", "ops", "drill", "run", *asked, "--progress", run.name],
            env=os.environ | {"XUNBAN_DB": url, "XUNBAN_HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )


def stop(actor: Actor, folder: Path, name: str) -> None:
    """Let a drill end without a result.

    Raises
    ------
    NotAllowed
        ``actor`` may not.
    """
    require(actor, Action.SWITCH_OPERATION)
    place = folder / FOLDER
    if name in {path.stem for path in place.glob("*.json")}:
        (place / f"{name}.stop").touch()


def drill_runs(folder: Path, now: datetime) -> list[DrillRun]:
    """Every drill that was begun, the latest first."""
    found = []
    for path in sorted((folder / FOLDER).glob("*.json"), reverse=True)[:MOST_KEPT]:
        with suppress(OSError, ValueError, TypeError, KeyError):
            run = _read(path)
            heard = datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo)
            if run.state is DrillState.RUNNING and now - heard > SILENT:
                run = _as(run, state=DrillState.FAILED)
            found.append(run)
    return found


def files_of(folder: Path, run: DrillRun) -> dict[str, Path]:
    """What a drill has left, by its ending."""
    found = {ending: folder / FOLDER / f"{run.name}.{ending}" for ending in ENDINGS}
    return {ending: path for ending, path in found.items() if path.is_file()}


class Figures(NamedTuple):
    """What came of a policy: means of street-minutes at 15 cm, on all roads and at low points, and
    the share of what could be avoided.
    """

    policy: str
    minutes: float
    low_minutes: float
    share: float | None


def figures_of(folder: Path, run: DrillRun) -> Sequence[Figures]:
    """Of every policy; none where there is no result, or none that can be read."""
    path = folder / FOLDER / f"{run.name}.zip"
    try:
        return _figures(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile):
        return ()


@lru_cache(MOST_KEPT)
def _figures(path: Path, _: int) -> Sequence[Figures]:
    with zipfile.ZipFile(path) as archive:
        policies = json.loads(archive.read(FOUND))["policies"]
    return tuple(
        Figures(
            policy=str(name),
            minutes=float(one["street_minutes_015"]["mean"]),
            low_minutes=float(one["low_minutes_015"]["mean"]),
            share=float(one["share"]["mean"]) if one["share"] else None,
        )
        for name, one in policies.items()
    )


class Progress:
    """What the process that runs a drill tells of it, at every step and every few seconds."""

    def __init__(self, folder: Path, name: str) -> None:
        self._place = folder / FOLDER
        self._run = _read(self._place / f"{name}.json")
        self._over = threading.Event()
        self._lock = threading.Lock()
        threading.Thread(target=self._beat, daemon=True).start()

    def __call__(self, done: int, of: int) -> None:
        """So many storms have passed.

        Raises
        ------
        Stopped
            Somebody wants it to end.
        """
        if (self._place / f"{self._run.name}.stop").exists():
            raise Stopped
        if (done, of) != (self._run.done, self._run.of):
            self._tell(done=done, of=of)

    def end(self, state: DrillState, error: str = "") -> None:
        """It is over."""
        self._over.set()
        self._tell(state=state, error=error[:300])
        with suppress(OSError):
            (self._place / f"{self._run.name}.stop").unlink()

    def target(self, ending: str) -> Path:
        """Where a part of its result goes."""
        return self._place / f"{self._run.name}.{ending}"

    def _tell(self, **changed: object) -> None:
        with self._lock:
            self._run = _as(self._run, **changed)
            _write(self._place, self._run)

    def _beat(self) -> None:
        while not self._over.wait(BEAT_S):
            with suppress(OSError):
                (self._place / f"{self._run.name}.json").touch()


def _as(run: DrillRun, **changed: object) -> DrillRun:
    return DrillRun(**(asdict(run) | changed))


def _write(place: Path, run: DrillRun) -> None:
    part = place / f"{run.name}.part"
    part.write_text(json.dumps(asdict(run), ensure_ascii=False), encoding="utf-8")
    os.replace(part, place / f"{run.name}.json")


def _read(path: Path) -> DrillRun:
    told = json.loads(path.read_text(encoding="utf-8"))
    known: Iterable[str] = (field.name for field in fields(DrillRun))
    facts = {name: told[name] for name in known}
    return DrillRun(**facts | {"state": DrillState(facts["state"])})
