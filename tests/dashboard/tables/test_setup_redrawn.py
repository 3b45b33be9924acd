"""What Set-up costs at each turn of the page does not grow with the district's tables."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dashboard.core import board
from dashboard.views import setup, setup_streets
from data.model.street.listed_roads import ListedRoad
from data.store.batching import DoorStore
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.district.listed_roads import keep
from ops.intake.streets import load_streets
from tests.data.test_bounded import Steps
from tests.helpers.makers import make_city
from tests.helpers.pages import checked, fill, opened
from tests.helpers.streets import grid

PAGE = """
from datetime import UTC, datetime
from dashboard.views import setup
from dashboard.core.board import open_board
setup.show(open_board(lambda: datetime.now(UTC)))
"""
ROAD = ListedRoad(id="L1", road="甲路", count=3)


@pytest.fixture
def counted(monkeypatch):
    """How often tables are judged, and street maps."""
    found = {"check_data_quality": 0, "what_the_map_holds": 0}
    for module, name in ((setup, "check_data_quality"), (setup_streets, "what_the_map_holds")):

        def counting(*given, name=name, own=getattr(module, name)):
            found[name] += 1
            return own(*given)

        monkeypatch.setattr(module, name, counting)
    return found


def with_inlets(many: int):
    city = make_city()
    one = city.inlets[0]
    more = [replace(one, id=f"more{n}") for n in range(many)]
    return replace(city, inlets=(*city.inlets, *more))


def test_a_turn_of_the_page_reads_no_table_and_judges_nothing_anew(url, counted):
    store = fill(url, plan=False)
    load_streets(store, CONSOLE, grid(), datetime.now(UTC))
    keep(store, [ROAD])
    steps, turns = Steps(board._store(url)), []
    for many in (0, 3000):
        store.replace_city(with_inlets(many))
        board._store(url)._looked_at = -1000.0  # the half second is over
        page = opened(PAGE)
        turns.append(steps.of(lambda page=page: checked(page.run())))
    assert turns[1] <= turns[0] + 1000, "a turn costs as much with a hundred times the inlets"
    assert counted == {"check_data_quality": 2, "what_the_map_holds": 2}
    store.close()


def test_tables_are_read_again_once_they_are_replaced(url):
    store, door = Store(url), DoorStore(url)
    store.replace_city(make_city())
    first = door.tables()
    assert door.tables() is first
    store.replace_city(with_inlets(1))
    assert door.tables() == store.tables() != first
    with door.atomic():
        door.replace_city(make_city())
        assert door.tables() == first, "a deed sees what it has done"
    assert door.tables() == first
    door.close()
    store.close()
