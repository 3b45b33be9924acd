"""Every address that is served beside the board's own pages."""

from dashboard.web import (
    metrics,
    own_account,
    phone_links,
    photos,
    resident_links,
    sign_in,
    splash,
)

ROUTES = (
    *splash.ROUTES,
    *sign_in.ROUTES,
    *own_account.ROUTES,
    *phone_links.ROUTES,
    *resident_links.ROUTES,
    *metrics.ROUTES,
    *photos.ROUTES,
)
