"""A season goes into one file, is read again, and only what is due and needed by nothing leaves."""

import csv
import hashlib
import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from data.errors import BadSnapshot, SeasonChanged
from data.model.field import BLOCKED_INLET, EventKind, FieldEvent, Incident
from data.model.operation import OperationKind
from data.store.store import Store
from ops.analytics.history import season
from ops.auth.permissions import CONSOLE
from ops.base.errors import CommandError
from ops.field.water.inlet_record import recorded_city
from ops.runtime import season_archive as archive
from ops.runtime.health_check import CARE, Patient, examine
from ops.settings import BackupSettings, RetentionSettings
from tests.helpers.makers import HOUR, NOW, both_databases, make_city, make_forecast, make_version
from tests.helpers.processes.browsing import xunban

ZONE = ZoneInfo("Asia/Shanghai")
SPAN = season(2022, ZONE)
TODAY = datetime(2026, 3, 1, tzinfo=UTC)
ALL = ("events", "plans", "weather", "photos")
DUE = RetentionSettings(events=3, plans=3, weather=3, photos=3)


def tap(operation, number: int, kind: EventKind, at: datetime, **more) -> FieldEvent:
    return FieldEvent(
        operation_id=operation.id,
        event_id=f"tap-{number}-{kind}-{at:%Y}",
        version=number,
        station_id="ST1",
        kind=kind,
        job_id="clear:S01",
        server_at=at,
        by="甲",
        **more,
    )


def call(operation, kind: str, at: datetime, **more) -> Incident:
    facts = {"source": "desk", "segment_id": "S1", "text": "井盖，\n“丢了”"} | more
    return Incident(
        operation_id=operation.id, kind=kind, reported_at=at, received_at=at, by="甲", **facts
    )


def years(store: Store, photos) -> object:
    """Real operation with a full year 2022, and one version of 2026 in force; a drill beside it."""
    store.replace_city(make_city())
    inlet = store.city().inlets[0].id
    real = store.operations.start(OperationKind.REAL, NOW, NOW)
    drill = store.operations.start(OperationKind.DRILL, NOW, NOW)
    photos.mkdir(parents=True)
    for operation in (real, drill):
        for kind in (BLOCKED_INLET, "missing_cover"):
            kept, _ = store.field.report_incident(call(operation, kind, NOW, photo="b.jpg"))
            store.field.close_incident(kept.id, "甲", NOW + HOUR)
        waiting = [one.id for one in store.triggers.all(operation.id)]
        for number in (1, 2, 3, 4):
            made = make_version(operation.id, number, drill=operation.is_drill, causes=())
            jobs = tuple(replace(job, inlet_ids=(inlet,)) for job in made.assignments)
            at = TODAY if number == 4 else NOW + number * HOUR
            store.plans.save(replace(made, made_at=at, assignments=jobs), waiting, at)
            waiting = []
        store.weather.save_forecast(operation.id, make_forecast({30: 9.0}))
        store.field.save_event(tap(operation, 1, EventKind.ACCEPT, NOW))
        store.field.save_event(tap(operation, 2, EventKind.CLEAR, NOW, photo="a.jpg"))
        store.field.save_event(tap(operation, 3, EventKind.ACCEPT, TODAY))
        store.field.save_event(tap(operation, 2, EventKind.KIT_USED, NOW, amounts={"rope": 1.0}))
    for name in ("a.jpg", "b.jpg", "other.jpg"):
        (photos / name).write_bytes(name.encode())
    return real


