"""A photo taken at one server is seen at the other, where both share a database."""

from io import BytesIO

from PIL import Image

from data.store.photos import MOST_BYTES
from ops.field.photos import keep_photo, photo_file
from ops.runtime.backup import backup, restore
from tests.helpers.makers import NOW, both_databases


def picture() -> bytes:
    held = BytesIO()
    Image.new("RGB", (40, 30), "grey").save(held, "PNG")
    return held.getvalue()


@both_databases
def test_the_other_server_shows_it_and_keeps_it(store, tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    name = keep_photo(picture(), one, store, NOW)
    found = photo_file(name, other, store)
    if store.maintenance.describe().kind == "sqlite":  # one machine: the folder is all there is
        assert found is None
        return
    assert found.read_bytes() == (one / name).read_bytes()
    assert photo_file(name, other) == found, "it is kept here from now on"
    assert photo_file("../" + name, other, store) is None
    assert photo_file("none.jpg", other, store) is None
    assert not store.photos.share("large.jpg", bytes(MOST_BYTES + 1), NOW)


@both_databases
def test_a_backup_of_any_server_brings_the_shared_photos_back(store, tmp_path):
    name = keep_photo(picture(), tmp_path / "one", store, NOW)
    if store.maintenance.describe().kind == "sqlite":
        return
    (tmp_path / "home").mkdir()
    backup(store, tmp_path / "home", tmp_path / "kept.zip")
    restore(store, tmp_path / "home", tmp_path / "kept.zip", NOW)
    assert photo_file(name, tmp_path / "third", store) is not None
