"""Commands that look after an installation: backup, restore, doctor."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from data.db.engine import sqlite_file
from data.model.city import City
from data.store.store import DatabaseError, Store, StoreError
from ops.analytics.history import season
from ops.base.errors import CommandError
from ops.base.sites import HEADQUARTERS, Site, environment_of, own_id, site_at
from ops.cli.context import Context, home
from ops.headquarters.register import Register
from ops.intake.operations import LOOP, is_alive
from ops.notifications.channels import open_channels
from ops.runtime import backup as backups
from ops.runtime import season_archive as seasons
from ops.runtime.engine import engine_of
from ops.runtime.health_check import BAD, Finding, Patient, examine
from ops.settings import load

SIGNS = {"good": "✓", "care": "▲", "bad": "✕"}


def add_to(cli: typer.Typer) -> None:
    """Give the command line these commands."""
    for command in (backup, restore, archive, doctor):
        cli.command()(command)


def backup(
    context: typer.Context, target: Annotated[Path, typer.Argument(help="备份文件 / file to write")]
) -> None:
    """备份：数据库、设置、照片存成一个文件，运行中也可以。

    Save everything in one file; the program may run on.
    """
    ctx: Context = context.obj
    counts = backups.backup(ctx.store(), home(), target)
    ctx.step(
        "upkeep.saved", target=str(target), rows=sum(counts.values()), versions=counts["versions"]
    )


def restore(
    context: typer.Context, source: Annotated[Path, typer.Argument(help="备份文件 / the backup")]
) -> None:
    """恢复：用备份取代现有数据（先停程序）；现有数据另存一份。

    Put a backup back; what is here is saved first.
    """
    ctx: Context = context.obj
    if not source.is_file():
        raise CommandError("cli.unreadable", path=str(source), detail="-")
    store = _as_it_is(ctx.db_url)
    with suppress(DatabaseError):  # there is none, or none that can be read
        if is_alive(store.leases.last_beat(LOOP), ctx.clock()):
            raise CommandError("upkeep.running")
    counts, kept = backups.restore(store, home(), source, ctx.clock())
    ctx.step("upkeep.restored", rows=sum(counts.values()), versions=counts["versions"], kept=kept)


def archive(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(help="归档文件 / file to write")],
    year: Annotated[int, typer.Option("--year", help="哪一年 / which year", min=1971, max=9998)],
    remove: Annotated[
        bool, typer.Option("--remove", help="核对后取出到期的 / then take out what is due")
    ] = False,
) -> None:
    """归档：一年的实战数据存成一个可读的文件，读回核对。

    Keep a season in one readable file.
    """
    ctx: Context = context.obj
    if target.exists():
        raise CommandError("upkeep.archive_exists", path=str(target))
    store, now, photos = ctx.store(), ctx.clock(), home() / seasons.PHOTOS
    if remove and is_alive(store.leases.last_beat(LOOP), now):
        raise CommandError("upkeep.season_running")
    span = season(year, ctx.zone)
    kept = seasons.write(store, photos, span, target)
    rows = sum(kept.rows.values())
    ctx.step(
        "upkeep.archived", year=str(year), target=str(target), rows=rows, photos=len(kept.photos)
    )
    if not remove:
        return
    due = seasons.due_in(ctx.settings().retention, year, now.astimezone(ctx.zone).year)
    if not due:
        ctx.step("upkeep.season_kept", year=str(year))
        return
    gone = seasons.remove(store, ctx.actor(), photos, span, kept, due, now)
    pictures = gone.pop(seasons.PHOTOS, 0)
    ctx.step("upkeep.season_removed", rows=sum(gone.values()), photos=pictures)


def _as_it_is(url: str) -> Store:
    """The database in whatever state it is, or none yet."""
    if (file := sqlite_file(url)) is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    return Store(url)


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / for machines")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="看板的端口 / of the board")] = 8501,
) -> None:
    """体检：数据库、时钟、数据源、通知、磁盘、版本；多区安装逐区查。

    Check database, clock, feeds, channels, disk, versions; of several districts each.
    """
    ctx: Context = context.obj
    sites = _sites(ctx)
    found = {site: _examined(ctx, site, port, is_first=site is sites[0]) for site in sites}
    told = [
        ({"district": site.id} if len(sites) > 1 else {})
        | {"check": one.check, "state": one.state, "told": ctx.t.message(one.message)}
        for site, findings in found.items()
        for one in findings
    ]
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _print(ctx, told)
    if any(one["state"] == BAD for one in told):
        raise CommandError("upkeep.not_well")


def _sites(ctx: Context) -> list[Site]:
    """The district that the command acts in; all that there are where it is told of none."""
    if ctx.db_url != ctx.root.url:
        return [Site(own_id(home()), home(), ctx.db_url)]
    register, above = Register(ctx.root), site_at(ctx.root, HEADQUARTERS)
    try:
        return [*register.sites(), above] if register.store else [ctx.root]
    except DatabaseError:  # the list of districts can't be read: what it lies in is looked at
        return [ctx.root, above]
    finally:
        register.close()


def _city_of(store: Store) -> City | None:
    """The district, if the database can tell it: what it can't is what is looked for, and nothing
    is brought up to date meanwhile.
    """
    with suppress(DatabaseError, StoreError):
        return store.city()
    return None


def _examined(ctx: Context, site: Site, port: int, is_first: bool) -> list[Finding]:
    loaded = load(site.home)
    settings = loaded.settings
    store = Store(site.url)  # as it is: nothing is made for it
    ctx.show_times_of(_city_of(store))
    patient = Patient(
        store=store,
        home=site.home,
        now=ctx.clock(),
        settings_fault=loaded.fault,
        port=port,
        feeds=settings.feeds,
        gauges=settings.gauges,
        engine=engine_of(os.environ) if is_first else "",
        backups=settings.backup,
        retention=settings.retention,
        services=settings.services,
        channels=open_channels(settings.channels, environment_of(site.id, os.environ)),
    )
    return examine(patient)


def _print(ctx: Context, told: list[dict[str, str]]) -> None:
    district = ""
    for one in told:
        if one.get("district", "") != district:
            district = one["district"]
            ctx.out.print(f"—— {district} ——")
        ctx.out.print(f"{SIGNS[one['state']]} {one['told']}", soft_wrap=True)
