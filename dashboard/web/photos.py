"""Photos from the field for the board's pages: the files as the photo process drew them. The board
neither decodes one nor holds it.
"""

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.views.photos import ADDRESS
from dashboard.web import visitor
from dashboard.web.exchange import FAILURES, SECURE, status_of
from dashboard.web.site_of_request import home
from ops.auth.permissions import Action, require
from ops.base.errors import NotFound, NotSignedIn
from ops.field.photos import photo_file

HEADERS = SECURE | {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "private, max-age=86400, immutable",  # another picture has another name
}


def show(request: Request) -> Response:
    """One picture of the district of whoever is signed in there. Its name is told by the pages
    alone, and nobody can make one up.
    """
    try:
        actor = visitor.actor_of(request)
        if actor is None:
            raise NotSignedIn("signin.nobody")
        require(actor, Action.SEE_STATION, actor.station_id)
        path = photo_file(request.path_params["name"], home() / "photos", visitor.shared_store())
        if path is None:
            raise NotFound("point.no_picture")
    except FAILURES as failure:
        return PlainTextResponse("", status_of(failure), headers=SECURE)
    return FileResponse(path, media_type="image/jpeg", headers=HEADERS)


ROUTES = [Route(ADDRESS + "{name}", show)]
