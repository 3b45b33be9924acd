"""Districts from files in each format, and the whole path timed; then a table of odd files and what
came of each. Everything is made here. ``python tests/bench/city_files.py [--inlets N]``.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import shapely

from data.errors import BadSheets
from data.sheets.foreign.mapping import propose
from data.sheets.foreign.take_in import take_in
from data.sheets.foreign.take_in_rows import Wanted
from data.store.store import Store
from ops.base.messages import Translator
from ops.district.uploads import read_files
from tests.helpers.files import city_files as make
from tests.helpers.files import odd_answers, odd_files, odd_forms

AT = odd_files.CAMBRIDGE


def formats(count: int, blocks: int) -> dict[str, Callable[[Path], list[Path]]]:
    """The same district in each format."""
    flat = [
        (
            {"FACILITYID": f"CB-{number:06}", "INSTALLDATE": 1_656_633_600_000},
            shapely.Point(lon, lat),
        )
        for number, (lon, lat) in enumerate(odd_files.places(AT, count, blocks))
    ]
    rows = [["FACILITYID", "X", "Y"], *[[a["FACILITYID"], s.x, s.y] for a, s in flat]]
    roads = odd_files.streets(AT, blocks=blocks)
    feet, feet_roads = odd_files.moved(flat, 2249), odd_files.moved(roads, 2249)

    def with_streets(write: Callable[[Path], Path]) -> Callable[[Path], list[Path]]:
        return lambda p: [make.geojson(p / "streets.geojson", roads), write(p)]

    return {
        "GeoJSON": with_streets(lambda p: make.geojson(p / "inlets.geojson", flat)),
        "Shapefile, feet": lambda p: [
            make.zipped_shapefile(p / "streets.zip", feet_roads, 2249),
            make.zipped_shapefile(p / "inlets.zip", feet, 2249),
        ],
        "GeoPackage": with_streets(lambda p: make.geopackage(p / "inlets.gpkg", flat)),
        "KMZ": with_streets(lambda p: make.kml(p / "inlets.kmz", flat)),
        "CSV": with_streets(lambda p: make.delimited(p / "inlets.csv", rows)),
        "xlsx": with_streets(lambda p: make.workbook(p / "i.xlsx", inlets=rows)),
        "ods": with_streets(lambda p: make.open_document(p / "i.ods", rows, "inlets")),
    }


def timed(count: int, blocks: int) -> None:
    """How long each part of the path takes, in seconds."""
    print(f"{count} inlets, {2 * blocks} streets; seconds")
    print(f"{'format':16} {'MB':>6} {'read':>6} {'map':>6} {'take in':>8} {'store':>6}  came of it")
    for name, write in formats(count, blocks).items():
        with tempfile.TemporaryDirectory() as folder:
            paths = write(Path(folder))
            size = sum(path.stat().st_size for path in paths) / 1e6
            marks = [time.perf_counter()]
            tables = read_files({path.name: path.read_bytes() for path in paths})
            marks.append(time.perf_counter())
            mappings = propose(tables)
            marks.append(time.perf_counter())
            found = take_in(list(zip(tables, mappings, strict=True)), None, Wanted(name="city"))
            marks.append(time.perf_counter())
            store = Store(f"sqlite:///{folder}/city.db")
            store.migrate()
            marks.append(time.perf_counter())
            store.replace_city(found.city)
            marks.append(time.perf_counter())
            store.close()
        read, said, taken, _, stored = (b - a for a, b in pairwise(marks))
        rows = ", ".join(f"{number} {table}" for table, number in found.taken.items())
        print(f"{name:16} {size:6.1f} {read:6.2f} {said:6.2f} {taken:8.2f} {stored:6.2f}  {rows}")


def odd() -> None:
    """Every odd file and what came of it."""
    t = Translator("en")
    print(f"\n{'odd file':32} {'taken':34} {'aside':>5}  told")
    for one in (*odd_files.ODD, *odd_forms.FORMS, *odd_answers.ANSWERS):
        with tempfile.TemporaryDirectory() as folder:
            store = Store(f"sqlite:///{folder}/none.db")
            store.migrate()
            try:
                found = odd_forms.came_of(store, one, Path(folder))
            except BadSheets as error:
                print(f"{one.name:32} refused: {t.message(error.errors[0].message)}")
                continue
        rows = ", ".join(f"{number} {table}" for table, number in found.taken.items())
        codes = sorted({message.code.removeprefix("files.") for message in found.told})
        print(f"{one.name:32} {rows:34} {len(found.aside):5}  {' '.join(codes)}")
    for name, (content, code) in odd_forms.REFUSED.items():
        if content is not None:
            print(f"{name:32} refused: {t(code, path=name)}")


def main() -> None:
    """Both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inlets", type=int, default=17_000)
    parser.add_argument("--blocks", type=int, default=35, help="streets in each direction")
    asked = parser.parse_args()
    timed(asked.inlets, asked.blocks)
    odd()


if __name__ == "__main__":
    main()
