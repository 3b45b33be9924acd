"""``xunban account``: who may sign in."""

import sys
from typing import Annotated

import typer

from data.model.account import Account, Role
from data.model.message import Message
from data.store.store import Store
from ops.auth.accounts import (
    ROLES,
    ROLES_ABOVE,
    add_account,
    change_role,
    end_sessions,
    new_password,
    reset_second_factor,
    revoke_account,
    roles_of,
)
from ops.auth.oidc import place, set_up
from ops.auth.sessions import lift_waits, waits
from ops.base.errors import BadSettings, CommandError, Invalid
from ops.cli.context import Context, Plainly, prompt_for

account_cli = typer.Typer(
    cls=Plainly,
    no_args_is_help=True,
    help="账号：新建、列出、改身份和密码、注销。Accounts: add, list, role, password, revoke.",
)
EVERY_ROLE = tuple(str(role) for role in dict.fromkeys((*ROLES, *ROLES_ABOVE)))
Stdin = Annotated[
    bool, typer.Option("--stdin", help="从标准输入读密码 / the password from standard input")
]

Lasting = Annotated[
    bool, typer.Option("--lasting", help="密码是本人输入的，首次登录不用改 / its owner typed it")
]


@account_cli.command()
def add(
    context: typer.Context,
    name: str,
    role: Annotated[str, typer.Option(help="|".join(EVERY_ROLE))],
    station: Annotated[str, typer.Option(help="站长所在管理站 / a chief's station")] = "",
    city: Annotated[str, typer.Option(help="市级席位所属的市 / a city desk's city")] = "",
    elsewhere: Annotated[
        bool, typer.Option("--no-password", help="只用单位统一登录 / bureau's own sign-in only")
    ] = False,
    stdin: Stdin = False,
    lasting: Lasting = False,
) -> None:
    """新建账号；本人首次登录须改密码。Add an account; its owner changes the password first."""
    ctx: Context = context.obj
    store = ctx.store(create=True)
    chosen = _role(store, role)
    password = None if elsewhere else read_password(ctx, stdin)
    made = add_account(
        store,
        ctx.actor(),
        name,
        chosen,
        password,
        ctx.clock(),
        station or None,
        temporary=not lasting,
        city=city or None,
    )
    ctx.step("account.added", name=made.shown, role=Message(f"account_role.{made.role}"))


def _role(store: Store, written: str) -> Role:
    if written not in EVERY_ROLE:
        raise Invalid("account.bad_role", roles=tuple(str(one) for one in roles_of(store)))
    return Role(written)


@account_cli.command("list")
def list_(context: typer.Context) -> None:
    """列出账号。List the accounts."""
    ctx: Context = context.obj
    store = ctx.store()
    for account in store.accounts.all(revoked=True):
        ctx.out.print(ctx.t.message(line(account, store)), soft_wrap=True)


def line(account: Account, store: Store) -> Message:
    """An account in words."""
    stations = {} if store.is_empty() else {one.id: one.name for one in store.city().stations}
    return Message(
        "account.line_revoked" if account.revoked_at else "account.line",
        {
            "name": account.shown,
            "role": Message(f"account_role.{account.role}"),
            "station": account.city
            or stations.get(account.station_id or "", account.station_id or "-"),
            "at": account.created_at,
        },
    )


@account_cli.command()
def role(
    context: typer.Context,
    name: str,
    to: Annotated[str, typer.Option("--role", help="|".join(EVERY_ROLE))],
    station: Annotated[str, typer.Option(help="站长所在管理站 / a chief's station")] = "",
    city: Annotated[str, typer.Option(help="市级席位所属的市 / a city desk's city")] = "",
) -> None:
    """改身份。Give another role."""
    ctx: Context = context.obj
    store = ctx.store()
    chosen = _role(store, to)
    change_role(store, ctx.actor(), name, chosen, ctx.clock(), station or None, city or None)
    ctx.step("account.role_changed", name=name, role=Message(f"account_role.{to}"))


@account_cli.command()
def signout(context: typer.Context, name: str) -> None:
    """让账号在各处退出登录，可再登录。Sign an account out everywhere; it may sign in again."""
    ctx: Context = context.obj
    end_sessions(ctx.store(), ctx.actor(), name, ctx.clock())
    ctx.step("account.signed_out", name=name)


