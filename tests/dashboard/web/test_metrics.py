"""``/metrics``: what is told, and to whom."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.datastructures import Headers

from dashboard.web import visitor
from data.model.operation import TriggerKind
from ops.auth.api_tokens import new_token
from ops.auth.permissions import CONSOLE
from ops.intake.operations import LOOP
from tests.helpers.makers import HOUR, NOW, make_city, make_notice, make_version


@pytest.fixture
def tokens(store) -> dict[str, str]:
    return {name: new_token(store, CONSOLE, name, NOW) for name in ("metrics", "12345")}


def read(door, token: str) -> dict[str, float]:
    status, headers, body = door.ask("GET", "/metrics", Authorization=f"Bearer {token}")
    assert (status, headers["cache-control"]) == (200, "no-store")
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }


def test_an_operator_sees_what_waits_and_how_old_it_is(door, store, drill, tokens):
    store.replace_city(make_city())
    store.leases.beat(LOOP, NOW - HOUR / 60)
    asked, _ = store.triggers.request(drill.id, "manual:1", TriggerKind.MANUAL, NOW - HOUR / 6)
    notice = make_notice(drill.id)
    store.plans.save(make_version(drill.id), [asked.id], NOW - HOUR / 12, notices=[notice])
    store.triggers.request(drill.id, "manual:2", TriggerKind.MANUAL, NOW - HOUR / 2)
    told = read(door, tokens["metrics"])
    assert told["xunban_lead_age_seconds"] == 60
    assert told["xunban_triggers_waiting"] == 1
    assert told["xunban_trigger_age_seconds"] == 1800
    assert told["xunban_time_to_plan_seconds"] == 300
    assert told["xunban_notices_waiting"] == 1
    assert told["xunban_database_up"] == 1
    assert "xunban_board_errors_total" in told


def test_a_program_that_was_never_used_has_metrics(door, tokens):
    assert read(door, tokens["metrics"])["xunban_database_up"] == 1


@pytest.mark.parametrize("token", ["", "made-up", "12345"])
def test_nobody_else_reads_them(door, tokens, token):
    told = {"Authorization": f"Bearer {tokens.get(token, token)}"} if token else {}
    assert door.ask("GET", "/metrics", **told)[0] == 401


def test_who_reads_them_is_no_platform(door, tokens):
    def carries(name: str) -> Headers:
        return Headers({"Authorization": f"Bearer {tokens[name]}"})

    assert not visitor.is_platform(carries("metrics"))
    assert visitor.is_platform(carries("12345"))
