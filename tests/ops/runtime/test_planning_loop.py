"""What the loop does about a database that fails and a clock that steps."""

import logging

import pytest

from data.store.store import DatabaseError
from ops.runtime.planning_loop import Loop
from ops.settings import Settings
from tests.helpers.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def loop(store, clock) -> Loop:
    return Loop(store, Settings(), clock)


def test_the_desk_hears_within_seconds_of_a_database_that_was_taken_away(
    loop, clock, store, tmp_path, caplog
):
    loop.beat()
    (tmp_path / "xunban.db").rename(tmp_path / "gone.db")
    with caplog.at_level(logging.ERROR):
        for _ in range(4):
            clock.go(2)
            with pytest.raises(DatabaseError):
                loop.beat()
    said = [one.getMessage() for one in caplog.records]
    assert [one.partition(" ")[0] for one in said] == ["notify.database_fails"], "once"
    (tmp_path / "gone.db").rename(tmp_path / "xunban.db")
    clock.go(2)
    loop.beat()
    assert loop._failing_since is None
