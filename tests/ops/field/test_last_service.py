"""When a road was last served: the newest of what is known, and nothing where nothing is."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from data.model.field import EventKind, FieldEvent
from ops.field.last_service import last_served
from tests.helpers.makers import NOW, make_blockage, make_city

CITY = make_city()


def bare(**inlets) -> object:
    """The town with no record at all, but the days on which inlets of a segment were cleaned."""
    return replace(
        CITY,
        blockages=(),
        inlets=tuple(replace(one, cleaned_on=inlets.get(one.segment_id)) for one in CITY.inlets),
    )


def test_nothing_known_is_not_there():
    assert last_served(bare(), (), {}) == {}


def test_a_day_of_cleaning_is_the_districts_midnight():
    assert last_served(bare(S1=date(2022, 7, 1)), (), {}) == {
        "S1": datetime(2022, 6, 30, 16, tzinfo=UTC)
    }


def test_the_newest_counts_and_an_open_blockage_does_not():
    city = replace(
        bare(S1=date(2022, 5, 1)),
        blockages=(make_blockage("S1-0", 40), make_blockage("S1-1", 2, False)),
    )
    assert last_served(city, (), {})["S1"] == NOW - timedelta(days=40) + timedelta(hours=5)


def test_the_fields_word_counts_for_the_road_of_its_job_only_when_it_is_done():
    taps = [
        FieldEvent(
            operation_id=1,
            event_id=f"{kind}-1234567",
            version=1,
            station_id="A",
            kind=kind,
            job_id="clear:S3",
            server_at=NOW,
            by="站长",
        )
        for kind in (EventKind.ARRIVE, EventKind.CLEAR)
    ]
    assert last_served(bare(), taps[:1], {"clear:S3": "S3"}) == {}
    assert last_served(bare(), taps, {"clear:S3": "S3"}) == {"S3": NOW}
    assert last_served(bare(), taps, {}) == {}
