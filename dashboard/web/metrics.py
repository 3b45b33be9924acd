"""``/metrics``, in Prometheus' format, for whoever holds the token of that name."""

import logging
from collections.abc import Iterable

from anyio.to_thread import run_sync
from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dashboard.web.exchange import real_clock
from dashboard.web.site_of_request import home
from dashboard.web.visitor import shared_store, token_holder
from data.store.store import DatabaseError
from ops.auth.api_tokens import METRICS
from ops.runtime.measures import Measure, measures
from ops.settings import load

REGISTRY = CollectorRegistry()
ERRORS = Counter("xunban_board_errors", "Failures in the board's log", registry=REGISTRY)


class _Counting(logging.Handler):
    """Counts what is logged as a failure."""

    def emit(self, record: logging.LogRecord) -> None:
        ERRORS.inc()


class _State(Collector):
    """What stands in the database, read when it is asked for."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        try:
            found = measures(shared_store(), load(home()).settings.feeds, real_clock())
        except DatabaseError:
            found = [Measure("database_up", "1 while the database answers", 0.0)]
        else:
            found.append(Measure("database_up", "1 while the database answers", 1.0))
        families: dict[str, GaugeMetricFamily] = {}
        for one in found:
            names = [name for name, _ in one.labels]
            family = families.setdefault(
                one.name, GaugeMetricFamily(f"xunban_{one.name}", one.help, labels=names)
            )
            family.add_metric([value for _, value in one.labels], one.value)
        return families.values()


REGISTRY.register(_State())
logging.getLogger("xunban.board").addHandler(_Counting(logging.ERROR))


async def metrics(request: Request) -> Response:
    """The numbers; 401 without the token, and nothing is told of why."""
    told = Headers(scope=request.scope)
    if await run_sync(token_holder, told) != METRICS:
        return PlainTextResponse("401\n", 401, {"WWW-Authenticate": "Bearer"})
    body = await run_sync(generate_latest, REGISTRY)
    return Response(
        body, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    )


ROUTES = [Route("/metrics", metrics)]
