"""What is not sent yet when a part of the page is made anew stays whole; what has ended says so."""

import ast
import asyncio
import threading

import pytest
import streamlit as st
from blinker import Signal
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.fragment import MemoryFragmentStorage, _FragmentLifetime
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner import ScriptRunnerEvent

from dashboard.core import streamlit_patches
from tests.helpers.paths import ROOT

BAR, DIALOG = "the bar of buttons", "what is in its dialog"


def drawn(path: list[int], fragment: str, box: bool = True) -> ForwardMsg:
    """A message that draws something at a place of the page."""
    message = ForwardMsg()
    message.metadata.delta_path.extend(path)
    message.delta.fragment_id = fragment
    if box:
        message.delta.add_block.vertical.SetInParent()
    else:
        message.delta.new_element.text.body = "x"
    return message


@pytest.fixture(autouse=True)
def _as_upstream_has_it(monkeypatch):
    """A board that was begun in this process has patched it for good."""
    for owner, name, original in streamlit_patches.UPSTREAM:
        monkeypatch.setattr(owner, name, original)


@pytest.fixture
def queue() -> ForwardMsgQueue:
    """A dialog just opened by a part of the page, and nothing of it sent yet."""
    queue = ForwardMsgQueue()
    for message in (
        drawn([0, 5], BAR),
        drawn([0, 5, 0], BAR, box=False),
        drawn([2, 1], BAR),
        drawn([2, 1, 0], DIALOG),
        drawn([2, 1, 0, 0], DIALOG),
        drawn([2, 1, 0, 0, 0], DIALOG, box=False),
    ):
        queue.enqueue(message)
    return queue


def places(queue: ForwardMsgQueue) -> list[list[int]]:
    return [list(message.metadata.delta_path) for message in queue.flush()]


def test_by_itself_streamlit_throws_away_the_box_and_keeps_what_is_in_it(queue):
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[BAR])
    assert places(queue) == [[2, 1, 0], [2, 1, 0, 0], [2, 1, 0, 0, 0]], "mended there: ours can go"
    assert streamlit_patches.fault_is_there()


def test_the_installed_streamlit_is_one_that_the_patch_was_tried_with():
    assert streamlit_patches.mend()


def test_a_streamlit_that_nobody_tried_is_left_as_it_is(monkeypatch):
    upstream = ForwardMsgQueue.clear
    monkeypatch.setattr(st, "__version__", "2.0.1")
    assert not streamlit_patches.mend()
    assert ForwardMsgQueue.clear is upstream


def test_a_streamlit_without_the_fault_is_left_as_it_is(monkeypatch):
    upstream = ForwardMsgQueue.clear
    monkeypatch.setattr(streamlit_patches, "_upstream_clear", lambda queue, **_: None)
    assert not streamlit_patches.mend()
    assert ForwardMsgQueue.clear is upstream


def test_no_other_module_reaches_into_streamlit():
    """Its own rooms are imported here alone; elsewhere only the door ``streamlit`` and its command
    line, or a class for the type checker.
    """
    inside = set()
    for path in (ROOT / "dashboard").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        unseen = {
            id(node)
            for branch in ast.walk(tree)
            if isinstance(branch, ast.If) and ast.unparse(branch.test) == "TYPE_CHECKING"
            for node in ast.walk(branch)
        }
        for node in ast.walk(tree):
            name = node.module if isinstance(node, ast.ImportFrom) else ""
            if id(node) not in unseen and (name or "").startswith("streamlit."):
                inside.add((path.name, name))
            if isinstance(node, ast.Attribute) and ast.unparse(node).startswith("st._"):
                inside.add((path.name, ast.unparse(node)))
    assert {name for name, _ in inside - {("serve.py", "streamlit.web")}} == {
        "streamlit_patches.py"
    }


def test_a_dialog_opened_just_before_the_next_refresh_is_kept_whole_and_the_rest_is_made_anew(
    queue,
):
    streamlit_patches.mend()
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[BAR])
    assert places(queue) == [[2, 1], [2, 1, 0], [2, 1, 0, 0], [2, 1, 0, 0, 0]]


@pytest.mark.parametrize("anew", [{"fragment_ids_this_run": [BAR, DIALOG]}, {}])
def test_nothing_is_kept_where_all_of_it_is_made_anew(queue, anew):
    streamlit_patches.mend()
    queue.clear(retain_lifecycle_msgs=True, **anew)
    assert places(queue) == []


def test_a_queue_that_was_sent_is_empty(queue):
    streamlit_patches.mend()
    assert len(queue.flush()) == 6
    assert queue.is_empty()


PART = "a part that refreshes by itself"


