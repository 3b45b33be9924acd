"""When things are done: APScheduler ticks of a few lines each. What is done is elsewhere."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from data.store.store import DatabaseError
from ops.base.json_logs import of_district
from ops.runtime.fleet import Fleet
from ops.runtime.planning_loop import Loop

log = logging.getLogger(__name__)
ANSWER_S = 1
BEAT_S = 2
SEND_S = 2
POLL_S = 20  # a look at which feed is due; each says itself how often it is asked
WATCH_S = 20
PREPARE_S = 30
BACKUP_S = 900  # a look at whether one is due
TIDY_S = 3600  # a look at whether a day has passed
EXCHANGE_S = 5  # what goes between districts and the desk above
PUBLISH_S = 20
FOLLOW_S = 5  # a look at which districts there are
OUTSIDE = 16  # ticks of many districts that wait for feeds and channels, at once
GRACE = timedelta(minutes=5)


def ticking(loop: Loop | Fleet) -> BackgroundScheduler:
    """A scheduler with the ticks of ``loop``, or of those of all districts, not yet started.

    Every tick is defined here and kept in memory: the database, not the scheduler, knows what is
    done already. A tick that is late is run once (``coalesce``), never twice side by side
    (``max_instances``). One that fails is logged once, here.
    """
    scheduler = BackgroundScheduler(
        timezone="UTC",
        job_defaults={
            "coalesce": True,
            "max_instances": 1,
            "misfire_grace_time": int(GRACE.total_seconds()),
        },
        **({"executors": _lanes(loop.at_once)} if isinstance(loop, Fleet) else {}),
    )

    def failed(event: JobExecutionEvent) -> None:
        log.error("tick %s failed", event.job_id, exc_info=event.exception)

    logging.getLogger("apscheduler.executors").setLevel(logging.CRITICAL)  # it tells them, too
    scheduler.add_listener(failed, EVENT_JOB_ERROR)
    if isinstance(loop, Fleet):
        fleet = loop
        for site_id, one in fleet.loops.items():
            _add_ticks(scheduler, one, site_id, _LANES)
        scheduler.add_job(
            lambda: _follow(scheduler, fleet), "interval", seconds=FOLLOW_S, id="follow"
        )
        for name, do, seconds in (
            ("exchange", fleet.exchange, EXCHANGE_S),
            ("publish", fleet.publish, PUBLISH_S),
            ("back_up", fleet.back_up, BACKUP_S),
        ):
            lane = _LANES.get(name, name)
            scheduler.add_job(do, "interval", seconds=seconds, id=name, executor=lane)
    else:
        _add_ticks(scheduler, loop, "", {})
    return scheduler


_LANES = {
    "beat": "beats",
    "answer": "plans",
    "prepare": "idle",
    "back_up": "idle",
    "tidy": "idle",
    "poll": "outside",
    "send_notices": "outside",
    "rounds": "outside",
}
"""Of many districts: so many search for plans at once as the fleet says, and no beat waits
behind a tick that waits for a solver or for somebody outside.
"""


def _lanes(at_once: int) -> dict[str, ThreadPoolExecutor]:
    counts = {
        "default": 4,
        "exchange": 1,
        "publish": 1,
        "beats": 4,
        "plans": at_once,
        "idle": 1,
        "outside": OUTSIDE,
    }
    return {name: ThreadPoolExecutor(count) for name, count in counts.items()}


def _add_ticks(
    scheduler: BackgroundScheduler, loop: Loop, site_id: str, lanes: Mapping[str, str]
) -> None:
    """The ticks of one loop, named with its district where there are several."""

    def add(name: str, do: Callable[[], object], seconds: int, **how: object) -> None:
        scheduler.add_job(
            partial(_tick, site_id, do),
            "interval",
            seconds=seconds,
            id=f"{name}:{site_id}" if site_id else name,
            executor=lanes.get(name, "default"),
            **how,
        )

    add("beat", loop.beat, BEAT_S)
    add("answer", loop.answer, ANSWER_S)
    add("watch", loop.watch, WATCH_S)
    add("rounds", loop.rounds, WATCH_S)
    add("prepare", loop.prepare, PREPARE_S)
    add("back_up", loop.back_up, BACKUP_S)
    add("tidy", loop.tidy, TIDY_S)
    add("send_notices", loop.send, SEND_S)
    add("poll", loop.poll, POLL_S, next_run_time=loop.clock())


def _tick(site_id: str, do: Callable[[], object]) -> object:
    with of_district(site_id):
        return do()


def _follow(scheduler: BackgroundScheduler, fleet: Fleet) -> None:
    """Let districts that were added tick, and those that were archived no longer."""
    begun, ended = fleet.follow()
    for job in scheduler.get_jobs():
        if any(job.id.endswith(f":{site_id}") for site_id in ended):
            job.remove()
    for site_id in begun:
        _add_ticks(scheduler, fleet.loops[site_id], site_id, _LANES)


def tick_now(scheduler: BackgroundScheduler, loop: Loop | Fleet) -> None:
    """Let every tick come now.

    For a clock that was put back: each would wait for the hour it was due at.
    """
    for job in scheduler.get_jobs():
        job.modify(next_run_time=loop.clock())


def end_ticking(scheduler: BackgroundScheduler, loop: Loop | Fleet) -> None:
    """Let the lead go and wait for the ticks that run."""
    try:
        loop.stop()
    except DatabaseError as error:  # the lease ends by itself
        log.error("the lead was not let go: %s", error)
    if scheduler.running:
        scheduler.shutdown(wait=True)
