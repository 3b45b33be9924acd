"""What every page of the board stands on: the store, the language, one shared look at the
situation, and a net that catches what goes wrong, so that a page never shows a traceback.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import streamlit as st

from dashboard.core import identity
from dashboard.model.situation import Situation, look
from dashboard.render import markup
from data.model.city import SANITATION, City
from data.model.plan import PlanVersion
from data.store.batching import DoorStore
from data.store.store import DatabaseError, Store
from ops.auth.permissions import Action, Actor, may
from ops.base.errors import NotAllowed, NotSignedIn
from ops.base.messages import LANGUAGES, Translator
from ops.base.sites import Site
from ops.documents.sources import read_city
from ops.field.water.inlet_record import recorded_city
from ops.risk.fitted_multipliers import Fit, fitted
from ops.risk.inlet_state import InletState, inlet_states
from ops.risk.reasons import InletReasons
from ops.settings import Settings
from ops.settings import load as load_settings

REFRESH_S = 10  # what stands in words; fifty boards may be open on a small machine
NEVER = timedelta(
    days=365
)  # work is never late by its start where the settings ask for no such thing
log = logging.getLogger("xunban.board")
P = ParamSpec("P")
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Board:
    """One page's run: where it reads, in which language it speaks, the real clock it looks at, and
    who looks.

    ``viewer`` is ``None`` where he has to sign in; then no page is run. ``site`` is the district
    that all of it is of.
    """

    site: Site
    t: Translator
    clock: Clock
    viewer: Actor | None = None

    @property
    def actor(self) -> Actor:
        """Who acts on this page.

        Raises
        ------
        NotAllowed
            Nobody is signed in.
        """
        if self.viewer is None:
            raise NotSignedIn("signin.nobody")
        return self.viewer

    @property
    def url(self) -> str:
        return self.site.url

    @property
    def home(self) -> Path:
        """The folder of the district."""
        return self.site.home

    @property
    def store(self) -> Store:
        return _store(self.url)

    @property
    def city(self) -> City | None:
        return read_city(self.store)

    @property
    def situation(self) -> Situation | None:
        """The situation, at most two seconds old and shared by all who look."""
        return shared_situation(self.url, self.clock, self.home)

    @property
    def own_situation(self) -> Situation | None:
        """What of it is sanitation's, made once for all who look at the desk."""
        found = _situations(self.url, self.clock, self.home)
        return found[1] if found else None

    @property
    def inlets(self) -> Mapping[str, InletState]:
        """Every inlet's state by its id, at most a minute old and shared by all who look."""
        return _inlets(self.url, self.clock, self.home)

    @property
    def inlet_reasons(self) -> tuple[InletReasons, Fit] | None:
        """What tells why an inlet is likely blocked, and where its multipliers come from; as old as
        the states.
        """
        return _reasons(self.url, self.clock, self.home)

    @property
    def settings(self) -> Settings:
        """The bureau's settings; the last good ones while its file can't be used."""
        return load_settings(self.home).settings

    @property
    def settings_fault(self) -> str | None:
        """Why the settings file can't be used as it stands."""
        return load_settings(self.home).fault

    @property
    def theme(self) -> str:
        """``light`` or ``dark``, as the reader's browser shows the board."""
        return st.context.theme.type or "light"

    def may(self, action: Action, station_id: str | None = None) -> bool:
        """Whether a button is shown; the check is where the action is carried out."""
        return self.viewer is not None and may(self.viewer, action, station_id)

    @property
    def is_current(self) -> bool:
        """Whether the one who looks is still who he was when the page was made."""
        return identity.find(self.url, self.store, self.settings.access, self.clock) == self.viewer

    def version(self, operation_id: int, number: int) -> PlanVersion:
        """A version of the plan.

        Raises
        ------
        LookupError
            There is none of that number.
        """
        version = self.store.plans.version(operation_id, number)
        if version is None:
            raise LookupError(f"no version {number} of operation {operation_id}")
        return version


