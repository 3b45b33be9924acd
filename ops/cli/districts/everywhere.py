"""``--district all``: a command in each district, one after the other."""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from ops.base.errors import CommandError
from ops.base.sites import ALL, HEADQUARTERS, Site
from ops.cli.context import Context
from ops.headquarters.register import Register

log = logging.getLogger(__name__)
TYPED_WRONGLY: tuple[type[BaseException], ...] = (typer.Abort, *typer.BadParameter.__bases__)
OF_THE_INSTALLATION = ("up", "serve", "district", "bench", "reference")
ALSO_ABOVE = ("backup", "restore", "doctor")
"""What the desk above, which has no district's tables, is looked after by, too."""
WITH_A_FILE = ("archive", "backup", "export", "import", "restore")
MARK = "{district}"
"""In the command's words: the district's id, so that each has a file of its own."""


def everywhere(context: typer.Context, words: Sequence[str]) -> int:
    """Run a command in every district that counts; whoever fails keeps no other from it.

    Parameters
    ----------
    words
        As they were typed, with ``--district all``.

    Returns
    -------
    int
        The exit code: 1 where it failed in one of them.

    Raises
    ------
    CommandError
        The command is one of the whole installation, or all would write the same file.
    """
    ctx: Context = context.obj
    name = str(context.invoked_subcommand)
    if name in OF_THE_INSTALLATION:
        raise CommandError("districts.not_all", name=name)
    if name in WITH_A_FILE and not any(MARK in word for word in words):
        raise CommandError("districts.same_file", mark=MARK)
    failed = []
    for site in _sites(ctx, name):
        ctx.out.print(f"—— {site.id} ——")
        if _run(context, ctx, site, words):
            failed.append(site.id)
    if failed:
        ctx.step("districts.failed", names=tuple(failed))
    return 1 if failed else 0


def _sites(ctx: Context, name: str) -> list[Site]:
    register = Register(ctx.root)
    try:
        above = [register.site(HEADQUARTERS)] if register.store and name in ALSO_ABOVE else []
        return [*register.sites(), *above]
    finally:
        register.close()


def _run(context: typer.Context, ctx: Context, site: Site, words: Sequence[str]) -> bool:
    """Whether it failed."""
    try:
        with _home_kept():
            told = context.command.main(
                list(_named(words, site.id)), prog_name="xunban", standalone_mode=False
            )
    except TYPED_WRONGLY:  # and so it would be everywhere
        raise
    except Exception as error:
        log.exception("the command failed in district %s", site.id)
        ctx.step("cli.system", detail=f"{type(error).__name__}: {error}")
        return True
    return bool(told)


@contextmanager
def _home_kept() -> Iterator[None]:
    """A command in a district acts in that one's folder; the next one in its own."""
    kept = os.environ.get("XUNBAN_HOME")
    try:
        yield
    finally:
        os.environ.pop("XUNBAN_HOME", None)
        if kept is not None:
            os.environ["XUNBAN_HOME"] = kept


def _named(words: Sequence[str], site_id: str) -> Iterator[str]:
    """The words for one district."""
    is_named = False
    for at, word in enumerate(words):
        if not is_named and word == f"--district={ALL}":
            is_named = True
            yield f"--district={site_id}"
        elif not is_named and word == ALL and at and words[at - 1] == "--district":
            is_named = True
            yield site_id
        else:
            yield word.replace(MARK, site_id)
