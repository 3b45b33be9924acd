"""The references of the handbook, made from the code: every command, and every setting. Pure."""

import dataclasses
import inspect
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from ops.base.renames import COMMANDS, ENTRIES, OPTIONS, TABLES, Rename
from ops.notifications.channels import KINDS as CHANNEL_KINDS
from ops.notifications.channels import ChannelSettings
from ops.risk.gauges import KINDS as GAUGE_KINDS
from ops.risk.gauges import Gauge
from ops.settings import Settings
from weather.sources import KINDS as FEED_KINDS
from weather.sources import Feed

_MADE = {
    "zh": "本页由程序生成（`xunban reference {what} --lang zh`），请勿手改。",
    "en": "This page is made by the program (`xunban reference {what} --lang en`); don't edit it.",
}
_UNITS = (
    ("_km_h", "km/h"),
    ("_mm_h", "mm/h"),
    ("_minutes_km", "min/km"),
    ("_minutes_m3", "min/m³"),
    ("_seconds", "s"),
    ("_minutes", "min"),
    ("_hours", "h"),
    ("_days", "d"),
    ("_years", "a"),
    ("_per_year", "1/a"),
    ("_mm", "mm"),
    ("_cm", "cm"),
    ("_m", "m"),
    ("_s", "s"),
)
_ROWS = {
    "feeds": (Feed, FEED_KINDS),
    "channels": (ChannelSettings, CHANNEL_KINDS),
    "gauges": (Gauge, GAUGE_KINDS),
}


class Parameter(Protocol):
    """An argument or option of a command, as the command-line library describes it."""

    @property
    def name(self) -> str | None: ...
    @property
    def opts(self) -> Sequence[str]: ...
    @property
    def param_type_name(self) -> str: ...
    @property
    def required(self) -> bool: ...
    @property
    def default(self) -> object: ...


class Command(Protocol):
    """A command or, with ``commands``, a group of them."""

    @property
    def help(self) -> str | None: ...
    @property
    def hidden(self) -> bool: ...
    @property
    def params(self) -> Sequence[Parameter]: ...


def half(text: str, language: str) -> str:
    """The Chinese or the English half of a bilingual text: ``中文 / English`` or
    ``中文。English.``; one without halves serves both.
    """
    text = " ".join(text.split())
    if " / " in text:
        chinese, _, english = text.partition(" / ")
    else:
        last = max((i for i, sign in enumerate(text) if ord(sign) > 0x2E80), default=-1)
        chinese, english = text[: last + 1], text[last + 1 :]
    return (chinese if language == "zh" else english).strip() or text


def commands_reference(root: Command, language: str) -> str:
    """Every command with its arguments and options, as Markdown."""
    title = {"zh": "# 命令参考", "en": "# Commands"}[language]
    lines = [
        title,
        "",
        _MADE[language].format(what="commands"),
        "",
        half(root.help or "", language),
    ]
    lines += _parameters(root, language)
    for path, command in walk(root):
        lines += ["", f"## `xunban {' '.join(path)}`", "", half(command.help or "", language)]
        lines += _parameters(command, language)
    lines += _renamed((*COMMANDS, *OPTIONS), language)
    return "\n".join(lines) + "\n"


def walk(group: Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Command]]:
    """Every command that is shown, with its path."""
    commands: Mapping[str, Command] = getattr(group, "commands", {})
    for name, command in sorted(commands.items()):
        if not command.hidden:
            yield (*path, name), command
            yield from walk(command, (*path, name))


def _parameters(command: Command, language: str) -> list[str]:
    shown = [each for each in command.params if "--help" not in each.opts]
    return ["", *(_parameter(each, language) for each in shown)] if shown else []


