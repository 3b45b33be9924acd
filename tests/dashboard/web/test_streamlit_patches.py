"""What is not sent yet when a part of the page is made anew stays whole."""

import ast

import pytest
import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

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


@pytest.fixture
def queue(monkeypatch) -> ForwardMsgQueue:
    """A dialog just opened by a part of the page, and nothing of it sent yet."""
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
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


def test_the_installed_streamlit_is_one_that_the_patch_was_tried_with(monkeypatch):
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
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