@both_databases
def test_a_season_is_kept_read_again_and_only_what_nothing_needs_leaves(store, tmp_path):
    photos, file = tmp_path / "photos", tmp_path / "2022.zip"
    real = years(store, photos)
    record = recorded_city(store, real)
    assert record != store.city(), "an inlet was cleaned"
    kept = archive.write(store, photos, SPAN, file)
    assert file.stat().st_mode & 0o077 == 0
    assert (kept.rows["versions"], kept.rows["field_events"], kept.rows["incidents"]) == (3, 3, 2)
    with zipfile.ZipFile(file) as opened:
        for line in opened.read(archive.SUMS).decode().splitlines():
            digest, name = line.split("  ")
            assert hashlib.sha256(opened.read(name)).hexdigest() == digest
        text = io.StringIO(opened.read("incidents.csv").decode("utf-8-sig"), newline="")
        assert {row["text"] for row in csv.DictReader(text)} == {"井盖，\n“丢了”"}
        assert opened.read("photos/a.jpg") == b"a.jpg"
    due = archive.due_in(DUE, 2022, TODAY.year)
    assert due == list(ALL)
    triggers = store.triggers.all(real.id)
    assert triggers
    gone = archive.remove(store, CONSOLE, photos, SPAN, kept, due, TODAY)
    assert {name: count for name, count in gone.items() if count} == {
        "field_events": 1,
        "incidents": 1,
        "versions": 1,
        "assignments": 2,
        "members": 2,
        "rests": gone["rests"],
        "triggers": sum(one.settled_at is not None for one in triggers),
        "forecasts": 1,
        "photos": 2,
    }
    assert recorded_city(store, real) == record
    assert len(store.field.kit_taps(real.id)) == 1, "what a kit lacks it lacks until it is full"
    assert [n for n in (1, 2, 3, 4) if store.plans.version(real.id, n)] == [2, 3, 4]
    assert store.seasons.count(SPAN)["field_events"] == 2
    assert sorted(one.name for one in photos.iterdir()) == ["other.jpg"]
    drill = store.operations.get(OperationKind.DRILL)
    assert store.plans.version(drill.id, 1), "a drill's years are nobody's seasons"
    again = archive.write(store, photos, SPAN, tmp_path / "again.zip")
    assert not any(archive.remove(store, CONSOLE, photos, SPAN, again, due, TODAY).values())
    assert not archive.due_years(store, DUE, photos, ZONE, TODAY)


def test_nothing_leaves_while_something_is_open_or_the_season_changed(store, tmp_path):
    photos = tmp_path / "photos"
    real = years(store, photos)
    before = archive.write(store, photos, SPAN, tmp_path / "one.zip")
    opened, _ = store.field.report_incident(call(real, "missing_cover", NOW))
    with pytest.raises(CommandError, match="season_open"):
        archive.remove(store, CONSOLE, photos, SPAN, before, ALL, TODAY)
    store.field.close_incident(opened.id, "甲", TODAY)
    with pytest.raises(SeasonChanged):
        archive.remove(store, CONSOLE, photos, SPAN, before, ALL, TODAY)
    assert store.seasons.count(SPAN)["incidents"] == 3
    assert (photos / "a.jpg").exists()


@pytest.mark.parametrize("wrong", ["cut", "flipped", "more"])
def test_a_file_that_is_not_as_it_was_written_counts_for_nothing(store, tmp_path, wrong):
    file = tmp_path / "2022.zip"
    years(store, tmp_path / "photos")
    archive.write(store, tmp_path / "photos", SPAN, file)
    data = bytearray(file.read_bytes())
    if wrong == "more":
        with zipfile.ZipFile(file, "a") as opened:
            opened.writestr("stations.csv", "id\n1\n")
    else:
        data[200] ^= 0xFF
        file.write_bytes(data[: len(data) // 2] if wrong == "cut" else data)
    with pytest.raises(BadSnapshot):
        archive.check(file)


@pytest.mark.parametrize("this_year", [2022, 2024, 2025, 2026])
def test_by_default_all_stays_and_nothing_is_due_before_its_years_are_over(this_year):
    assert archive.due_in(RetentionSettings(), 2022, this_year + 100) == []
    assert bool(archive.due_in(DUE, 2022, this_year)) is (this_year == 2026)
    assert archive.due_in(replace(DUE, plans=0), 2022, 2026) == ["events", "weather", "photos"]


def test_the_doctor_says_what_is_due_and_the_command_writes_over_nothing(store, tmp_path):
    years(store, tmp_path / "photos")
    patient = Patient(
        store=store,
        home=tmp_path,
        now=TODAY,
        feeds=(),
        channels=(),
        backups=BackupSettings(),
        retention=DUE,
    )
    (found,) = (one for one in examine(patient) if one.check == "seasons")
    assert (found.state, found.message.facts["year"]) == (CARE, "2022")
    assert set(found.message.facts["kinds"]) == set(ALL)
    (found,) = (
        one
        for one in examine(replace(patient, now=TODAY - timedelta(days=300)))
        if one.check == "seasons"
    )
    assert found.state != CARE
    first, second = str(tmp_path / "1.zip"), str(tmp_path / "2.zip")
    xunban(tmp_path, "archive", "--year", "2022", first, "--remove")
    assert store.seasons.count(SPAN)["versions"] == 3, "all stays by default"
    with pytest.raises(AssertionError, match="不覆盖"):
        xunban(tmp_path, "archive", "--year", "2022", first)
    (tmp_path / "settings.toml").write_text("[retention]\nweather = 1\n")
    xunban(tmp_path, "archive", "--year", "2022", second, "--remove")
    left = store.seasons.count(SPAN)
    assert (left["versions"], left["forecasts"]) == (3, 0)