def _parameter(parameter: Parameter, language: str) -> str:
    is_option = parameter.param_type_name == "option"
    metavar = str(getattr(parameter, "metavar", None) or parameter.name or "").upper()
    name = ", ".join(parameter.opts) if is_option else metavar
    needed = {"zh": "必填", "en": "required"}[language] if parameter.required else ""
    default = "" if parameter.default in (None, "", False) or not is_option else parameter.default
    if callable(default) or parameter.required:
        default = ""
    words = half(getattr(parameter, "help", None) or "", language)
    notes = [note for note in (needed, f"= {default}" if default != "" else "") if note]
    return (
        f"- `{name}`" + (f" ({', '.join(notes)})" if notes else "") + (f" {words}" if words else "")
    )


def settings_reference(language: str) -> str:
    """Every table and entry of the settings file, as Markdown."""
    title = {"zh": "# 设置参考", "en": "# Settings"}[language]
    intro = {
        "zh": "文件 `settings.toml`（缺省在 `.xunban/`）。不写的都用内置值。",
        "en": "The file `settings.toml` (in `.xunban/` by default). All else is built in.",
    }[language]
    lines = [title, "", _MADE[language].format(what="settings"), "", intro]
    for name, table in tables():
        lines += ["", f"## `{f'[[{name}]]' if name in _ROWS else f'[{name}]'}`", ""]
        lines += _table(name, table, language)
    lines += _renamed((*TABLES, *ENTRIES), language)
    return "\n".join(lines) + "\n"


def tables() -> Iterator[tuple[str, type]]:
    """Every table of the settings file with the dataclass that it fills."""
    for field in dataclasses.fields(Settings):
        built_in = getattr(Settings(), field.name)
        if field.name in _ROWS:
            yield field.name, _ROWS[field.name][0]
            continue
        yield field.name, type(built_in)


def entries(table: type) -> tuple[dataclasses.Field[object], ...]:
    """The entries of a table; a dataclass within it is a table of its own."""
    fields = dataclasses.fields(table)
    return tuple(field for field in fields if not dataclasses.is_dataclass(_default(field)))


def _default(field: dataclasses.Field[object]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _table(name: str, table: type, language: str) -> list[str]:
    summary, described = _documented(table)
    chinese = _chinese()[name]
    lines = [chinese[""] if language == "zh" else summary, ""]
    kinds = ", ".join(_ROWS[name][1]) if name in _ROWS else ""
    for field in entries(table):
        text = chinese[field.name] if language == "zh" else described.get(field.name, "")
        text = text.replace("{kinds}", kinds).replace("``KINDS``", kinds)
        lines.append(f"- `{field.name}` ({_value(field)}) {text}".rstrip())
    return lines


def _value(field: dataclasses.Field[object]) -> str:
    unit = next((unit for ending, unit in _UNITS if field.name.endswith(ending)), "")
    if field.name in ("hours", "minutes", "days"):
        unit = {"hours": "h", "minutes": "min", "days": "d"}[field.name]
    default = _default(field)
    if default is dataclasses.MISSING:
        return "str"
    written = f'"{default}"' if isinstance(default, str) else str(default)
    if isinstance(default, bool | tuple):
        written = str(default).lower() if isinstance(default, bool) else str(list(default))
    return f"{type(default).__name__}, {written}" + (f" {unit}" if unit else "")


def _documented(table: type) -> tuple[str, dict[str, str]]:
    """The summary of a dataclass's docstring, and what it says of each attribute."""
    summary, _, attributes = (inspect.getdoc(table) or "").partition("Attributes\n----------\n")
    described: dict[str, str] = {}
    for found in re.finditer(r"^(\w[\w, \n]*?)\n((?: {4}.*\n?|\n)+)", attributes, re.MULTILINE):
        text = " ".join(found[2].split()).replace("``", "`")
        described |= dict.fromkeys(re.split(r",\s*", found[1]), text)
    return " ".join(summary.split()).replace("``", "`"), described


@cache
def _chinese() -> dict[str, dict[str, str]]:
    path = Path(__file__).with_name("settings.zh.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _renamed(renames: tuple[Rename, ...], language: str) -> list[str]:
    title = {"zh": "## 旧名（下一版起失效）", "en": "## Old names (this release only)"}[language]
    return ["", title, "", *(f"- `{rename.old}` → `{rename.new}`" for rename in renames)]
