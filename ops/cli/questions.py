"""``xunban question``: what the stations ask, and the desk's answers."""

from typing import Annotated

import typer

from data.model.message import Message
from ops.base.naming import station_name
from ops.cli.context import Context, Plainly
from ops.field.questions import answer, questions

question_cli = typer.Typer(
    cls=Plainly, no_args_is_help=True, help="提问：列出、答复。Questions: list them, answer."
)
By = Annotated[str, typer.Option("--by", help="谁 / who")]


@question_cli.command("list")
def list_(context: typer.Context) -> None:
    """列出各站的提问，待答复的在前。What the stations asked, unanswered first."""
    ctx: Context = context.obj
    store = ctx.store()
    city = store.city()
    lines = [
        Message(
            "question.line_answered" if one.answered else "question.line",
            {
                "id": one.event.event_id,
                "station": station_name(one.event.station_id, city),
                "at": one.event.happened_at,
                "text": one.event.reason or "",
            }
            | (
                {"by": one.answered.by, "answer": one.answered.reason or ""} if one.answered else {}
            ),
        )
        for one in questions(store.field.events(ctx.operation(store).id))
    ]
    for line in lines or [Message("question.empty")]:
        ctx.out.print(ctx.t.message(line), soft_wrap=True)


@question_cli.command("answer")
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
