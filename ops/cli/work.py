"""``xunban work``: what the field has reported: verify it, or have it done again."""

import json
from typing import Annotated

import typer

from data.model.city import City
from data.model.message import Message
from ops.base.errors import CommandError
from ops.base.naming import job_name, segment_name
from ops.cli.context import Context, Plainly
from ops.field.progress_reader import reported
from ops.field.verification import reopen, verify
from ops.replanning.request import planning_request
from ops.risk.fitted_multipliers import fitted
from ops.risk.inlet_state import InletState, at_station, overview
from ops.risk.reasons import InletReasons
from ops.risk.worth import Worth

work_cli = typer.Typer(
    cls=Plainly,
    no_args_is_help=True,
    help="任务：进展、核实、返工。Jobs: progress, verify, do again.",
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
    progress = reported(store, current, version, city)
    lines = [
        Message(
            "verify.line",
            {
                "job": job.job_id,
                "what": job_name(job.kind, job.segment_id, job.station_id, city),
                "stage": Message(f"stage.{progress[job.job_id].stage}"),
                "at": progress[job.job_id].since,
            },
        )
        for job in version.assignments
        if progress[job.job_id].since
    ]
    for line in lines or [Message("verify.none")]:
        ctx.out.print(ctx.t.message(line), soft_wrap=True)


@work_cli.command()
def inlets(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
    top: Annotated[int, typer.Option(min=0, help="最可能堵的几个 / most likely blocked")] = 10,
) -> None:
    """雨水口现状：堵塞的、多久没清的、最可能堵的和原因。

    How the inlets stand: blocked, cleaned how long ago, likely blocked and why. With --json all of
    them, with their probability now and at each hour of the rain to come.
    """
    ctx: Context = context.obj
    store = ctx.store()
    current = ctx.operation(store)
    now, settings = ctx.now(current), ctx.settings()
    worth = planning_request(store, current, now, settings).storm.worth
    city, states = worth.city, worth.states
    multipliers = fitted(city, now, settings.risk).multipliers
    reasons = InletReasons(city=city, now=now, settings=settings.risk, multipliers=multipliers)
    if as_json:
        print(json.dumps(_as_json(ctx, worth, reasons), ensure_ascii=False, indent=2))
        return
    lines = [overview(states.values(), now)]
    for station in city.stations:
        own = overview(at_station(city, states, station.id), now)
        facts = {"station": station.name, "told": own}
        lines.append(Message("inlet_state.at_station", facts))
    lines += [_blocked(state, city) for state in states.values() if state.blocked_since]
    likely = sorted(
        (state for state in states.values() if not state.blocked_since),
        key=lambda state: -state.probability,
    )
    lines += [reasons.sentence(state) for state in likely[:top]]
    for line in lines:
        ctx.out.print(ctx.t.message(line), soft_wrap=True)


def _as_json(ctx: Context, worth: Worth, reasons: InletReasons) -> list[dict[str, object]]:
    return [
        {
            "inlet": state.inlet_id,
            "segment": worth.city.inlet_by_id[state.inlet_id].segment_id,
            "probability": round(state.probability, 4),
            "rate_per_year": round(state.rate, 4),
            "by_hour": [
                {"at": at.isoformat(), "probability": round(chance, 4)}
                for at, chance in worth.chance_by_hour(state.inlet_id)
            ],
            "why": ctx.t.message(reasons.sentence(state)),
        }
        for state in worth.states.values()
    ]


def _blocked(state: InletState, city: City) -> Message:
    inlet = city.inlet_by_id[state.inlet_id]
    place = segment_name(inlet.segment_id, city)
    return Message(
        "inlet_state.blocked", {"inlet": inlet.id, "place": place, "since": state.blocked_since}
    )


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
