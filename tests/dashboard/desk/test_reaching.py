"""Reaching people from the desk: who was reached, the tick for a call, the link to hand on."""

import pytest

from data.model.operation import OperationKind
from ops.base.messages import Translator
from ops.notifications.notices import NotifySettings
from ops.notifications.signed_links import Links
from tests.helpers.pages import checked, desk, dialog, fill, text

SAY = Translator()


def shown() -> str:
    page = desk()
    page.session_state["details"] = "reach"
    return text(checked(page.run()))


def test_a_tick_says_who_of_a_station_was_reached_and_the_others_stand_first(url):
    store = fill(url)
    assert shown().count(SAY("reach.no")) == len(store.city().stations)
    page = dialog("told", "S1")
    page.text_input(key="tick_who").set_value("李副站长")
    next(one for one in page.button if one.label == SAY("reach.tick_done")).click().run()
    (event,) = store.field.events(1)
    assert (event.kind, event.told_by, event.station_id) == ("told", "李副站长", "S1")
    page = shown()
    assert page.index(SAY("reach.no")) < page.index(SAY("reach.yes"))
    assert "李副站长" in page


@pytest.mark.parametrize("crew", [None, "S1"], ids=["station", "crew"])
def test_a_link_is_shown_for_a_station_and_for_a_crew_alone(url, monkeypatch, crew):
    store = fill(url)
    city = store.city()
    own = next(one for one in city.crews if one.station_id == "S1")
    page = dialog("link_box", "S1")
    if crew:
        page.selectbox(key="link_whose").select(own.id).run()
    (address,) = page.code
    token = address.value.rpartition("/")[2]
    links = Links(store, NotifySettings(), lambda: store.operations.current().began_at)
    assert links.token(1, 1, "S1", own.id if crew else None) == token


@pytest.mark.parametrize("kind", OperationKind)
def test_real_operation_without_a_channel_says_that_nobody_is_told(url, kind):
    fill(url, kind)
    assert (SAY("reach.nobody") in text(desk())) is (kind is OperationKind.REAL)