@st.cache_resource(show_spinner=False)
def _store(url: str) -> Store:
    return DoorStore(url)


def shared_situation(url: str, clock: Clock, home: Path) -> Situation | None:
    """The situation, at most two seconds old and shared by all who look."""
    found = _situations(url, clock, home)
    return found[0] if found else None


@st.cache_resource(show_spinner=False, ttl=2)
def _situations(url: str, _clock: Clock, home: Path) -> tuple[Situation, Situation] | None:
    """The whole one and what of it is sanitation's: of one instant."""
    city = read_city(_store(url))
    if city is None:
        return None
    settings = load_settings(home).settings
    minutes = settings.loop.overdue_minutes
    patience = timedelta(minutes=minutes) if minutes else NEVER
    found = look(_store(url), city, _clock(), patience, settings)
    return (found, found.of(SANITATION)) if found else None


@st.cache_resource(ttl=60, show_spinner=False)
def _inlets(url: str, _clock: Clock, home: Path) -> Mapping[str, InletState]:
    store = _store(url)
    operation = store.operations.current()
    if operation is None:
        return {}
    city, settings = recorded_city(store, operation), load_settings(home).settings.risk
    now = operation.now(_clock())
    return inlet_states(city, now, settings, fitted(city, now, settings).multipliers)


@st.cache_resource(ttl=60, show_spinner=False)
def _reasons(url: str, _clock: Clock, home: Path) -> tuple[InletReasons, Fit] | None:
    store = _store(url)
    operation = store.operations.current()
    if operation is None:
        return None
    city, settings = recorded_city(store, operation), load_settings(home).settings.risk
    now = operation.now(_clock())
    fit = fitted(city, now, settings)
    reasons = InletReasons(city=city, now=now, settings=settings, multipliers=fit.multipliers)
    return reasons, fit


def forget() -> None:
    """Look afresh: something was just changed from this page."""
    _situations.clear()
    _inlets.clear()
    _reasons.clear()


def open_board(clock: Clock) -> Board:
    """The board as the reader's address asks for it (``?lang=en``)."""
    site = identity.site_of_visitor()
    url = site.url
    asked = load_settings(site.home).settings.notify.language
    language = st.query_params.get("lang") or st.session_state.get("lang") or asked
    language = language if language in LANGUAGES else LANGUAGES[0]
    st.session_state["lang"] = language
    t = Translator(language)
    if not url:
        return Board(site, t, clock)
    try:
        actor, city = (
            identity.find(url, _store(url), load_settings(site.home).settings.access, clock),
            read_city(_store(url)),
        )
    except DatabaseError:
        return Board(site, t, clock)  # the page says so in its own net
    return Board(site, Translator.of_city(language, city), clock, actor)


def safe(show: Callable[P, None]) -> Callable[P, None]:
    """A page or a part of one that says plainly what went wrong and leaves the rest to the log.

    Whoever was signed out meanwhile sees nothing more of it: the whole page is made anew.
    """

    @wraps(show)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            board = next((arg for arg in args if isinstance(arg, Board)), None)
            if board is not None and board.viewer is not None and not board.is_current:
                st.rerun(scope="app")
            show(*args, **kwargs)
        except DatabaseError:
            log.exception("the database did not answer")
            show_failure("board.wrong_database", "board.wrong_database_do")
        except NotAllowed as refused:
            t = Translator(st.session_state.get("lang", LANGUAGES[0]))
            st.html(markup.notice("care", t(refused.code, **refused.facts)))
        except Exception:  # the last net: whatever it is, the desk must be told in words
            log.exception("a part of the board failed")
            show_failure("board.wrong", "board.wrong_do")

    return shown


def named(names: Mapping[str, str]) -> Callable[[str], str]:
    """What a box of choices calls each of its keys."""
    return lambda key: names.get(key, key)


def show_failure(title: str, advice: str) -> None:
    """Show in plain words that something went wrong."""
    t = Translator(st.session_state.get("lang", LANGUAGES[0]))
    st.html(markup.notice("stop", t(title), [t(advice)]))
