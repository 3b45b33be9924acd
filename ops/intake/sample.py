"""The bundled sample: the Longshan district and the drill of 8 July 2022, taken in by the same
doors as real ones.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from data.model.city import City
from data.model.street.streets import SAMPLE_STREETS
from data.sheets.city import read_city
from data.store.store import Store
from data.streets.reading import read_streets
from ops.auth.permissions import Actor
from ops.district.tables import replace_city
from ops.intake import alerts as intake
from ops.intake import operations
from ops.intake.streets import load_streets
from weather.providers import open_meteo

FOLDER = Path(__file__).resolve().parents[2] / "data" / "longshan"


@dataclass(frozen=True, slots=True)
class Sample:
    """What was loaded, and the drill's time."""

    city: City
    now: datetime


def load_sample(
    store: Store,
    actor: Actor,
    real_now: datetime,
    drill_now: datetime | None = None,
    keep_city: bool = False,
) -> Sample:
    """Load the district and begin a drill with its warning and its forecast.

    Parameters
    ----------
    drill_now
        When the drill begins; the time at which the warning was issued by default.
    keep_city
        Leave the district's tables as they are.
    """
    city = store.tables() if keep_city else read_city(FOLDER)
    if not keep_city:
        replace_city(store, actor, city, real_now)
        streets = replace(read_streets(FOLDER / "streets.geojson"), source=SAMPLE_STREETS)
        load_streets(store, actor, streets, real_now)
    alerts = intake.understand((FOLDER / "warning.txt").read_bytes(), drill_now or real_now)
    issued = alerts[0].issued_at
    assert issued is not None, "the bundled warning names its time"
    now = drill_now or issued
    drill = operations.start_drill(store, actor, now, real_now)
    intake.take_forecast(
        store, drill, open_meteo.parse((FOLDER / "forecast.json").read_bytes(), now), now
    )
    intake.keep_alerts(
        store, drill, intake.understand((FOLDER / "warning.txt").read_bytes(), now), now
    )
    return Sample(city, now)