@account_cli.command()
def revoke(context: typer.Context, name: str) -> None:
    """注销账号，已登录的立即退出。Revoke an account; whoever is signed in by it is out at once."""
    ctx: Context = context.obj
    revoke_account(ctx.store(), ctx.actor(), name, ctx.clock())
    ctx.step("account.revoked", name=name)


@account_cli.command()
def password(
    context: typer.Context, name: str, stdin: Stdin = False, lasting: Lasting = False
) -> None:
    """改密码，已登录的立即退出。Give a new password; whoever is signed in is out at once."""
    ctx: Context = context.obj
    chosen = read_password(ctx, stdin)
    new_password(ctx.store(), ctx.actor(), name, chosen, ctx.clock(), temporary=not lasting)
    ctx.step("account.changed", name=name)


@account_cli.command("reset-second")
def reset_second(context: typer.Context, name: str) -> None:
    """重置账号的两步验证（手机和备用码都丢了）。Reset a second factor: phone and codes are lost."""
    ctx: Context = context.obj
    reset_second_factor(ctx.store(), ctx.actor(), name, ctx.clock())
    ctx.step("account.second_reset", name=name)


@account_cli.command("waits")
def show_waits(context: typer.Context) -> None:
    """列出输错密码后须等待的名字和地址。List the names that wait after failures, and where."""
    ctx: Context = context.obj
    for wait in waits(ctx.store(), ctx.settings().access, ctx.actor(), ctx.clock()):
        facts = {"name": wait.name or "?", "address": wait.address or "*", "count": wait.count}
        what = Message("account.wait_code" if wait.at_code else "account.wait_password")
        ctx.out.print(ctx.t("account.wait", **facts, what=what, until=wait.until), soft_wrap=True)


@account_cli.command()
def lift(context: typer.Context, name: str) -> None:
    """让一个名字立即可以再试登录。Let a name be tried again at once."""
    ctx: Context = context.obj
    count = lift_waits(ctx.store(), ctx.actor(), name, ctx.clock())
    ctx.step("account.lifted", name=name, count=count)


@account_cli.command()
def oidc(
    context: typer.Context,
    metadata: Annotated[
        str, typer.Argument(help="提供方的 .well-known/openid-configuration 地址 / its address")
    ],
    client: Annotated[str, typer.Argument(help="客户端编号 / client id")],
    board: Annotated[
        str, typer.Option(help="浏览器打开看板的地址 / where browsers reach the board")
    ],
    stdin: Stdin = False,
) -> None:
    """接入单位统一登录（OpenID Connect）。Set up the bureau's own sign-in."""
    ctx: Context = context.obj
    secret = _secret(ctx, "oidc.ask_secret", stdin)
    try:
        redirect = set_up(place(), metadata, client, secret, board)
    except FileExistsError:
        raise CommandError("oidc.exists", path=str(place())) from None
    except BadSettings as error:
        raise CommandError("oidc.file", path=str(place()), detail=str(error)) from None
    ctx.step("oidc.written", path=str(place()), redirect=redirect)


def _secret(ctx: Context, key: str, stdin: bool) -> str:
    return (
        sys.stdin.readline(1000).strip() if stdin else prompt_for(ctx, key, "--stdin", hidden=True)
    )


def read_password(ctx: Context, stdin: bool) -> str:
    """A password: typed twice without being shown, or one line of the standard input."""
    if stdin:
        return sys.stdin.readline(1000).rstrip("\r\n")
    return prompt_for(ctx, "account.ask", "--stdin", hidden=True, repeat_key="account.ask_again")


def ask_first(ctx: Context, name: str, stdin: bool) -> tuple[str, str]:
    """Name and password of the first administrator."""
    name = name or prompt_for(ctx, "account.ask_name", "--admin" if stdin else "--admin, --stdin")
    return name, read_password(ctx, stdin)


def add_first(ctx: Context, store: Store, name: str, password: str) -> None:
    """Make the first administrator's account."""
    made = add_account(store, ctx.actor(), name, Role.ADMIN, password, ctx.clock())
    ctx.step("account.added", name=made.shown, role=Message(f"account_role.{made.role}"))
