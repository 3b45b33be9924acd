"""When things are done: APScheduler ticks of a few lines each. What is done is elsewhere."""

import logging
from datetime import timedelta

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from data.store.store import DatabaseError
from ops.runtime.planning_loop import Loop

log = logging.getLogger(__name__)
ANSWER_S = 1
BEAT_S = 2
SEND_S = 2
POLL_S = 20  # a look at which feed is due; each says itself how often it is asked
WATCH_S = 20
PREPARE_S = 30
BACKUP_S = 900  # a look at whether one is due
GRACE = timedelta(minutes=5)


def ticking(loop: Loop) -> BackgroundScheduler:
    """A scheduler with the ticks of ``loop``, not yet started.

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
    )

    def failed(event: JobExecutionEvent) -> None:
        log.error("tick %s failed", event.job_id, exc_info=event.exception)

    logging.getLogger("apscheduler.executors").setLevel(logging.CRITICAL)  # it tells them, too
    scheduler.add_listener(failed, EVENT_JOB_ERROR)
    scheduler.add_job(loop.beat, "interval", seconds=BEAT_S, id="beat")
    scheduler.add_job(loop.answer, "interval", seconds=ANSWER_S, id="answer")
    scheduler.add_job(loop.watch, "interval", seconds=WATCH_S, id="watch")
    scheduler.add_job(loop.rounds, "interval", seconds=WATCH_S, id="rounds")
    scheduler.add_job(loop.prepare, "interval", seconds=PREPARE_S, id="prepare")
    scheduler.add_job(loop.back_up, "interval", seconds=BACKUP_S, id="back_up")
    scheduler.add_job(loop.send, "interval", seconds=SEND_S, id="send_notices")
    scheduler.add_job(loop.poll, "interval", seconds=POLL_S, id="poll", next_run_time=loop.clock())
    return scheduler


def tick_now(scheduler: BackgroundScheduler, loop: Loop) -> None:
    """Let every tick come now.

    For a clock that was put back: each would wait for the hour it was due at.
    """
    for job in scheduler.get_jobs():
        job.modify(next_run_time=loop.clock())


def end_ticking(scheduler: BackgroundScheduler, loop: Loop) -> None:
    """Let the lead go and wait for the ticks that run."""
    try:
        loop.stop()
    except DatabaseError as error:  # the lease ends by itself
        log.error("the lead was not let go: %s", error)
    if scheduler.running:
        scheduler.shutdown(wait=True)
