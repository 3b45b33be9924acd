"""The board's pages: one list, which gives the head's links, the addresses and who may look."""

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.core.board import Board
from dashboard.views import admin, cars, drills, help, patrol, roster, setup, works
from dashboard.views.cases import page as cases
from dashboard.views.cleaning import page as cleaning
from dashboard.views.desk import page as desk
from dashboard.views.duty import page as duty
from dashboard.views.headquarters import page as headquarters
from dashboard.views.manager import page as manager
from dashboard.views.station import page as station
from data.model.city import PATROL, SANITATION
from data.model.street.cleaning import CLEANING
from data.model.street.service_cars import CARS
from data.model.street.street_case import GRID
from ops.auth.permissions import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: ``path`` in its address, ``title`` a key of the catalogue, ``action`` what whoever
    opens it must be allowed to do, at his own station at least; ``service`` whose page it is.
    """

    path: str
    title: str
    show: Callable[[Board], None]
    action: Action
    service: str = SANITATION


PAGES = (
    Page(path="desk", title="board.page_desk", show=desk.show, action=Action.SEE_DESK),
    Page(path="station", title="board.page_station", show=station.show, action=Action.SEE_STATION),
    Page(path="roster", title="roster.page", show=roster.show, action=Action.SEE_STATION),
    Page(
        path="cases",
        title="street_service.grid",
        show=cases.show,
        action=Action.SEE_STATION,
        service=GRID,
    ),
    Page(
        path="patrol",
        title="street_service.patrol",
        show=patrol.show,
        action=Action.SEE_STATION,
        service=PATROL,
    ),
    Page(
        path="cleaning",
        title="street_service.cleaning",
        show=cleaning.show,
        action=Action.SEE_STATION,
        service=CLEANING,
    ),
    Page(
        path="cars",
        title="street_service.cars",
        show=cars.show,
        action=Action.SEE_STATION,
        service=CARS,
    ),
    Page(path="duty", title="duty_log.page", show=duty.show, action=Action.SEE_DESK),
    Page(path="manager", title="manager.page", show=manager.show, action=Action.SEE_MANAGER),
    Page(
        path="works",
        title="works.page",
        show=works.show,
        action=Action.SEE_MANAGER,
        service="renovation",
    ),
    Page(path="drills", title="drill.page", show=drills.show, action=Action.SEE_MANAGER),
    Page(path="setup", title="board.page_setup", show=setup.show, action=Action.SEE_SETUP),
    Page(path="admin", title="admin.page", show=admin.show, action=Action.MANAGE_ACCOUNTS),
    Page(path="help", title="help.page", show=help.show, action=Action.SEE_HELP),
)
"""The first is the one without a path; whoever may not see it is led to the first that he may."""
ABOVE = (
    Page(
        path="districts",
        title="above.page",
        show=headquarters.show,
        action=Action.SEE_DISTRICTS,
    ),
    *(page for page in PAGES if page.path in ("admin", "help")),
)
"""Those of the desk above several districts."""


def pages(board: Board) -> tuple[Page, ...]:
    """Those of the services that are switched on; at the desk above several districts its own."""
    if board.site.is_headquarters:
        return ABOVE
    running = board.settings.services.running
    return tuple(page for page in PAGES if page.service in running)
