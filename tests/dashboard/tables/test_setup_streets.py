"""The street map on the page of set-up: what is in force, a file taken in, a bad one refused."""

import pytest
from streamlit.testing.v1 import AppTest

from data.store.store import Store
from ops.base.messages import LANGUAGES, Translator
from ops.intake.sample import FOLDER
from tests.helpers.pages import checked, text

PAGE = """
from datetime import UTC, datetime
from pathlib import Path
from dashboard.core.board import open_board
from dashboard.views import setup_streets
board = open_board(lambda: datetime.now(UTC))
setup_streets.show(board)
path = Path({path!r})
setup_streets.offer(board, {{path.name: path.read_bytes()}})
"""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_street_file_is_looked_at_and_taken(url, lang):
    t = Translator(lang)
    shown = AppTest.from_string(
        PAGE.format(path=str(FOLDER / "streets.geojson")), default_timeout=60
    )
    shown.query_params["lang"] = lang
    checked(shown.run())
    assert t("street_map.no_map") in text(shown)
    store = Store(url)
    assert store.streets.latest() is None, "looked at is not taken"
    checked(shown.button("take_streets").click().run())
    loaded = store.streets.latest()
    assert loaded.source == "streets.geojson"
    assert t("street_map.no_map") not in text(shown)
    store.close()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.geojson", '{"type": "FeatureCollection", "features": []}', "files.cannot"),
        ("a.osm.pbf", "no extract", "street_map.unreadable"),
    ],
)
def test_a_file_without_streets_is_refused_in_words(url, tmp_path, name, content, code):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    shown = checked(AppTest.from_string(PAGE.format(path=str(path)), default_timeout=60).run())
    words = Translator()(code, path=name, detail="|").split("|")[0]
    assert words in text(shown)
    assert "take_streets" not in [one.key for one in shown.button]
