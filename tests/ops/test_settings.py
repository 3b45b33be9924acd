"""A bureau's settings: each documented, each checked, none swallowed."""

import dataclasses
import os
import re
import subprocess
import sys

import pytest

from ops.base import renames
from ops.base.errors import BadSettings
from ops.base.toml_tables import filled
from ops.notifications.channels import ChannelSettings
from ops.settings import FILE, LAST_GOOD, LoadedSettings, Settings, load, parse
from tests.helpers.paths import ROOT
from weather.sources import Feed


def groups():
    found = [getattr(Settings(), field.name) for field in dataclasses.fields(Settings)]
    tables = [type(group) for group in found if dataclasses.is_dataclass(group)]
    return [*tables, Feed, ChannelSettings]


@pytest.mark.parametrize("group", groups(), ids=lambda group: group.__name__)
def test_every_setting_is_documented(group):
    assert not [
        field.name for field in dataclasses.fields(group) if field.name not in group.__doc__
    ]


@pytest.mark.parametrize("group", groups()[:-2], ids=lambda group: group.__name__)
def test_every_built_in_value_may_stand_in_the_file(group):
    """A word in a file is a plain text, whatever the program makes of it."""
    built_in = group()
    for field in dataclasses.fields(group):
        value = getattr(built_in, field.name)
        written = str(value) if isinstance(value, str) else value
        assert filled(built_in, {field.name: written}, group.__name__) == built_in


def test_no_file_means_the_built_in_settings(tmp_path):
    assert load(tmp_path) == LoadedSettings(Settings())


def test_entries_of_a_file_take_the_place_of_the_built_in_ones():
    settings = parse(
        "[loop]\nsolve_seconds = 3\n[travel]\nspeed_km_h = 30\n"
        "[safety]\nstop_mm_h = [9, 8.0, 2.5, 0.1]\n"
        "[stability]\nretime = 7\n"
    ).settings
    assert settings.loop.solve_seconds == 3.0
    assert settings.travel.speed_km_h == 30.0
    assert settings.stability.retime == 7
    assert settings.safety.stop_mm_h[0] == 9
    assert settings.work == Settings().work


def test_channels_stand_in_tables_of_their_own():
    settings = parse(
        """
        [notify]
        base_url = "https://host"
        deputy_minutes = [30, 20, 15, 10, 5]
        [[channels]]
        name = "甲站群"
        kind = "wecom"
        url_env = "WECOM"
        stations = ["A"]
        [[channels]]
        kind = "apprise"
        url = "mailto://host"
        role = "desk"
        """
    ).settings
    assert [(one.name, one.kind, one.role, one.stations) for one in settings.channels] == [
        ("甲站群", "wecom", "chief", ("A",)),
        ("apprise", "apprise", "desk", ()),
    ]
    assert settings.notify.base_url == "https://host"


@pytest.mark.parametrize(
    "text",
    [
        "kind = 'qq'\nurl = 'SECRET'",
        "kind = 'wecom'\nurl = ['SECRET']",
        "kind = 'wecom'\nurl = 'SECRET'\nrole = 'x'",
        "kind = 'wecom'\nurl = 'SECRET'\nurl_env = 'X'",
        "kind = 'wecom'\nurl = 'SECRET'\nstations = [1]",
    ],
)
def test_a_channel_that_can_t_be_is_refused_without_telling_its_address(text):
    with pytest.raises(BadSettings, match="channels 1") as caught:
        parse(f"[[channels]]\n{text}")
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "named", "line"),
    [
        ("[lopo]\nx = 1", "lopo", 1),
        ("[risk]\n\n[loop]\nsolve = 1", "loop.solve", 4),
        ("[loop]\nsolve_seconds = 'x'", "solve_seconds", 2),
        ("[loop]\nsolve_seconds = -1", "loop", 1),
        ("\nloop = 3", "loop", 2),
        ("loop.solve = 3", "loop.solve", 1),
        ("\n[loop\nx = 1", "Expected", 2),
        ("[stability]\ntravel = 3", "stability.travel", 2),
        ("[change]\ntravel = 3", "stability.travel", 2),
        ("[travel]\ndetour = 0.5", "travel", 1),
        ("[work]\nhand_minutes = true", "work.hand_minutes", 2),
        (
            "[[feeds]]\nkind = 'open-meteo'\n[[feeds]]\nkind = 'cma'\nrnak = 1",
            "feeds 2.rnak",
            5,
        ),
        ("[[feeds]]\nkind = 'open-meteo'\n" * 2, "one name", 3),
    ],
)
def test_a_wrong_entry_is_refused_by_name_and_line(text, named, line):
    with pytest.raises(BadSettings, match=re.escape(named)) as refused:
        parse(text)
    assert f"at line {line}" in str(refused.value)