class Runner:
    """A runner of scripts that runs none: what it was given, and whether it still takes more."""

    def __init__(self, *, initial_rerun_data, **_):
        self.given, self.ended, self.on_event = [initial_rerun_data], False, Signal()

    def start(self) -> None:
        """Nothing is run."""

    def request_stop(self) -> None:
        self.ended = True

    def request_rerun(self, data) -> bool:
        self.given.extend([] if self.ended else [data])
        return not self.ended


def last_words(monkeypatch, words: int, meanwhile: ClientState | None = None):
    """What the browser is sent when a run of the whole page ends with so many words, and in the
    same moment a part, and then maybe something else, asks to be drawn; and the runners begun.
    """
    begun: list[Runner] = []
    monkeypatch.setattr(
        app_session, "ScriptRunner", lambda **how: begun.append(Runner(**how)) or begun[-1]
    )
    monkeypatch.setattr(AppSession, "shutdown", lambda self: None)

    async def story() -> list[ForwardMsg]:
        session = AppSession(ScriptData("page.py"), None, None, None, {})
        session._fragment_storage.register(PART, lambda: None)
        session.request_rerun(ClientState())
        run = app_session.RunDescriptor.create()
        session._on_scriptrunner_event(
            begun[0], ScriptRunnerEvent.SCRIPT_STARTED, page_script_hash="", run_descriptor=run
        )
        for number in range(words):
            session._on_scriptrunner_event(
                begun[0],
                ScriptRunnerEvent.ENQUEUE_FORWARD_MSG,
                forward_msg=drawn([0, number], "", box=False),
            )
        session._on_scriptrunner_event(
            begun[0], ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS, run_descriptor=run
        )
        begun[0].ended = True
        session.request_rerun(ClientState(fragment_id=PART))
        if meanwhile:
            session.request_rerun(meanwhile)
        for _ in range(3):
            await asyncio.sleep(0)
        session.disconnect_file_watchers()
        session._script_event_loop.close()  # as its shutdown would, which wants a whole server
        return session._browser_queue.flush()

    return asyncio.run(story()), begun


def told(messages: list[ForwardMsg]) -> list[str]:
    kinds = (message.WhichOneof("type") for message in messages)
    return [kind for kind in kinds if kind in ("delta", "script_finished")]


def test_a_session_watches_no_files_for_the_tests_that_follow(monkeypatch):
    last_words(monkeypatch, 0)
    watching = [one for one in threading.enumerate() if type(one).__module__.startswith("watchdog")]
    assert watching == []


def test_by_itself_streamlit_does_not_hear_what_a_run_said_last(monkeypatch):
    assert told(last_words(monkeypatch, 2)[0]) == [], "mended there: ours can go"


def test_a_run_that_has_ended_is_heard_to_the_end_and_then_the_part_is_drawn(monkeypatch):
    streamlit_patches.mend()
    messages, begun = last_words(monkeypatch, 2)
    assert told(messages) == ["delta", "delta", "script_finished"]
    assert [runner.given[0].fragment_id for runner in begun] == [None, PART]


def test_of_two_that_ask_in_that_moment_neither_is_forgotten(monkeypatch):
    streamlit_patches.mend()
    other = ClientState(fragment_id=PART)
    _, begun = last_words(monkeypatch, 1, other)
    assert [data.fragment_id for runner in begun for data in runner.given] == [None, PART, PART]
    assert len(begun) == 2


def test_a_wish_for_the_whole_page_in_that_moment_takes_the_part_along(monkeypatch):
    streamlit_patches.mend()
    _, begun = last_words(monkeypatch, 1, ClientState())
    assert [[data.fragment_id for data in runner.given] for runner in begun] == [
        [None],
        [None, PART],
    ]


def storage() -> MemoryFragmentStorage:
    """A part of the page with a part in it, and a dialog that it opened, with a part in it."""
    found = MemoryFragmentStorage()
    found.register("part", lambda: None)
    found.register("in the part", lambda: None, parent_fragment_id="part")
    lives_on = _FragmentLifetime.FULL_APP_SCOPED
    found.register("dialog", lambda: None, parent_fragment_id="part", lifetime=lives_on)
    found.register("in the dialog", lambda: None, parent_fragment_id="dialog")
    return found


def test_by_itself_streamlit_takes_a_dialog_to_be_drawn_with_what_once_opened_it():
    assert storage().has_ancestor_in("dialog", {"part"}), "mended there: ours can go"


@pytest.mark.parametrize(
    ("asked", "drawn_already", "is_drawn"),
    [
        ("dialog", {"part"}, False),
        ("in the dialog", {"part"}, False),
        ("in the dialog", {"part", "dialog"}, True),
        ("in the part", {"part"}, True),
        ("in the part", {"dialog"}, False),
        ("part", {"dialog"}, False),
    ],
)
def test_a_press_in_a_dialog_counts_while_what_opened_it_is_drawn_anew(
    asked, drawn_already, is_drawn
):
    streamlit_patches.mend()
    assert storage().has_ancestor_in(asked, drawn_already) is is_drawn
