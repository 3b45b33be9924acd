"""Old names of commands and options go on working for a release, and say the new ones."""

import pytest
import typer
from typer.testing import CliRunner

from ops.base.renames import COMMANDS, OPTIONS, BothGiven, current_command
from ops.cli.app import cli


def commands(group=None, path=()):
    """Every command with its path."""
    group = group or typer.main.get_command(cli)
    for name, command in group.commands.items():
        yield (*path, name), command
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))


KNOWN = dict(commands())


@pytest.mark.parametrize("rename", COMMANDS, ids=lambda rename: rename.old)
def test_a_renamed_command_is_there_under_its_new_name_alone(rename):
    assert tuple(rename.new.split()) in KNOWN
    assert tuple(rename.old.split()) not in KNOWN


@pytest.mark.parametrize("rename", COMMANDS, ids=lambda rename: rename.old)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_old_command_works_and_says_the_new_name(rename, language):
    done = CliRunner().invoke(cli, ["--lang", language, *rename.old.split(), "--help"])
    assert done.exit_code == 0
    assert f"“{rename.new}”" in done.stderr
    assert f"Usage: xunban {rename.new}" in done.stdout.replace("root", "xunban")
    assert "“" not in CliRunner().invoke(cli, [*rename.new.split(), "--help"]).stderr


@pytest.mark.parametrize("rename", OPTIONS, ids=lambda rename: rename.old)
def test_an_old_option_is_its_new_one(rename):
    (command, old), new = rename.old.split(), rename.new.split()[1]
    assert current_command([command, "x", old, "y"]) == ([command, "x", new, "y"], (rename,))
    assert current_command(["other", old]) == (["other", old], ())
    assert current_command([command, "--", old]) == ([command, "--", old], ())
    with pytest.raises(BothGiven):
        current_command([command, old, new])
    options = [
        option
        for path, found in KNOWN.items()
        if path[0] == command
        for parameter in found.params
        for option in parameter.opts
    ]
    assert new in options
    assert old not in options


@pytest.mark.parametrize("rename", OPTIONS, ids=lambda rename: rename.old)
def test_an_option_under_both_names_is_refused(rename):
    (command, old), new = rename.old.split(), rename.new.split()[1]
    done = CliRunner().invoke(cli, [command, old, new])
    assert done.exit_code == 2
    assert new in done.stderr
