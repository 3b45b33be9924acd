"""The page on which a city's own files are mapped: proposed, tried, taken."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.store.store import Store
from ops.base.messages import LANGUAGES, Translator
from tests.helpers.files.odd_files import ODD
from tests.helpers.makers import make_city
from tests.helpers.pages import checked, text

PAGE = """
from datetime import UTC, datetime
from pathlib import Path
from dashboard.core.board import open_board
from dashboard.views import setup_files
files = {{one.name: one.read_bytes() for one in Path({folder!r}).iterdir()}}
board = open_board(lambda: datetime.now(UTC))
setup_files.show(board, files, lambda city: None)
"""


def page(folder: Path, lang: str = "zh") -> AppTest:
    shown = AppTest.from_string(PAGE.format(folder=str(folder)), default_timeout=60)
    shown.query_params["lang"] = lang
    return checked(shown.run())


def made(path: Path) -> Path:
    (path / "files").mkdir()
    return path / "files"


def button(shown: AppTest, key: str):
    return next(one for one in shown.button if str(one.key).startswith(key))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_files_are_mapped_tried_and_taken(url, tmp_path, lang):
    odd, t = next(one for one in ODD if one.name == "csv_bad_rows"), Translator(lang)
    odd.make(folder := made(tmp_path))
    shown = page(folder, lang)
    chosen = {one.label.split(" · ")[0]: one.value for one in shown.selectbox}
    assert chosen["编号" if lang == "zh" else "id"] == "Asset ID"
    checked(button(shown, "try_").click().run())
    assert t("files.no_position") in text(shown)
    assert t("files.name_wanted") in text(shown)
    assert button(shown, "take_files").disabled
    named = next(one for one in shown.text_input if str(one.key).startswith("name_"))
    named.set_value("剑桥")
    checked(button(shown, "try_").click().run())
    checked(button(shown, "take_files").click().run())
    store = Store(url)
    assert store.city().district.name == "剑桥"
    assert len(store.city().inlets) == 35
    store.close()


def test_a_table_that_lacks_what_it_needs_says_so(url, tmp_path):
    odd = next(one for one in ODD if one.name == "csv_feet_named_system")
    odd.make(folder := made(tmp_path))
    own_grid = "CB_ID,X,Y\n" + "".join(f"{n},{1000 + n},{2000 + n}\n" for n in range(40))
    (folder / "catch_basins.csv").write_text(own_grid)  # metres from a peg in the ground
    shown = page(folder)
    checked(button(shown, "try_").click().run())
    assert Translator("zh")("files.cannot") in text(shown)
    assert Translator("zh")("files.no_system", sheet="catch_basins") in text(shown)
    assert not [one for one in shown.button if one.key == "take_files"]


def test_tables_that_another_changed_meanwhile_are_tried_anew(url, tmp_path):
    store, t = Store(url), Translator()
    real = replace(make_city().district, sample=False)
    store.replace_city(replace(make_city(), district=real))
    odd = next(one for one in ODD if one.name == "cgcs2000_belt_42")
    odd.make(folder := made(tmp_path))
    shown = page(folder)
    checked(button(shown, "try_").click().run())
    other = replace(make_city(), district=replace(real, name="别的名称"))
    store.replace_city(other)
    checked(button(shown, "take_files").click().run())
    assert t("files.changed_meanwhile") in [one.value for one in shown.warning]
    assert store.tables() == other
    checked(button(shown, "try_").click().run())
    checked(button(shown, "take_files").click().run())
    assert len(store.tables().inlets) == odd.taken["inlets"]
    store.close()
