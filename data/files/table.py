"""A table of a file, whatever its format: headings, columns of values, geometry, and where each row
stands in the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from data.files.raw import Raw
from data.model.message import Message

_GATHERED = 4
"""From here on Shapely's kinds are of several points, lines or areas."""


@dataclass(frozen=True, slots=True)
class FileTable:
    """One sheet, layer or list.

    Attributes
    ----------
    name
        The sheet's, layer's or file's.
    headings
        As they are written; none is blank and none stands twice.
    columns
        The values, one sequence for each heading, all of the same length.
    places
        The number by which a row is found again: a sheet's row, a feature's number from 1.
    geometry
        Shapely geometries in two dimensions (``None`` where a row has none); ``None`` for a table
        without.
    system
        What the file says its coordinates are in (`data.coordinates.system_of` reads it); ``None``:
        it says nothing.
    notes
        What was understood or left out while reading.
    source
        What the file is called that it stands in.
    """

    name: str
    headings: tuple[str, ...]
    columns: tuple[Sequence[Raw], ...]
    places: Sequence[int]
    geometry: np.ndarray | None = None
    system: str | None = None
    notes: tuple[Message, ...] = ()
    source: str = ""

    @property
    def count(self) -> int:
        return len(self.places)

    def column(self, heading: str) -> Sequence[Raw]:
        return self.columns[self.headings.index(heading)]

    def sample(self, heading: str, count: int = 400) -> list[Raw]:
        """Values from all over a column, blanks left out."""
        values = self.column(heading)
        step = max(1, len(values) // count)
        return [value for value in values[::step] if value is not None and value != ""]


def table_of_records(
    name: str,
    records: Sequence[dict[str, Raw]],
    geometry: Sequence[shapely.Geometry | None] | np.ndarray,
    system: str | None,
    notes: tuple[Message, ...] = (),
) -> FileTable:
    """A layer whose features bear their values by name, not all of them the same names."""
    headings = tuple(dict.fromkeys(key for record in records for key in record))
    columns = tuple([record.get(heading) for record in records] for heading in headings)
    shapes = flat(geometry)
    placed = any(
        shape is not None for shape in shapes
    )  # else its columns may tell where things are
    return FileTable(
        name,
        headings,
        columns,
        range(1, len(records) + 1),
        shapes if placed else None,
        system if placed else None,
        notes,
    )


def flat(geometry: Sequence[shapely.Geometry | None] | np.ndarray) -> np.ndarray:
    """Geometries without heights, one alone out of what gathers several; what is empty is none."""
    array = np.empty(len(geometry), dtype=object)
    array[:] = geometry
    array = shapely.force_2d(array)
    array[shapely.is_empty(array)] = None
    alone = (shapely.get_type_id(array) >= _GATHERED) & (shapely.get_num_geometries(array) == 1)
    array[alone] = shapely.get_geometry(array[alone], 0)
    return array


def distinct(headings: Sequence[str]) -> tuple[str, ...]:
    """Headings, a blank one named by its column, one that stands twice by a number behind it."""
    seen: dict[str, int] = {}
    found = []
    for number, heading in enumerate(headings, 1):
        name = heading or f"#{number}"
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(found)
