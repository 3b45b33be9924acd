"""The handbook's references: whole, in both languages, and up to date."""

import re

import pytest
import typer

from ops.base.messages import LANGUAGES
from ops.cli.app import cli
from ops.documents.reference import (
    commands_reference,
    entries,
    half,
    settings_reference,
    tables,
    walk,
)
from tests.helpers.paths import ROOT

APP = typer.main.get_command(cli)
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", ["commands", "settings"])
def test_the_handbook_has_the_reference_as_it_is_now(what, language):
    made = commands_reference(APP, language) if what == "commands" else settings_reference(language)
    kept = (ROOT / "dashboard" / "handbook" / language / f"{what}.md").read_text(encoding="utf-8")
    assert kept == made, f"xunban reference {what} --lang {language} > its file"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_and_option_appears_with_words(language):
    text = commands_reference(APP, language)
    for path, command in walk(APP):
        assert f"## `xunban {' '.join(path)}`\n\n" in text
        assert half(command.help or "", language)
        for option in (name for each in command.params for name in each.opts if name[:1] == "-"):
            assert option in ("--help", "-h") or option in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_appears_with_words(language):
    text = settings_reference(language)
    for name, table in tables():
        section = re.split(rf"^## `\[+{name}\]+`", text, flags=re.MULTILINE)[1].partition("\n## ")[
            0
        ]
        for field in entries(table):
            (words,) = re.findall(rf"^- `{field.name}` \(.*?\) (.+)$", section, re.MULTILINE)
            assert words.strip(), (name, field.name)


def test_english_pages_hold_no_chinese_but_the_terms_of_rules():
    assert not HAN.search(commands_reference(APP, "en").partition("## Old names")[0])


@pytest.mark.parametrize(
    ("text", "chinese", "english"),
    [
        ("谁 / who", "谁", "who"),
        ("建库。Create it.", "建库。", "Create it."),
        ("zh | en", "zh | en", "zh | en"),
        ("文件或 - / file or -", "文件或 -", "file or -"),
    ],
)
def test_a_bilingual_text_has_two_halves(text, chinese, english):
    assert (half(text, "zh"), half(text, "en")) == (chinese, english)
