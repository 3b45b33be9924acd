"""Files that are odd in their form become a district all the same, or are named and refused with
what to do.
"""

import sqlite3
from pathlib import Path

import pytest

from data.errors import BadSheets
from data.geo import distance_m
from ops.base.messages import Translator
from ops.district.uploads import read_files
from tests.helpers.files.odd_answers import ANSWERS
from tests.helpers.files.odd_files import Odd
from tests.helpers.files.odd_forms import FORMS, REFUSED, came_of


@pytest.mark.parametrize("odd", FORMS + ANSWERS, ids=lambda odd: odd.name)
def test_a_file_of_an_odd_form_comes_in(store, tmp_path: Path, odd: Odd):
    found = came_of(store, odd, tmp_path)
    assert {name: found.taken[name] for name in odd.taken} == odd.taken
    assert len(found.aside) == odd.aside
    codes = {message.code.removeprefix("files.") for message in found.told}
    assert set(odd.told) <= codes
    assert not {"unsigned", "not_understood"} & codes - set(odd.told)
    assert len(found.city.inlets) + len(found.aside) == 40 + odd.name.startswith("excel")
    if odd.at:
        assert distance_m(found.city.inlets[0].position, odd.at) < 2


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_read_is_named_with_what_to_do(tmp_path: Path, name: str):
    content, code = REFUSED[name]
    if content is None:
        with sqlite3.connect(tmp_path / name) as db:
            db.execute("CREATE TABLE geometry_columns (a)")
        db.close()
        content = (tmp_path / name).read_bytes()
    with pytest.raises(BadSheets) as caught:
        read_files({name: content})
    (error,) = caught.value.errors
    assert error.code == code
    for lang in ("zh", "en"):
        assert Path(name).stem in Translator(lang).message(error.message)


def test_what_is_beside_a_good_file_and_not_read_is_told(store, tmp_path: Path):
    odd = next(one for one in FORMS if one.name.startswith("zip_of_zips"))
    told = came_of(store, odd, tmp_path).told
    left = [Translator("en").message(one) for one in told if one.code == "files.left_unread"]
    assert len(left) == 2
    assert "plan.dwg" in left[0] + left[1]