GOOD = "[loop]\nsolve_seconds = 3.0\n"
BROKEN = "[loop]\nsolve_second = 3.0\n"
READ_ELSEWHERE = (
    "import sys; from pathlib import Path; from ops.settings import load;"
    "print(load(Path(sys.argv[1])))"
)


@pytest.mark.parametrize("slip", [BROKEN.encode(), b"[loop", b"\xff\xfe\x00"])
def test_a_slip_leaves_the_last_good_settings_in_use_and_is_named(tmp_path, slip):
    (tmp_path / FILE).write_text(GOOD, encoding="utf-8")
    assert load(tmp_path).settings.loop.solve_seconds == 3.0
    (tmp_path / FILE).write_bytes(slip)
    loaded = load(tmp_path)
    assert loaded.settings.loop.solve_seconds == 3.0
    assert loaded.required() is loaded.settings
    assert FILE in (loaded.fault or "")
    (tmp_path / FILE).write_text("[loop]\nsolve_seconds = 4.0\n", encoding="utf-8")
    assert load(tmp_path) == parse("[loop]\nsolve_seconds = 4.0")


def test_another_process_goes_on_with_the_last_good_settings(tmp_path):
    (tmp_path / FILE).write_text(GOOD, encoding="utf-8")
    load(tmp_path)
    (tmp_path / FILE).write_text(BROKEN, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", READ_ELSEWHERE, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert "solve_seconds=3.0" in done.stdout
    assert "loop.solve_second: no such setting (at line 2)" in done.stdout


def test_who_starts_on_a_file_that_never_was_good_is_refused(tmp_path):
    (tmp_path / FILE).write_text(BROKEN, encoding="utf-8")
    loaded = load(tmp_path)
    assert loaded.settings == Settings()
    with pytest.raises(BadSettings, match="at line 2"):
        loaded.required()


def test_the_last_good_settings_are_for_the_same_eyes_and_leave_nothing_else_behind(tmp_path):
    (tmp_path / FILE).write_text(GOOD, encoding="utf-8")
    (tmp_path / FILE).chmod(0o600)
    load(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [LAST_GOOD, FILE]
    assert (tmp_path / LAST_GOOD).read_text(encoding="utf-8") == GOOD
    assert os.name == "nt" or (tmp_path / LAST_GOOD).stat().st_mode & 0o077 == 0


def test_where_nothing_can_be_kept_beside_the_file_the_process_remembers(tmp_path, monkeypatch):
    def refuse(**_where):
        raise PermissionError("read-only")

    monkeypatch.setattr("ops.settings.tempfile.mkstemp", refuse)
    (tmp_path / FILE).write_text(GOOD, encoding="utf-8")
    load(tmp_path)
    (tmp_path / FILE).write_text(BROKEN, encoding="utf-8")
    assert load(tmp_path).settings.loop.solve_seconds == 3.0


@pytest.mark.parametrize("rename", renames.ENTRIES, ids=lambda rename: rename.old)
def test_an_old_entry_goes_on_working_and_names_the_new_one(rename):
    (table, old), (_, new) = rename.old.split("."), rename.new.split(".")
    built_in = getattr(getattr(Settings(), table), new)
    before = parse(f"[{table}]\n{old} = {built_in + 1}")
    after = parse(f"[{table}]\n{new} = {built_in + 1}")
    assert before.settings == after.settings != Settings()
    assert (before.renamed, after.renamed) == ((rename,), ())
    with pytest.raises(BadSettings, match=f"{re.escape(rename.new)}.*at line 3"):
        parse(f"[{table}]\n{new} = {built_in}\n{old} = {built_in}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[change]\nretime = 7", "[stability]\nretime = 7"),
        ("[standing]\nhours = 3", "[contingency]\nhours = 3"),
    ],
)
def test_an_old_table_goes_on_working_and_names_the_new_one(old, new):
    assert parse(old).settings == parse(new).settings != Settings()
    assert [f"[{rename.old}]" for rename in parse(old).renamed] == [old.partition("\n")[0]]
    assert parse(new).renamed == ()
    with pytest.raises(BadSettings, match="at line 3"):
        parse(f"{new}\n{old}")


