"""``xunban drill``: plans and habits tried on simulated streets."""

import json
import logging
import os
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple
from zipfile import BadZipFile

import typer
from rich.table import Table

from data.files.texts import decoded
from data.model.city import City
from data.sheets.rain_record import read_rain
from ops.base.errors import CommandError
from ops.base.messages import LANGUAGES, Translator
from ops.base.paths import home
from ops.cli import documents
from ops.cli.context import Context
from ops.replanning.solver_process import IDLE_NICENESS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.drill.comparison import Compared
    from ops.drill.physics.own_model import OwnModel
    from ops.drill.physics.storms import DrillStorm
    from ops.drill.study import Result, Study
    from ops.drill.ways.roads import Roads

simulated_cli = typer.Typer()
"""Commands of ``xunban drill``."""


Seeds = Annotated[int, typer.Option(min=1, max=100, help="抽几次 / draws")]
Lead = Annotated[
    int, typer.Option(min=0, max=240, help="暴雨：预警到落雨的分钟 / of the cloudburst")
]
Rain = Annotated[
    Path | None, typer.Option(help="实测雨量（CSV），代替 --storm / recorded rain instead")
]
Steps = Annotated[int, typer.Option(min=1, help="每个方案搜索的步数 / of each search")]
Processes = Annotated[int, typer.Option(min=1, max=64, help="并行进程 / side by side")]
Json = Annotated[bool, typer.Option("--json", help="JSON")]


class BuiltInStorm(StrEnum):
    """The storms that are there without a file."""

    MODERATE = "moderate"
    CLOUDBURST = "cloudburst"
    LONG = "long"


Storm = Annotated[BuiltInStorm, typer.Option(help="哪场雨 / which storm")]


@simulated_cli.command("run")
def run(
    context: typer.Context,
    storm: Storm = BuiltInStorm.MODERATE,
    seeds: Seeds = 5,
    first: Annotated[int, typer.Option(min=0, help="从第几次抽起 / number of the first draw")] = 0,
    lead: Lead = 40,
    rain: Rain = None,
    policy: Annotated[
        list[str] | None, typer.Option(help="只比这些做法 / only these policies")
    ] = None,
    inp: Annotated[
        Path | None, typer.Option(help="本单位的 SWMM 模型 / your own SWMM model")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="它的对应表（CSV）/ its mapping, see the handbook")
    ] = None,
    steps: Steps = 4000,
    level: Annotated[
        bool,
        typer.Option(
            "--level", help="来了预警就下达相应的响应 / order the level that a warning means"
        ),
    ] = False,
    processes: Processes = 1,
    save: Annotated[
        Path | None, typer.Option(help="连同结果存成一个可重演的文件 / keep all in one file")
    ] = None,
    pdf: documents.Pdf = None,
    html: Annotated[Path | None, typer.Option(help="写成网页 / write as HTML")] = None,
    progress: Annotated[str, typer.Option(hidden=True)] = "",
    as_json: Json = False,
) -> None:
    """在模拟的雨和街道上，把方案与几种习惯做法放在一起比。Try plans and habits on the same storm.

    From a database of its own: nothing of it is told to anybody.
    """
    ctx: Context = context.obj
    needs_engine()
    documents.must_be_writable(save, pdf, html)
    from ops.drill import comparison
    from ops.drill.study import Study

    names = tuple(policy or comparison.POLICIES)
    if unknown := set(names) - set(comparison.POLICIES):
        known = ", ".join(comparison.POLICIES)
        raise CommandError("drill.no_policy", policy=min(unknown), known=known)
    settings, city = ctx.settings().drill, ctx.store().tables()
    study = Study(
        city=city,
        storm=storm_of(ctx, storm, lead, rain),
        settings=settings,
        policies=names,
        seeds=tuple(range(first, first + seeds)),
        steps=steps,
        own=_own(inp, mapping, city),
        roads=roads_of(ctx),
        reserve_minutes=ctx.settings().response.reserve_minutes,
        orders_levels=level,
    )
    if progress:
        _in_background(ctx, study, progress)
        return
    _shown(ctx, study, processes, Kept(save, pdf, html), as_json)


@simulated_cli.command("again")
def again(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="drill run --save 存的文件 / what it kept")],
    processes: Processes = 1,
    pdf: documents.Pdf = None,
    html: Annotated[Path | None, typer.Option(help="写成网页 / write as HTML")] = None,
    as_json: Json = False,
) -> None:
    """照存下的文件重演一遍，看结果是否一样。Run a kept drill again and compare."""
    ctx: Context = context.obj
    needs_engine()
    documents.must_be_writable(pdf, html)
    documents.content_of(file)
    from ops.drill.study import is_alike, kept

    try:
        study, then = kept(file)
    except (BadZipFile, KeyError, ValueError) as error:
        raise CommandError("drill.not_kept", file=file.name) from error
    found = _shown(ctx, study, processes, Kept(None, pdf, html), as_json)
    code = "drill.again_alike" if is_alike(study, found, then) else "drill.again_differs"
    ctx.step(code, version=then.get("version"))


