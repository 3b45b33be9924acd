"""Signed links: for one station and one version, until their end, unless taken back; on both
databases.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.operation import OperationKind
from ops.auth.permissions import CONSOLE
from ops.base.errors import NotAllowed
from ops.notifications.notices import NotifySettings
from ops.notifications.signed_links import Links, revoked_link
from tests.helpers.makers import DESK, HOUR, NOW, both_databases, make_city, make_notice
from tests.helpers.progress import VERSION

pytestmark = both_databases


class Clock:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def links(store, drill, clock):
    store.replace_city(make_city())
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)
    return Links(store, NotifySettings(base_url="https://xunban.example/"), clock)


def refusal(links, token) -> str:
    with pytest.raises(NotAllowed) as refused:
        links.read(token)
    return refused.value.code


def test_a_link_names_its_station_and_version_and_is_the_same_each_time(links, drill):
    address = links.address(make_notice(drill.id))
    assert address == links.address(make_notice(drill.id, step=1))
    link, operation = links.read(address.removeprefix("https://xunban.example/s/"))
    assert (link.version, link.station_id, operation.id) == (1, "A", drill.id)
    assert links.address(make_notice(drill.id, version=9)) is None


def test_a_link_ends_a_day_after_the_last_work(links, drill, clock):
    token = links.token(drill.id, 1, "A")
    end = VERSION.assignments[0].end_at + timedelta(hours=24)
    clock.now = end - timedelta(seconds=1)
    links.read(token)
    clock.now = end
    assert refusal(links, token) == "link.expired"


def test_what_was_taken_back_is_told_with_by_whom_and_when(links, drill, store, clock):
    link, _ = links.read(links.token(drill.id, 1, "A"))
    links.revoke(DESK, link.id)
    links.revoke_station(DESK, "A")
    assert [(revoked_link(one.link_id), one.by, one.at) for one in store.desk.revocations()] == [
        (("A", 1), DESK.name, clock()),
        (("A", None), DESK.name, clock()),
    ]
    assert revoked_link("7:12:odd:name:3") == ("odd:name", 12)


def test_what_was_changed_or_made_elsewhere_is_refused(links, drill, store):
    token = links.token(drill.id, 1, "A")
    for wrong in ("", "x", token[:-1], "A" + token, token.replace(".", "", 1), "字", "a.b.c"):
        assert refusal(links, wrong) == "link.bad"
    store.settings.save("link_key", "another")
    assert refusal(links, token) == "link.bad"


def test_a_link_taken_back_counts_no_longer(links, drill):
    token = links.token(drill.id, 1, "A")
    assert links.revoke(CONSOLE, links.read(token)[0].id)
    assert refusal(links, token) == "link.revoked"
    assert links.read(links.token(drill.id, 1, "B"))


def test_all_links_of_a_station_are_taken_back_and_new_ones_count(links, drill):
    token = links.token(drill.id, 1, "A")
    assert links.revoke_station(CONSOLE, "A")
    assert refusal(links, token) == "link.revoked"
    assert links.read(links.token(drill.id, 1, "A"))[0].round == 1
    assert links.read(links.token(drill.id, 1, "B"))[0].round == 0


def test_a_drill_s_link_ends_with_the_drill(links, drill, store):
    token = links.token(drill.id, 1, "A")
    store.operations.end(drill.id, NOW + HOUR)
    assert refusal(links, token) == "link.over"
    store.operations.start(OperationKind.REAL, NOW, NOW)
    assert refusal(links, token) == "link.over"


def test_the_key_is_made_once(links, drill, store):
    first = links.token(drill.id, 1, "A")
    assert (
        store.settings.get_or_make("link_key", "mine") == store.settings.get("link_key") != "mine"
    )
    assert links.token(drill.id, 1, "A") == first
