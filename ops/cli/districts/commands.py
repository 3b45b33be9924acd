"""``xunban district``: which districts this installation holds."""

from typing import Annotated

import typer

from data.db.engine import sqlite_file
from data.model.headquarters.members import Member
from ops.cli.context import Context, Plainly
from ops.headquarters.register import Register

district_cli = typer.Typer(
    cls=Plainly,
    no_args_is_help=True,
    help="多区：一处安装管几个区，各区数据分开。Several districts on one installation, apart.",
)


@district_cli.command()
def add(
    context: typer.Context,
    district: Annotated[str, typer.Argument(help="代号：小写字母、数字、- / short id")],
    name: Annotated[str, typer.Option(help="区名 / the district's name")],
    city: Annotated[str, typer.Option(help="所属的市 / the city it belongs to")],
) -> None:
    """新增一个区：给它单独的库和文件夹。

    Add a district, with a database and a folder of its own.
    """
    ctx: Context = context.obj
    now = ctx.clock()
    wanted = Member(id=district, name=name, city=city, added_at=now)
    is_first = not Register(ctx.root).members()
    site = Register(ctx.root).add(ctx.actor(), wanted, now)
    ctx.step("districts.added", name=name, id=district, home=str(site.home))
    ctx.step("districts.next", id=district)
    if is_first:  # what runs now knows of one district alone
        ctx.step("districts.restart")


@district_cli.command("list")
def list_(context: typer.Context) -> None:
    """列出各区。List the districts."""
    ctx: Context = context.obj
    register = Register(ctx.root)
    members = register.members()
    if not members:
        ctx.step("districts.alone")
    for one in members:
        site, key = register.site(one.id), "districts.line_archived"
        facts = {"id": one.id, "name": one.name, "city": one.city, "at": one.archived_at}
        where = sqlite_file(site.url) or site.home
        key = "districts.line" if one.archived_at is None else key
        ctx.out.print(ctx.t(key, **facts, where=str(where)), soft_wrap=True)


@district_cli.command()
def archive(context: typer.Context, district: str) -> None:
    """停用一个区：不再登录、不再排班，数据留着。

    Nobody signs in there, nothing is planned; its data stay.
    """
    ctx: Context = context.obj
    Register(ctx.root).archive(ctx.actor(), district, ctx.clock())
    ctx.step("districts.archived", id=district)


@district_cli.command("take-back")
def take_back(context: typer.Context, district: str) -> None:
    """恢复停用的区。An archived district counts again."""
    ctx: Context = context.obj
    Register(ctx.root).archive(ctx.actor(), district, ctx.clock(), back=True)
    ctx.step("districts.back", id=district)