def storm_of(ctx: Context, name: BuiltInStorm, lead: int, rain: Path | None) -> "DrillStorm":
    """The storm of that name, or the heaviest of a record of rain."""
    from ops.drill.physics import storms
    from ops.drill.physics.recorded import recorded

    shape = ctx.settings().drill.shape
    if rain is None:
        return storms.built_in(name, ctx.zone, lead, shape)
    return recorded(read_rain(rain, ctx.zone).record, ctx.zone, lead, shape)


def roads_of(ctx: Context) -> "Roads":
    """The street map in force, and what is closed or slow at this hour."""
    from ops.drill.ways.roads import roads_now

    return roads_now(ctx.store(), ctx.settings(), ctx.clock())


def _own(inp: Path | None, mapping: Path | None, city: City) -> "OwnModel | None":
    from ops.drill.physics.own_model import has_nodes, own_model

    if inp is None and mapping is None:
        return None
    if inp is None or mapping is None:
        raise CommandError("drill.inp_and_mapping")
    text, table = (decoded(documents.content_of(each)) for each in (inp, mapping))
    if not has_nodes(text):
        raise CommandError("drill.not_a_model", file=inp.name)
    return own_model(text, table, city)


def needs_engine() -> None:
    for name in ("swmm", "scipy"):
        if find_spec(name) is None:
            raise CommandError("drill.not_installed", what=name)


def _in_background(ctx: Context, study: "Study", name: str) -> None:
    """Run it for whoever asked on the board, after everything else that the machine has to do."""
    from ops.drill.background import DrillState, Progress, Stopped
    from ops.drill.report import page
    from ops.drill.study import keep, result

    if hasattr(os, "nice"):
        os.nice(IDLE_NICENESS)
    logging.getLogger("ops").setLevel(logging.ERROR)
    progress = Progress(home(), name)
    try:
        found = result(study, 1, progress)
        keep(study, found, progress.target("zip"))
        for language in LANGUAGES:
            t = Translator(language, ctx.zone)
            progress.target(f"{language}.pdf").write_bytes(page.as_pdf(study, found, t))
            html = page.as_html(study, found, t)
            progress.target(f"{language}.html").write_text(html, encoding="utf-8")
    except Stopped:
        progress.end(DrillState.STOPPED)
    except Exception as error:
        progress.end(DrillState.FAILED, f"{type(error).__name__}: {error}")
        raise
    else:
        progress.end(DrillState.DONE)


class Kept(NamedTuple):
    """Where a result is written to, besides being shown."""

    save: Path | None
    pdf: Path | None
    html: Path | None


def _shown(ctx: Context, study: "Study", processes: int, files: Kept, as_json: bool) -> "Result":
    from ops.drill.report import page
    from ops.drill.report.verdict import said
    from ops.drill.study import as_json as told
    from ops.drill.study import keep, result

    logging.getLogger("ops").setLevel(logging.ERROR)
    found = result(study, processes)
    if files.save:
        keep(study, found, files.save)
        ctx.step("cli.exported", target=str(files.save))
    if files.html:
        documents.write_html(ctx, files.html, page.as_html(study, found, ctx.t))
    if files.pdf:
        documents.write(ctx, files.pdf, lambda: page.as_pdf(study, found, ctx.t), lambda: b"")
    if as_json:
        ctx.out.print_json(json.dumps(told(study, found)))
    else:
        ctx.out.print(_table(ctx, found.figures))
        for line in said(found.figures):
            ctx.out.print(ctx.t.message(line), soft_wrap=True)
    return found


def _table(ctx: Context, found: "Mapping[str, Compared]") -> Table:
    t = ctx.t
    table = Table(caption=t("drill.caption"))
    for column in ("policy", "minutes", "interval", "low", "deeper", "share"):
        table.add_column(t(f"drill.{column}"), justify="left" if column == "policy" else "right")
    for name, one in found.items():
        minutes = one.street_minutes_015
        table.add_row(
            t(f"drill.policy_{name}"),
            f"{minutes.mean:.0f}",
            f"{minutes.low:.0f} – {minutes.high:.0f}" if minutes.low < minutes.high else "",
            f"{one.low_minutes_015.mean:.0f}",
            f"{one.street_minutes_027.mean:.0f}",
            "" if one.share is None else f"{one.share.mean:.0%}",
        )
    return table
