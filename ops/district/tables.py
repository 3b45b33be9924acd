"""The district's tables as people take them away, and put in the place of those before."""

import tempfile
from datetime import datetime
from pathlib import Path

from data.model.city import City, District
from data.model.street.streets import SAMPLE_STREETS, StreetMap
from data.sheets.city import write_city
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require


def workbook(city: City, lang: str) -> bytes:
    """The district's tables as an Excel file."""
    with tempfile.TemporaryDirectory(prefix="xunban-") as folder:
        path = Path(folder) / "district.xlsx"
        write_city(city, path, lang)
        return path.read_bytes()


def template(lang: str) -> bytes:
    """The same file without a district in it: sheets and headings to fill in, and the usual
    response levels.
    """
    return workbook(City(district=District(adcode="", name="")), lang)


@atomic
def replace_city(store: Store, actor: Actor, city: City, now: datetime) -> None:
    """Take the district's tables: all of them. Those that are the same ask for no plan. The made-up
    streets of the sample go with its tables.

    Raises
    ------
    NotAllowed
        ``actor`` may not.
    """
    require(actor, Action.REPLACE_CITY)
    before = None if store.is_empty() else store.tables()
    store.replace_city(city, None if before == city else now)
    streets = store.streets.latest()
    if streets and streets.source == SAMPLE_STREETS and not city.district.sample:
        store.streets.load(StreetMap(streets=()), actor.name, now)
    record(store, actor, Action.REPLACE_CITY, city.district.name, now, segments=len(city.segments))
