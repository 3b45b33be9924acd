"""The unknowns of the streets set to a storm that the bureau remembers: which low points stood, how
deep and how long.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from data.model.city import City
from ops.drill.closed_loop import run
from ops.drill.comparison import worlds
from ops.drill.parameters import DrillSettings
from ops.drill.physics.storms import DrillStorm
from ops.drill.policies import Nobody
from ops.drill.small_tables import must_be, rows

COLUMNS = {
    "segment": ("路段编号", "路段", "segment_id", "segment"),
    "depth": ("水深", "深度", "depth_cm", "depth"),
    "minutes": ("分钟", "时长", "minutes"),
}
UNKNOWNS = (
    ("streets", "inlet_m3_s"),
    ("streets", "low_point_m"),
    ("streets", "pipe_years"),
    ("hidden", "clogged_share"),
)
"""What is fitted; all else stays as it is set."""
GOOD_M, GOOD_MINUTES = 0.10, 45.0
"""How far memory is trusted: to so much depth and time (assumptions)."""
LEASH = 0.5
"""An unknown that is doubled or halved counts as much as a memory missed by half of that."""
FURTHEST = math.log(4)
"""No unknown goes further than to four times or a quarter."""
STEP = 0.08
"""By which each is moved to see what it does, as a share: less is lost in the engine's noise."""
_Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """Water that stood on a road: how deep at most, and how long."""

    segment_id: str
    depth_m: float
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The settings that come nearest, and how near.

    Attributes
    ----------
    computed
        What they give where something is remembered, in the same order.
    depth_m, minutes
        How far that is off: root mean squares.
    """

    settings: DrillSettings
    computed: tuple[Remembered, ...]
    depth_m: float
    minutes: float

    @property
    def tables(self) -> Mapping[str, Mapping[str, float]]:
        """The fitted figures as they stand in the settings file: by table and name."""
        found: dict[str, dict[str, float]] = {}
        for table, name in UNKNOWNS:
            value = getattr(getattr(self.settings, table), name)
            found.setdefault(f"drill_{table}", {})[name] = round(value, 6)
        return found

    def as_json(self) -> dict[str, object]:
        """Settings, what they give, and how far that is off."""
        return {
            "settings": self.tables,
            "computed": [asdict(one) for one in self.computed],
            "off": {"depth_m": round(self.depth_m, 4), "minutes": round(self.minutes, 1)},
        }


def remembered(text: str, city: City) -> list[Remembered]:
    """What a table says: road, depth in cm, minutes.

    Raises
    ------
    NotAllowed
        A column is missing, or a line names no road or no figures.
    """
    found = []
    for line, row in rows(text, COLUMNS):
        must_be(row["segment"] in city.segment_by_id, line, row["segment"])
        depth, minutes = (_number(row[name]) for name in ("depth", "minutes"))
        must_be(depth is not None and depth <= 500, line, row["depth"])
        must_be(minutes is not None and minutes <= 10_000, line, row["minutes"])
        assert depth is not None
        assert minutes is not None
        found.append(Remembered(segment_id=row["segment"], depth_m=depth / 100, minutes=minutes))
    must_be(bool(found), 1, "")
    return found


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value >= 0 else None


def fit(
    city: City,
    storm: DrillStorm,
    settings: DrillSettings,
    memory: Sequence[Remembered],
    processes: int = 1,
    rounds: int = 8,
) -> Fitted:
    """The settings under which the storm leaves what is remembered, nearest to what is assumed
    (least squares on the logarithms of the unknowns, Branch, Coleman and Li 1999; each unknown is
    moved by itself, side by side). Nobody is taken to have acted.

    Parameters
    ----------
    rounds
        So many times it looks at all unknowns at most.
    """
    with _computing(processes) as many:

        def residuals(points: Sequence[_Vector]) -> list[_Vector]:
            tried = [_moved(settings, point) for point in points]
            jobs = [(city, storm, each, tuple(memory)) for each in tried]
            pairs = zip(many(jobs), points, strict=True)
            return [_residuals(memory, found, point) for found, point in pairs]

        def slopes(point: _Vector) -> _Vector:
            at, *moved = residuals([point, *(point + STEP * one for one in np.eye(point.size))])
            return np.array([(each - at) / STEP for each in moved]).T

        found = least_squares(
            lambda point: residuals([point])[0],
            np.zeros(len(UNKNOWNS)),
            jac=slopes,
            bounds=(-FURTHEST, FURTHEST),
            max_nfev=rounds,
        )
        best = _moved(settings, found.x)
        found_water = many([(city, storm, best, tuple(memory))])[0]
    away = list(zip(memory, found_water, strict=True))
    return Fitted(
        settings=best,
        computed=found_water,
        depth_m=_rms([one.depth_m - other.depth_m for one, other in away]),
        minutes=_rms([one.minutes - other.minutes for one, other in away]),
    )


Job = tuple[City, DrillStorm, DrillSettings, tuple[Remembered, ...]]
_Many = Callable[[Sequence[Job]], list[tuple[Remembered, ...]]]


@contextmanager
def _computing(processes: int) -> Iterator[_Many]:
    with ProcessPoolExecutor(processes) as pool:
        yield lambda jobs: list(pool.map(computed, jobs))


def computed(job: Job) -> tuple[Remembered, ...]:
    """What these settings leave on the remembered roads when nobody acts."""
    city, storm, settings, memory = job
    outcome = run(worlds(city, storm, settings, (0,))[0], Nobody())
    return tuple(
        Remembered(
            segment_id=one.segment_id,
            depth_m=max(outcome.depths[one.segment_id]),
            minutes=sum(
                depth > settings.people.gone_depth_m for depth in outcome.depths[one.segment_id]
            ),
        )
        for one in memory
    )


def _moved(settings: DrillSettings, point: _Vector) -> DrillSettings:
    """The settings with each unknown multiplied by the exponential of its number."""
    for (table, name), by in zip(UNKNOWNS, point, strict=True):
        values = getattr(settings, table)
        value = getattr(values, name) * math.exp(by)
        if name == "clogged_share":
            value = min(value, 0.95)
        settings = replace(settings, **{table: replace(values, **{name: value})})
    return settings


def _residuals(
    memory: Sequence[Remembered], computed: Sequence[Remembered], point: _Vector
) -> _Vector:
    away = [
        residual
        for one, other in zip(memory, computed, strict=True)
        for residual in (
            (other.depth_m - one.depth_m) / GOOD_M,
            (other.minutes - one.minutes) / GOOD_MINUTES,
        )
    ]
    return np.array([*away, *(LEASH * each / math.log(2) for each in point)])


def _rms(values: Sequence[float]) -> float:
    return math.sqrt(sum(each**2 for each in values) / len(values))
