"""Whoever wants silt hears when a truck comes, and when it comes no more."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from data.model.city import Garden
from data.model.plan import JobKind
from ops.base.messages import Translator
from ops.field.gardens import tell_gardens
from tests.helpers.makers import NOW, make_city

GARDEN = Garden(id="g1", name="王大爷菜园", station_id="A", position=(125.1455, 42.903), m3=0.1)
HOUR = timedelta(hours=1)


@pytest.fixture
def told(store, drill, monkeypatch):
    """What the desk is asked to tell once a plan sends a truck at this hour; ``None``: at none."""
    store.replace_city(replace(make_city(), gardens=(GARDEN,)))

    def plan(hours: float | None, garden: str = GARDEN.id, now=NOW) -> list[str]:
        job = SimpleNamespace(
            job_id=f"garden:{garden}",
            kind=JobKind.GARDEN,
            start_at=NOW + (hours or 0) * HOUR,
            members=(),
        )
        version = SimpleNamespace(assignments=() if hours is None else (job,))
        monkeypatch.setattr(store.plans, "current", lambda _: version)
        said = []

        def tell(message, matter):
            if store.outbox.tell_desk(drill.id, matter, message, ("值班台", "群"), now):
                said.append(Translator.of_city("zh", store.city()).message(message))

        for _ in range(2):  # two rounds of the clock, one word
            tell_gardens(store, drill, now, tell)
        return said

    return plan


def test_whoever_was_told_of_a_truck_hears_that_none_comes_and_that_one_does_after_all(told):
    (coming,) = told(2)
    assert "王大爷菜园" in coming
    (moved,) = told(3)
    assert moved != coming
    (off,) = told(None)
    assert "不来了" in off
    assert told(3) == [moved]  # the very hour that was called off
    assert told(None) == [off]
    assert told(None) == []


def test_nobody_hears_of_what_is_behind_or_was_never_told(told):
    assert told(None) == []
    assert told(2)
    assert told(None, now=NOW + 2 * HOUR) == []


def test_a_resident_who_was_struck_off_the_list_hears_it_too(told, store):
    assert told(2)
    store.replace_city(make_city())
    (off,) = told(None)
    assert "王大爷菜园" in off
