"""The bundled sample: the Longshan district and the drill of 8 July 2022, taken in by the same doors as real ones."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data.entities import City
from data.sheets import read_city
from data.store import Store
from ops import intake, operation
from ops.access import Actor
from ops.district import replace_city
from weather import open_meteo

FOLDER = Path(__file__).resolve().parent.parent / "data" / "longshan"


@dataclass(frozen=True, slots=True)
class Sample:
    """What was loaded, and the drill's time."""

    city: City
    now: datetime


def load_sample(store: Store, actor: Actor, real_now: datetime, drill_now: datetime | None = None,
                keep_city: bool = False) -> Sample:
    """Load the district and begin a drill with its warning and its forecast.

    Parameters
    ----------
    drill_now
        When the drill begins; the time at which the warning was issued by default.
    keep_city
        Leave the district's tables as they are.
    """
    city = store.city() if keep_city else read_city(FOLDER)
    if not keep_city:
        replace_city(store, actor, city, real_now)
    alerts = intake.understand((FOLDER / "warning.txt").read_bytes(), drill_now or real_now)
    issued = alerts[0].issued_at
    assert issued is not None, "the bundled warning names its time"
    now = drill_now or issued
    drill = operation.start_drill(store, actor, now, real_now)
    intake.take_forecast(store, drill, open_meteo.parse((FOLDER / "forecast.json").read_bytes(), now), now)
    intake.keep_alerts(store, drill, intake.understand((FOLDER / "warning.txt").read_bytes(), now), now)
    return Sample(city, now)
