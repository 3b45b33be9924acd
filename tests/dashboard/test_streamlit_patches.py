"""What is not sent yet when a part of the page is made anew stays whole."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from dashboard.core import streamlit_patches

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
