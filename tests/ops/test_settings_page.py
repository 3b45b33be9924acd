"""What is set up on the board: beside what somebody wrote by hand, which counts before it."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ops import settings_page
from ops.auth.permissions import CONSOLE
from ops.base.errors import Invalid
from ops.base.renames import TABLES
from ops.base.toml_tables import parse_toml
from ops.settings import FILE, PAGE_FILE, load
from ops.settings_page import _table, drop_row, held, save_row, set_entries
from tests.helpers.makers import NOW

DESK = {"kind": "wecom", "name": "desk", "role": "desk", "url": "http://127.0.0.1/x"}
BY_HAND = """# our own words
[notify]
max_lines = 9
[[channels]]
kind = "feishu"  # the east
name = "east"
url = "http://127.0.0.1/e"
"""


def test_a_page_adds_to_what_is_written_by_hand_and_changes_nothing_of_it(store, tmp_path):
    (tmp_path / FILE).write_text(BY_HAND, encoding="utf-8")
    assert [one.name for one in load(tmp_path).settings.channels] == ["east"]
    save_row(tmp_path, store, CONSOLE, "channels", DESK, NOW)
    set_entries(tmp_path, store, CONSOLE, "notify", {"base_url": "https://x", "max_lines": 2}, NOW)
    settings = load(tmp_path).settings
    assert [one.name for one in settings.channels] == ["east", "desk"]
    assert (settings.notify.base_url, settings.notify.max_lines) == ("https://x", 9)
    assert (tmp_path / FILE).read_text(encoding="utf-8") == BY_HAND
    assert {"channels east", "notify.max_lines"} <= held(tmp_path).by_hand
    assert "channels desk" in held(tmp_path).by_page
    with pytest.raises(Invalid, match="by_hand"):
        save_row(tmp_path, store, CONSOLE, "channels", DESK | {"name": "east"}, NOW)
    drop_row(tmp_path, store, CONSOLE, "channels", "desk", NOW)
    assert [one.name for one in load(tmp_path).settings.channels] == ["east"]
    log = [one.action for one in store.desk.audit_log()]
    assert log.count("change_settings") == 3
    assert "127.0.0.1" not in repr(store.desk.audit_log()), "no address stands in the log"


@pytest.mark.parametrize(
    ("group", "row"),
    [
        ("channels", DESK | {"kind": "pigeon"}),
        ("channels", DESK | {"name": " "}),
        ("channels", DESK | {"url": ""}),
        ("feeds", {"kind": "qweather", "name": "q"}),
    ],
)
def test_what_can_not_be_is_refused_and_nothing_is_written(store, tmp_path, group, row):
    with pytest.raises(Invalid, match="refused"):
        save_row(tmp_path, store, CONSOLE, group, row, NOW)
    assert not (tmp_path / PAGE_FILE).exists()


def test_without_a_file_by_hand_and_for_its_owner_alone(store, tmp_path):
    save_row(tmp_path, store, CONSOLE, "feeds", {"kind": "open-meteo", "name": "two"}, NOW)
    assert [one.name for one in load(tmp_path).settings.feeds] == ["open-meteo", "two"]
    drop_row(tmp_path, store, CONSOLE, "feeds", "two", NOW)
    drop_row(tmp_path, store, CONSOLE, "feeds", "open-meteo", NOW)
    assert [one.name for one in load(tmp_path).settings.feeds] == ["open-meteo"], "the built-in one"
    if os.name == "posix":
        assert (tmp_path / PAGE_FILE).stat().st_mode & 0o077 == 0


def test_a_slip_by_hand_keeps_what_the_page_has_set(store, tmp_path):
    (tmp_path / FILE).write_text(BY_HAND, encoding="utf-8")
    save_row(tmp_path, store, CONSOLE, "channels", DESK, NOW)
    load(tmp_path)
    (tmp_path / FILE).write_text("[notify", encoding="utf-8")
    loaded = load(tmp_path)
    assert loaded.fault
    assert [one.name for one in loaded.settings.channels] == ["east", "desk"]


texts = some.text(some.characters(exclude_categories=("Cs",)), max_size=20)
values = texts | some.booleans() | some.integers(-(2**53), 2**53) | some.lists(texts, max_size=3)


@given(some.dictionaries(some.from_regex(r"[a-z_]{1,9}", fullmatch=True), values, max_size=5))
def test_whatever_is_written_is_read_as_it_was(entries):
    assert parse_toml(_table("t", entries)).get("t", {}) == entries
    assert parse_toml(_table("t", [entries, entries])) == {"t": [entries, entries]}


def test_two_who_change_at_once_both_do(store, tmp_path, monkeypatch):
    """Each reads, changes and writes the whole file: one must not write over the other."""
    write = settings_page._write

    def slowly(path, text):
        time.sleep(0.05)
        write(path, text)

    monkeypatch.setattr(settings_page, "_write", slowly)
    with ThreadPoolExecutor(4) as pool:
        for number in range(4):
            row = DESK | {"name": f"desk {number}"}
            pool.submit(save_row, tmp_path, store, CONSOLE, "channels", row, NOW)
    assert len(load(tmp_path).settings.channels) == 4


def test_the_pages_file_may_use_names_of_before(tmp_path):
    old, new = TABLES[1].old, TABLES[1].new
    (tmp_path / PAGE_FILE).write_text(f"[{old}]\nhours = 3.0\n", encoding="utf-8")
    loaded = load(tmp_path)
    assert (loaded.fault, getattr(loaded.settings, new).hours) == (None, 3.0)
