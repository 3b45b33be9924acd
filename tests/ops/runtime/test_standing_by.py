"""Who starts the program a second time is told that another one plans; once, whatever fails."""

import threading
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import OperationalError

from ops.base.messages import LANGUAGES, Translator
from ops.cli.context import Context
from ops.runtime import supervisor
from ops.runtime.programs import Program
from tests.helpers.makers import NOW

FIRST, SECOND = Program("office", 11), Program("office", 12)


class Loop:
    """A loop that finds these, one at each look, and then is to end."""

    def __init__(self, found: list[object], stopped: threading.Event):
        self._found, self._stopped = iter(found), stopped

    def clock(self):
        return NOW

    def beats(self) -> bool:
        return True

    def beat(self) -> None:
        pass

    def behind(self) -> Program | None:
        found = next(self._found, None)
        if found is None:
            self._stopped.set()
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, Program) else None


@pytest.fixture
def told(monkeypatch) -> list[Program]:
    monkeypatch.setattr(supervisor, "LOOP_S", 0.001)
    monkeypatch.setattr(supervisor, "LOOK_S", 0.0)
    nothing = SimpleNamespace(start=lambda: None, stop=lambda: None, done=False, is_over=False)
    for name in ("ticking", "end_ticking", "begin_warming"):
        monkeypatch.setattr(supervisor, name, lambda *_: nothing)
    monkeypatch.setattr(supervisor, "_end", lambda *_: None)
    return []


def test_which_program_plans_is_told_once_and_again_where_it_is_another(told):
    stopped, fails = threading.Event(), OperationalError("SELECT", {}, Exception("gone"))
    found = [False, FIRST, FIRST, fails, FIRST, False, SECOND, SECOND]
    board = SimpleNamespace(look=lambda: "opening", url="", log=None)
    supervisor.run(
        Loop(found, stopped), board, stopped, on_open=lambda _: None, on_behind=told.append
    )
    assert told == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("compiled_here", "done"), [(True, ["ready", "improve"]), (False, ["ready"])]
)
def test_the_search_is_loaded_before_the_first_plan_whoever_compiled_it(
    told, monkeypatch, compiled_here, done
):
    stopped, seen = threading.Event(), []
    loop = Loop([False, False, False], stopped)
    loop.get_ready, loop.improve = lambda: seen.append("ready"), lambda: seen.append("improve")
    warming = SimpleNamespace(stop=lambda: None, done=compiled_here, is_over=True)
    monkeypatch.setattr(supervisor, "begin_warming", lambda: warming)
    board = SimpleNamespace(look=lambda: "opening", url="", log=None)
    supervisor.run(loop, board, stopped, on_open=lambda _: None)
    assert seen == done


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_in_words_with_machine_and_process(language):
    t, said = Translator(language), []
    told_by = SimpleNamespace(step=lambda key, **facts: said.append(t(key, **facts)))
    Context.tell_behind(told_by, FIRST)
    (words,) = said
    assert "office" in words
    assert "11" in words
    assert "Ctrl-C" in words
