"""What is looked at and then changed as one, on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from data.db.engine import is_atomic
from data.model.field import EventKind, FieldEvent
from data.store.batching import DoorStore
from data.store.store import Store
from tests.helpers.makers import NOW, both_databases, make_city, make_version

pytestmark = both_databases


def tap(operation_id: int, event_id: str) -> FieldEvent:
    return FieldEvent(
        operation_id=operation_id,
        event_id=event_id,
        version=1,
        station_id="A",
        kind=EventKind.ACCEPT,
        server_at=NOW,
        by="x",
    )


def test_of_two_blocks_the_second_sees_what_the_first_has_changed(store, store_url):
    other, both = Store(store_url), threading.Barrier(2)

    def count(one: Store) -> None:
        both.wait()
        for _ in range(20):
            with one.atomic():
                one.settings.save("count", one.settings.get("count", 0) + 1)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(count, (store, other)))
    assert store.settings.get("count", 0) == 40
    other.close()


def test_a_block_that_fails_leaves_nothing_and_a_part_that_fails_only_itself(store):
    with suppress(KeyError), store.atomic():
        store.settings.save("one", 1)
        raise KeyError
    assert store.settings.get("one", 0) == 0
    with store.atomic():
        store.settings.save("one", 1)
        with suppress(KeyError), store.atomic():
            assert store.settings.get("one", 0) == 1  # it sees what it has written
            store.settings.save("one", 2)
            store.settings.save("two", 2)
            raise KeyError
        assert store.settings.get("one", 0) == 1
    assert (store.settings.get("one", 0), store.settings.get("two", 0)) == (1, 0)
    assert not is_atomic(store._engine)


def test_nothing_is_remembered_of_what_was_taken_back(store_url, store, drill):
    store.replace_city(make_city())
    store.plans.save(make_version(drill.id), [], NOW)
    door = DoorStore(store_url)
    with suppress(KeyError), door.atomic():
        door.field.save_event(tap(drill.id, "taken-back"))
        assert [one.event_id for one in door.field.events(drill.id)] == ["taken-back"]
        assert door.settings.get_or_make("key", "first") == "first"
        raise KeyError
    assert door.settings.get_or_make("key", "second") == "second"
    assert store.settings.get("key", "") == "second"
    store.field.save_event(tap(drill.id, "kept"))
    assert [one.event_id for one in door.field.events(drill.id)] == ["kept"]
    door.close()
