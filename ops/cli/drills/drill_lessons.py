"""``xunban drill``: what simulated storms teach beside which policy is best."""

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from data.files.texts import decoded
from data.model.city import City
from ops.cli import documents
from ops.cli.context import Context
from ops.cli.drills.simulated_drill import (
    BuiltInStorm,
    Json,
    Lead,
    Processes,
    Rain,
    Seeds,
    Steps,
    Storm,
    needs_engine,
    roads_of,
    simulated_cli,
    storm_of,
)
from ops.documents import labels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ops.drill.alarm import AlarmCosts
    from ops.drill.ensemble import EnsembleTried
    from ops.drill.parameters import DrillSettings
    from ops.drill.physics.fit import Fitted, Remembered
    from ops.drill.physics.storms import DrillStorm


@simulated_cli.command("alarm")
def alarm(
    context: typer.Context,
    storm: Storm = BuiltInStorm.CLOUDBURST,
    seeds: Seeds = 3,
    lead: Lead = 40,
    rain: Rain = None,
    steps: Steps = 4000,
    processes: Processes = 1,
    pdf: documents.Pdf = None,
    html: Annotated[Path | None, typer.Option(help="写成网页 / write as HTML")] = None,
    as_json: Json = False,
) -> None:
    """空报一场与来晚一场各要多少代价，按把握多大才行动。Cost of a false alarm beside being late."""
    ctx: Context = context.obj
    needs_engine()
    documents.must_be_writable(pdf, html)
    from ops.drill.alarm import alarm_costs
    from ops.drill.report import alarm_page

    asked = city, tried, _ = _asked(ctx, storm, lead, rain)
    found = alarm_costs(*asked, range(seeds), steps, processes, roads_of(ctx))
    of_page = city, tried, found, seeds, ctx.t
    if html:
        documents.write_html(ctx, html, alarm_page.as_html(*of_page))
    if pdf:
        documents.write(ctx, pdf, lambda: alarm_page.as_pdf(*of_page), lambda: b"")
    _told(ctx, found, as_json, lambda: _costs(ctx, found))


def _asked(
    ctx: Context, storm: BuiltInStorm, lead: int, rain: Path | None
) -> "tuple[City, DrillStorm, DrillSettings]":
    """What is tried. Of what the loop says on its way, faults alone are shown."""
    logging.getLogger("ops").setLevel(logging.ERROR)
    return ctx.store().tables(), storm_of(ctx, storm, lead, rain), ctx.settings().drill


def _told(
    ctx: Context,
    found: "AlarmCosts | EnsembleTried | Fitted",
    as_json: bool,
    show: "Callable[[], None]",
) -> None:
    if as_json:
        ctx.out.print_json(json.dumps(found.as_json()))
    else:
        show()


def _costs(ctx: Context, found: "AlarmCosts") -> None:
    from ops.drill.alarm import FIGURES
    from ops.drill.report.page import with_interval

    t = ctx.t
    table = Table(caption=t("drill.caption"))
    table.add_column(t("drill.alarm_what"))
    table.add_column(t("drill.alarm_mean"), justify="right")
    for name in FIGURES:
        table.add_row(t(f"drill.alarm_{name}"), with_interval(getattr(found, name), ".0f"))
    ctx.out.print(table)
    for line in found.said():
        ctx.out.print(t.message(line), soft_wrap=True)


@simulated_cli.command("fit")
def fit_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="记得的积水（CSV）/ remembered water")],
    storm: Storm = BuiltInStorm.MODERATE,
    rain: Rain = None,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="最多几轮 / rounds at most")] = 8,
    processes: Processes = 1,
    as_json: Json = False,
) -> None:
    """按记得的一场积水，拟合街道和管网的未知数。Fit the streets to a storm that is remembered."""
    ctx: Context = context.obj
    needs_engine()
    from ops.drill.physics.fit import fit, remembered

    city, chosen, settings = _asked(ctx, storm, 0, rain)
    memory = remembered(decoded(documents.content_of(file)), city)
    found = fit(city, chosen, settings, memory, processes, rounds)
    _told(ctx, found, as_json, lambda: _show_fit(ctx, city, memory, found))


def _show_fit(ctx: Context, city: City, memory: "Sequence[Remembered]", found: "Fitted") -> None:
    t = ctx.t
    off = {"depth": round(found.depth_m * 100), "minutes": round(found.minutes)}
    table = Table(caption=t("drill.fit_caption", **off))
    for column in ("place", "depth", "minutes"):
        table.add_column(t(f"drill.fit_{column}"), justify="left" if column == "place" else "right")
    for one, other in zip(memory, found.computed, strict=True):
        table.add_row(
            labels.place_name(t, city, one.segment_id),
            f"{one.depth_m * 100:.0f} / {other.depth_m * 100:.0f}",
            f"{one.minutes:.0f} / {other.minutes:.0f}",
        )
    ctx.out.print(table)
    ctx.out.print(t("drill.fit_settings"))
    for table_name, values in found.tables.items():
        ctx.out.print(f"[{table_name}]", markup=False)
        for name, value in values.items():
            ctx.out.print(f"{name} = {value:.4g}", markup=False)


@simulated_cli.command("ensemble")
def ensemble(
    context: typer.Context,
    storm: Storm = BuiltInStorm.MODERATE,
    seeds: Seeds = 5,
    rain: Rain = None,
    steps: Steps = 4000,
    processes: Processes = 1,
    once: Annotated[
        bool, typer.Option("--once", help="只排一次，照做到底 / plan once, carry it out")
    ] = False,
    as_json: Json = False,
) -> None:
    """集合预报按平均、按份额、兼顾各成员来排，比一比。Plan on an ensemble in several ways."""
    ctx: Context = context.obj
    needs_engine()
    from ops.drill.ensemble import ensemble_tried

    asked = _asked(ctx, storm, 0, rain)
    found = ensemble_tried(*asked, range(seeds), steps, processes, roads_of(ctx), once=once)
    _told(ctx, found, as_json, lambda: ctx.out.print(_ways(ctx, found)))


def _ways(ctx: Context, found: "EnsembleTried") -> Table:
    t = ctx.t
    table = Table(caption=t("drill.ensemble_caption"))
    for column in ("policy", "minutes", "interval", "hours", "against_mean"):
        table.add_column(t(f"drill.{column}"), justify="left" if column == "policy" else "right")
    for name, minutes in found.minutes.items():
        more = found.against_mean.get(name)
        table.add_row(
            t(f"drill.way_{name}"),
            f"{minutes.mean:.0f}",
            f"{minutes.low:.0f} – {minutes.high:.0f}" if minutes.low < minutes.high else "",
            f"{found.crew_hours[name].mean:.0f}",
            f"{more.mean:+.0f} ({more.low:+.0f} – {more.high:+.0f})" if more else "",
        )
    return table
