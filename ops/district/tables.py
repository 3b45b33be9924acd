"""The district's tables as people bring and take them: read and judged first, then put in the place
of those before.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data.errors import BadSheets, RowError
from data.files.grids import Grid, read_grids
from data.files.raw import BadFile
from data.model.city import City, District
from data.model.street.streets import SAMPLE_STREETS, StreetMap
from data.sheets.city import read_city, write_city
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


@dataclass(frozen=True, slots=True)
class Upload:
    """What somebody's files hold: a city, or all that is wrong with them and the rows as they are
    written.
    """

    city: City | None
    errors: tuple[RowError, ...] = ()
    grids: tuple[Grid, ...] = ()

    def row(self, sheet: str, row: int | None) -> tuple[str, ...]:
        """The cells of a row as written; empty where the error is not about one row, or nothing
        could be read.
        """
        return next(
            (
                tuple("" if cell is None else str(cell) for cell in cells)
                for grid in self.grids
                if grid.name == sheet
                for number, cells in grid.rows
                if number == row
            ),
            (),
        )


def read_upload(files: Mapping[str, bytes]) -> Upload:
    """The city in a workbook, or in the CSV files that belong together; nothing is changed.

    Parameters
    ----------
    files
        Content by file name; only the last part of a name counts.
    """
    if not _can_be_ours(files):
        name = next(iter(files), "")
        return Upload(None, (RowError(name, None, None, "sheets.no_tables", {"path": name}),))
    with tempfile.TemporaryDirectory(prefix="xunban-") as folder:
        for name, content in files.items():
            (Path(folder) / (Path(name.replace("\\", "/")).name or "file")).write_bytes(content)
        written = sorted(Path(folder).iterdir())
        source = (
            Path(folder)
            if written and all(path.suffix.lower() == ".csv" for path in written)
            else written[0]
        )
        try:
            return Upload(read_city(source))
        except BadSheets as error:
            try:
                grids = tuple(read_grids(source))
            except BadFile:
                grids = ()
            return Upload(None, error.errors, grids)


def _can_be_ours(files: Mapping[str, bytes]) -> bool:
    """Whether files are of a kind that our tables are kept in: one workbook, or CSV alone."""
    endings = [Path(name).suffix.lower() for name in files]
    return set(endings) == {".csv"} or (len(files) == 1 and endings[0] in WORKBOOKS)


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
