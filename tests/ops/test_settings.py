"""A bureau's settings: each documented, each checked, none swallowed."""

import dataclasses
import re

import pytest

from ops.base.errors import BadSettings
from ops.notifications.channels import ChannelSettings
from ops.settings import Settings, load
from weather.sources import Feed


def groups():
    found = [getattr(Settings(), field.name) for field in dataclasses.fields(Settings)]
    tables = [type(group) for group in found if dataclasses.is_dataclass(group)]
    return [*tables, type(Settings().change.travel), Feed, ChannelSettings]


@pytest.mark.parametrize("group", groups(), ids=lambda group: group.__name__)
def test_every_setting_is_documented(group):
    assert not [
        field.name for field in dataclasses.fields(group) if field.name not in group.__doc__
    ]


def test_no_file_means_the_built_in_settings(tmp_path):
    assert load(tmp_path / "none.toml") == Settings()


def test_entries_of_a_file_take_the_place_of_the_built_in_ones(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text(
        "[loop]\nsolve_seconds = 3\n[travel]\nspeed_km_h = 30\n[safety]\nstop_mm_h = [9, 8.0, 2.5, 0.1]\n"
        "[change]\nretime = 7\n",
        encoding="utf-8",
    )
    settings = load(file)
    assert settings.loop.solve_seconds == 3.0
    assert settings.change.travel.speed_km_h == 30.0
    assert settings.change.retime == 7
    assert settings.safety.stop_mm_h[0] == 9
    assert settings.work == Settings().work


def test_channels_stand_in_tables_of_their_own(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text(
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
        """,
        encoding="utf-8",
    )
    settings = load(file)
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
def test_a_channel_that_can_t_be_is_refused_without_telling_its_address(tmp_path, text):
    file = tmp_path / "settings.toml"
    file.write_text(f"[[channels]]\n{text}", encoding="utf-8")
    with pytest.raises(BadSettings, match="channels 1") as caught:
        load(file)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[lopo]\nx = 1", "lopo"),
        ("[loop]\nsolve = 1", "loop.solve"),
        ("[loop]\nsolve_seconds = 'x'", "solve_seconds"),
        ("[loop]\nsolve_seconds = -1", "loop"),
        ("loop = 3", "loop"),
        ("[loop", "settings.toml"),
        ("[change]\ntravel = 3", "change.travel"),
        ("[travel]\ndetour = 0.5", "travel"),
        ("[work]\nhand_minutes = true", "work.hand_minutes"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path, text, named):
    file = tmp_path / "settings.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings, match=re.escape(named)):
        load(file)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadSettings):
        load(file)
