"""Fixtures of the board's tests."""

import shutil
from collections.abc import Iterator

import pytest
import streamlit as st

from data.store.store import Store
from tests.helpers.pages import url
from tests.helpers.processes.sign_in_browser import door

__all__ = ["door", "url"]


@pytest.fixture
def storm_url(played, tmp_path, monkeypatch) -> Iterator[str]:
    """The address of a database with the storm of ``played`` in it, which the board opens."""
    url = f"sqlite:///{shutil.copyfile(played[0], tmp_path / 'board.db')}"
    monkeypatch.setenv("XUNBAN_DB", url)
    st.cache_resource.clear()
    yield url
    st.cache_resource.clear()


@pytest.fixture
def storm_store(storm_url) -> Iterator[Store]:
    store = Store(storm_url)
    yield store
    store.close()
