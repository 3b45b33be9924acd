"""The suite writes into no installation but one of its own."""

import os
import subprocess
import sys

import pytest

from ops.base.paths import home
from tests.helpers.paths import ROOT


@pytest.mark.parametrize("time", ["once", "again"])
def test_each_test_has_a_home_of_its_own(time):
    """Of one that is shared, or lies in the checkout, another process reads half a file."""
    folder = home()
    assert not folder.exists()
    assert not folder.is_relative_to(ROOT)
    folder.mkdir(parents=True)


def test_a_program_that_a_test_starts_has_it_too():
    asked = [sys.executable, "-c", "from ops.base.paths import home; print(home())"]
    found = subprocess.run(asked, env=os.environ, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(home())
