"""The platforms' API under a fuzzer that reads its own description: what it says may be sent is
answered as it says, and nothing that may not be is a failure of ours.
"""

from dataclasses import replace

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from dashboard.web.api import incidents as incident_api
from dashboard.web.rate_limit import Budgets
from ops.auth.api_tokens import new_token
from ops.auth.permissions import CONSOLE
from ops.district.services import ServiceSettings
from ops.field.calls.incidents import IncidentSettings
from ops.field.cases.street_cases import GridSettings
from ops.risk.gauges import Gauge
from tests.helpers.makers import NOW, make_city
from tests.helpers.progress import VERSION

EXAMPLES = 200  # of each call
GAUGES = (Gauge(kind="level", name="下穿桥", segment_id="S1"),)
STREET = (ServiceSettings(on=("grid",)), GridSettings())
CHECKS = [not_a_server_error, response_schema_conformance]


@pytest.mark.slow
def test_every_call_is_answered_as_it_is_described(store, drill, monkeypatch):
    monkeypatch.setattr(incident_api, "_CALLS", Budgets(10**6, 0.0))
    store.replace_city(make_city())
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)
    token = new_token(store, CONSOLE, "12345", NOW)
    api = incident_api.make_api(
        lambda: store, lambda: NOW, lambda: IncidentSettings(), lambda: GAUGES, lambda: STREET
    )
    described = schemathesis.openapi.from_asgi("/openapi.json", api)
    headers = {"Authorization": f"Bearer {token}"}
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) >= 8
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            call(operation, mode, headers)


def call(operation, mode: GenerationMode, headers: dict[str, str]) -> None:
    """Make one of the calls again and again, as its description says or as it says not."""

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def made(case):
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=CHECKS)

    made()
