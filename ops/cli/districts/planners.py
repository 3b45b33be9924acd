"""What ``xunban up`` and ``xunban serve`` run where an installation holds several districts."""

import os
import time

from data.store.store import Store
from ops.auth.local_door import local_address
from ops.base.sites import HEADQUARTERS, Site, site_at
from ops.cli.context import Context
from ops.headquarters.register import Register
from ops.intake.operations import resume_clock
from ops.replanning.solver_process import Solving
from ops.runtime.engine import engine_of, solving_by
from ops.runtime.fleet import MOST_AT_ENGINE, Fleet, Share, Solvers, planners
from ops.runtime.planning_loop import Loop
from ops.settings import Settings, load


def holds_several(ctx: Context) -> bool:
    """Whether this installation has a list of districts, and the command acts in no single one."""
    return ctx.db_url == ctx.root.url and bool(Register(ctx.root).members())


def fleet_of(ctx: Context, settings: Settings, share: Share | None = None) -> Fleet:
    """The loops of the districts of the installation; each follows its own settings.

    Parameters
    ----------
    settings
        Those of the installation's own folder.
    share
        Which of them; by default all. Of several shares the first looks after the desk above.
    """
    mine = share or Share()
    register = Register(ctx.root)
    if register.store is not None:
        register.store.migrate()
        register.take_in_own(ctx.clock())

    def opened(site: Site, solving: Solving) -> Loop:
        store = Store(site.url)
        try:
            store.migrate()
            if (current := store.operations.current()) is not None:
                resume_clock(store, current, ctx.clock())
        except Exception:  # it is tried again and again
            store.close()
            raise

        def reread() -> Settings:
            return load(site.home).settings

        return Loop(
            store,
            load(site.home).settings,
            ctx.clock,
            solving=solving_by(os.environ, settings.loop.patience, solving),
            monotonic=time.monotonic,
            reread=reread,
            home=site.home,
        )

    fleet = Fleet(
        lambda: [site for site in register.sites() if mine.holds(site)],
        opened,
        ctx.clock,
        Solvers(planners(), settings.loop.patience),
        lambda: register.store,
        MOST_AT_ENGINE if engine_of(os.environ) else None,
        site_at(ctx.root, HEADQUARTERS).home if mine.number == 1 else None,
    )
    fleet.follow()
    return fleet


def tell_addresses(ctx: Context, url: str) -> None:
    """Where the board is; for every district that is in a drill by an address that opens it,
    once.
    """
    ctx.step("cli.open", url=url)
    register = Register(ctx.root)
    names = {one.id: one.name for one in register.members()}
    for site in register.sites():
        store = Store(site.url)
        operation = store.operations.current()
        if operation is not None and operation.is_drill:
            address = local_address(url, site.home, ctx.clock())
            ctx.step("districts.open", name=names.get(site.id, site.id), url=address)
        store.close()
    register.close()
