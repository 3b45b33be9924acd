"""What every page of the board stands on: the store, the language, one shared look at the
situation, and a net that catches what goes wrong, so that a page never shows a traceback.
"""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import ParamSpec
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.core import identity
from dashboard.model.situation import Situation, look
from dashboard.render import markup
from data.model.city import City
from data.model.plan import PlanVersion
from data.store.batching import DoorStore
from data.store.store import DatabaseError, Store
from ops.auth.permissions import Action, Actor, may
from ops.base.errors import BadSettings, NotAllowed
from ops.base.messages import LANGUAGES, Translator
from ops.base.paths import home
from ops.documents.sources import read_city
from ops.settings import Settings, load

REFRESH_S = 10  # what stands in words; fifty boards may be open on a small machine
DRAW_S = 20  # maps and charts
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

    ``actor`` is ``None`` where he has to sign in; then no page is run.
    """

    url: str
    t: Translator
    clock: Clock
    actor: Actor | None = None

    @property
    def store(self) -> Store:
        return _store(self.url)

    @property
    def city(self) -> City | None:
        return read_city(self.store)

    @property
    def situation(self) -> Situation | None:
        """The situation, at most two seconds old and shared by all who look."""
        return _situation(self.url, self.clock)

    @property
    def settings(self) -> Settings:
        """The bureau's settings; the built-in ones where its file can't be read: the loop says so,
        and does not start.
        """
        return _settings(str(home()))

    @property
    def theme(self) -> str:
        """``light`` or ``dark``, as the reader's browser shows the board."""
        return st.context.theme.type or "light"

    def may(self, action: Action, station_id: str | None = None) -> bool:
        """Whether a button is shown; the check is where the action is carried out."""
        return may(self.actor, action, station_id)

    @property
    def is_current(self) -> bool:
        """Whether the one who looks is still who he was when the page was made."""
        return identity.find(self.url, self.store, self.settings.access, self.clock) == self.actor

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


@st.cache_resource(show_spinner=False, ttl=2)
def _situation(url: str, _clock: Clock) -> Situation | None:
    city = read_city(_store(url))
    if city is None:
        return None
    minutes = _settings(str(home())).loop.overdue_minutes
    patience = timedelta(minutes=minutes) if minutes else NEVER
    return look(_store(url), city, _clock(), patience)


@st.cache_resource(show_spinner=False, ttl=10)
def _settings(folder: str) -> Settings:
    try:
        return load(Path(folder) / "settings.toml")
    except BadSettings:
        log.exception("the settings can't be used")
        return Settings()


def forget() -> None:
    """Look afresh: something was just changed from this page."""
    _situation.clear()


def open_board(clock: Clock) -> Board:
    """The board as the reader's address asks for it (``?lang=en``)."""
    url = os.environ.get("XUNBAN_DB", "")
    language = st.query_params.get("lang") or st.session_state.get("lang") or LANGUAGES[0]
    language = language if language in LANGUAGES else LANGUAGES[0]
    st.session_state["lang"] = language
    t = Translator(language)
    if not url:
        return Board(url, t, clock)
    try:
        actor, city = (
            identity.find(url, _store(url), _settings(str(home())).access, clock),
            read_city(_store(url)),
        )
    except DatabaseError:
        return Board(url, t, clock)  # the page says so in its own net
    return Board(
        url, Translator(language, ZoneInfo(city.district.time_zone)) if city else t, clock, actor
    )


def safe(show: Callable[P, None]) -> Callable[P, None]:
    """A page or a part of one that says plainly what went wrong and leaves the rest to the log.

    Whoever was signed out meanwhile sees nothing more of it: the whole page is made anew.
    """

    @wraps(show)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            board = next((arg for arg in args if isinstance(arg, Board)), None)
            if board is not None and board.actor is not None and not board.is_current:
                st.rerun(scope="app")
            show(*args, **kwargs)
        except DatabaseError:
            log.exception("the database did not answer")
            say_wrong("board.wrong_database", "board.wrong_database_do")
        except NotAllowed as refused:
            t = Translator(st.session_state.get("lang", LANGUAGES[0]))
            st.html(markup.notice("care", t(refused.code, **refused.facts)))
        except Exception:  # the last net: whatever it is, the desk must be told in words
            log.exception("a part of the board failed")
            say_wrong("board.wrong", "board.wrong_do")

    return shown


def say_wrong(title: str, advice: str) -> None:
    """Show in plain words that something went wrong."""
    t = Translator(st.session_state.get("lang", LANGUAGES[0]))
    st.html(markup.notice("stop", t(title), [t(advice)]))
