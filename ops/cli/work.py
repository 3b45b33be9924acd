"""``xunban work``: what the field has reported and what it asks: verify it, have it done again,
answer.
"""

from typing import Annotated

import typer

from data.model.message import Message
from ops.base.errors import CommandError
from ops.base.naming import job_name
from ops.cli.context import Context, Plainly
from ops.field.progress_reader import reported
from ops.field.questions import answer, questions
from ops.field.verification import reopen, verify

work_cli = typer.Typer(
    cls=Plainly,
    no_args_is_help=True,
    help="任务：进展、核实、返工、答复提问。Jobs: progress, verify, again, answer.",
)
Job = Annotated[str, typer.Argument(help="任务编号 / job id")]
By = Annotated[str, typer.Option("--by", help="谁 / who")]


@work_cli.command("list")
def list_(context: typer.Context) -> None:
    """列出已有报告的任务。List the jobs that something is reported of."""
    ctx: Context = context.obj
    store = ctx.store()
    current, city = ctx.operation(store), store.city()
    version = store.plans.current(current.id)
    if version is None:
        raise CommandError("cli.no_plan")
    told = reported(store, current, version, city)
    lines = [
        Message(
            "verify.line",
            {
                "job": job.job_id,
                "what": job_name(job.kind, job.segment_id, job.station_id, city),
                "stage": Message(f"stage.{told[job.job_id].stage}"),
                "at": told[job.job_id].since,
            },
        )
        for job in version.assignments
        if told[job.job_id].since
    ]
    for line in lines or [Message("verify.none")]:
        ctx.out.print(ctx.t.message(line), soft_wrap=True)


@work_cli.command("verify")
def verify_(context: typer.Context, job: Job, by: By) -> None:
    """核实已完成的任务。Somebody has looked: it is done."""
    ctx: Context = context.obj
    store = ctx.store()
    current = ctx.operation(store)
    new = verify(store, current, ctx.actor(by), job, ctx.now(current))
    ctx.step("verify.verified" if new else "verify.known", job=job)


@work_cli.command("reopen")
def reopen_(
    context: typer.Context,
    job: Job,
    by: By,
    reason: Annotated[str, typer.Option(help="原因 / why")],
) -> None:
    """返工，并重新排班。It must be done again; asks for a plan."""
    ctx: Context = context.obj
    store = ctx.store()
    current = ctx.operation(store)
    new = reopen(store, current, ctx.actor(by), job, reason, ctx.now(current))
    ctx.step("verify.reopened" if new else "verify.known", job=job)


@work_cli.command("asked")
def asked_(context: typer.Context) -> None:
    """列出各站的提问，待答复的在前。What the stations asked, unanswered first."""
    ctx: Context = context.obj
    store = ctx.store()
    names = {station.id: station.name for station in store.city().stations}
    lines = [
        Message(
            "question.line_answered" if one.answered else "question.line",
            {
                "id": one.asked.event_id,
                "station": names.get(one.asked.station_id, one.asked.station_id),
                "at": one.asked.happened_at,
                "text": one.asked.reason or "",
            }
            | (
                {"by": one.answered.by, "answer": one.answered.reason or ""} if one.answered else {}
            ),
        )
        for one in questions(store.field.events(ctx.operation(store).id))
    ]
    for line in lines or [Message("question.empty")]:
        ctx.out.print(ctx.t.message(line), soft_wrap=True)


@work_cli.command("answer")
def answer_(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="提问编号 / id of the question")],
    text: Annotated[str, typer.Argument(help="答复 / the answer")],
    by: By,
) -> None:
    """答复一条提问；该站的出勤单上可以看到。Answer a question; the station's sheet shows it."""
    ctx: Context = context.obj
    store = ctx.store()
    current = ctx.operation(store)
    answer(store, current, ctx.actor(by), question, text, ctx.now(current))
    ctx.step("question.sent", id=question)
