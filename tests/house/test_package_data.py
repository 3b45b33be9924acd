"""What is no Python and yet part of the program is packed with it."""

import tomllib
from pathlib import PurePosixPath

from tests.helpers.paths import ROOT

NOT_RUN = {"README.md"}
"""Read by people alone."""


def test_every_file_that_the_program_reads_is_package_data():
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    packed = {
        path
        for package, patterns in tool["package-data"].items()
        for pattern in patterns
        for path in ROOT.joinpath(*package.split(".")).glob(pattern)
    }
    lost = [
        str(PurePosixPath(path.relative_to(ROOT)))
        for folder in {name.partition(".")[0] for name in tool["packages"]}
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
        and path.suffix not in (".py", ".pyc")
        and path.name not in NOT_RUN
        and path not in packed
    ]
    assert lost == []


def test_every_folder_with_code_is_a_package_or_package_data():
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    folders = {ROOT.joinpath(*name.split(".")) for name in tool["packages"]}
    for folder in folders:
        for path in folder.glob("*/__init__.py"):
            assert path.parent in folders, f"{path.parent} is no package of pyproject.toml"
