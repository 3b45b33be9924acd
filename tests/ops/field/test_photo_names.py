"""A photo's name follows from what it belongs to: sent again it is the same file, and what belongs
to nothing goes.
"""

import errno
import os
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from data.model.field import EventKind, FieldEvent
from data.model.operation import OperationKind
from data.store.store import DatabaseError
from ops.base.errors import Conflict, TooManyTries
from ops.field import photos
from ops.field.photos import ORPHAN_AGE, keep_photo, kept, sweep
from tests.helpers.makers import NOW, both_databases
from tests.helpers.progress import VERSION

DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Of photos alone."""
    own = tmp_path / "photos"
    own.mkdir()
    return own


def picture(colour: str = "grey") -> bytes:
    held = BytesIO()
    Image.new("RGB", (40, 30), colour).save(held, "PNG")
    return held.getvalue()


def files(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if one.suffix != ".swept")


def fail(*steps: object) -> None:
    raise steps[0]


@both_databases
def test_however_often_it_fails_one_picture_of_one_event_is_one_file(store, folder):
    for _ in range(3):  # the database did not answer: nobody knows whether it was kept
        with pytest.raises(DatabaseError), kept(picture(), folder, store, NOW, "1 a"):
            fail(DatabaseError("x", None, OSError("gone")))
    assert len(files(folder)) == 1
    with kept(picture(), folder, store, NOW, "1 a") as name:
        assert files(folder) == [name]
    with kept(picture("red"), folder, store, NOW, "1 a") as another:
        assert another != name, "it overwrites nothing that was kept"
    with kept(picture(), folder, store, NOW, "1 b") as of_another:
        assert of_another not in (name, another)


@both_databases
def test_what_is_refused_leaves_what_was_there_before(store, folder):
    with pytest.raises(Conflict), kept(picture(), folder, store, NOW, "1 a"):
        fail(Conflict("x"))
    assert files(folder) == []
    with kept(picture(), folder, store, NOW, "1 a") as name:
        pass
    with pytest.raises(Conflict), kept(picture(), folder, store, NOW, "1 a"):
        fail(Conflict("x"))
    assert files(folder) == [name]


@pytest.mark.parametrize("at", ["mkstemp", "fdopen", "replace"])
def test_a_full_disk_is_told_at_whatever_step_and_leaves_nothing(folder, monkeypatch, at):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    room = photos.tempfile if at == "mkstemp" else photos.os
    with monkeypatch.context() as patch:
        patch.setattr(room, at, full)
        with pytest.raises(TooManyTries, match="photo_disk"):
            keep_photo(picture(), folder, whose="a")
    assert files(folder) == []
    assert keep_photo(picture(), folder, whose="a") in files(folder)


@both_databases
def test_old_photos_that_nothing_names_are_swept_once_a_day(store, folder):
    names = [keep_photo(picture(), folder, store, NOW, one) for one in ("a", "b", "c")]
    (folder / "half.part").write_bytes(b"x")
    (folder / "note.txt").write_bytes(b"somebody's own")
    drill = store.operations.start(OperationKind.DRILL, NOW, NOW)
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)
    store.field.save_event(
        FieldEvent(
            operation_id=drill.id,
            event_id="0001-0001",
            version=1,
            station_id="A",
            kind=EventKind.PHOTO,
            job_id="clear:S1",
            server_at=NOW,
            by="x",
            photo=names[0],
        )
    )
    for name in (*names[:2], "half.part", "note.txt"):
        _date(folder / name, ORPHAN_AGE + DAY)
    _date(folder / names[2], DAY)
    assert sweep(folder, store, NOW) == 2
    assert files(folder) == sorted((names[0], names[2], "note.txt", photos.SWEPT))
    _date(folder / names[2], ORPHAN_AGE + DAY)
    _date(folder / photos.SWEPT, DAY / 2)
    assert sweep(folder, store, NOW) == 0, "once a day"
    _date(folder / photos.SWEPT, DAY)
    assert sweep(folder, store, NOW) == 1
    assert sweep(folder / "none", store, NOW) == 0


@both_databases
def test_shared_photos_that_nothing_names_go_as_well(store, tmp_path):
    old = keep_photo(picture(), tmp_path / "one", store, NOW - ORPHAN_AGE - DAY, "a")
    new = keep_photo(picture(), tmp_path / "one", store, NOW, "b")
    (tmp_path / "other").mkdir()
    sweep(tmp_path / "other", store, NOW)
    shares = store.maintenance.describe().kind != "sqlite"
    assert [store.photos.shared(one) is not None for one in (old, new)] == [False, shares]


def _date(path: Path, age: timedelta) -> None:
    at = (NOW - age).timestamp()
    os.utime(path, (at, at))