def test_a_file_with_the_mark_that_notepad_writes_is_read(tmp_path):
    (tmp_path / "settings.toml").write_bytes(b"\xef\xbb\xbf[loop]\nsolve_seconds = 3.0\n")
    assert load(tmp_path).required().loop.solve_seconds == 3.0


@pytest.mark.parametrize(
    "text",
    [
        "[work]\nguard_hours = 0\n",
        "[work]\ntravel_minutes = -5\n",
        "[work]\ninlets_per_stop = 0\n",
        "[stability]\nretime = -1\n",
        "[stability]\nhalf_done_minutes = 1441\n",
        "[duty]\nmeal_lead_minutes = -1\n",
        "[duty]\nmeal_after_minutes = 1441\n",
        "[duty]\nmeal_sittings = 0\n",
        "[duty]\nmeal_called = 0\n",
        "[duty]\nmeal_left_minutes = -1\n",
        "a = " + "[" * 5000 + "]" * 5000 + "\n",
        "[loop]\nsolve_seconds = 9" + "9" * 400 + "\n",
        "[loop]\nsolve_seconds = 9" + "9" * 5000 + "\n",
    ],
)
def test_what_can_not_be_planned_with_keeps_the_last_good_settings(tmp_path, text):
    (tmp_path / "settings.toml").write_text("[loop]\nsolve_seconds = 3.0\n", encoding="utf-8")
    load(tmp_path)
    (tmp_path / "settings.toml").write_text(text, encoding="utf-8")
    loaded = load(tmp_path)
    assert loaded.fault
    assert loaded.settings.loop.solve_seconds == 3.0


def test_a_file_that_is_gone_is_a_fault_and_the_last_good_settings_stand(tmp_path):
    assert load(tmp_path).fault is None
    (tmp_path / "settings.toml").write_text("[loop]\nsolve_seconds = 3.0\n", encoding="utf-8")
    load(tmp_path)
    (tmp_path / "settings.toml").unlink()
    loaded = load(tmp_path)
    assert "it is gone" in (loaded.fault or "")
    assert loaded.settings.loop.solve_seconds == 3.0


def test_a_file_that_is_no_utf8_says_how_to_save_it(tmp_path):
    (tmp_path / "settings.toml").write_bytes("[loop]\n# 值班\n".encode("gb18030"))
    assert "save it as UTF-8" in (load(tmp_path).fault or "")


def test_an_entry_that_nothing_reads_any_more_is_told_and_breaks_nothing():
    work = "[work]\nclear_points = 250\nhand_minutes = 6\n"
    loaded = parse(f"{work}[risk]\ndesign_mm = 40\n[incident]\npoints = 9\n")
    assert loaded.settings.work.hand_minutes == 6
    assert [(rename.old, rename.new) for rename in loaded.renamed] == [
        ("work.clear_points", ""),
        ("risk.design_mm", ""),
        ("incident.points", ""),
    ]


def test_a_slip_in_what_is_only_shown_stops_nobody_who_begins(tmp_path):
    (tmp_path / "settings.toml").write_text('[map]\ntiles = "x"\n[loop]\nsolve_seconds = 3\n')
    loaded = load(tmp_path)
    assert "map: tiles must be" in loaded.fault
    assert loaded.required().loop.solve_seconds == 3
    assert loaded.settings.map.tiles == ""
    (tmp_path / "settings.toml").write_text('[map]\ntiles = "x"\n[loop]\nsolve_seconds = 0\n')
    with pytest.raises(BadSettings):
        load(tmp_path).required()
