"""What a page has not been sent yet when a part of it is made anew: a mend of Streamlit (seen in
1.67).

When a part that refreshes by itself begins its next run, what its last run left unsent is thrown
away. A dialog that it opened meanwhile is half its own (the box) and half the dialog's (what is in
the box), and only the box was thrown away: on a slow line the click was lost, the browser was told
to draw into a box that is not there ("Cannot set a node at a delta path"), and the page was dead
until it was loaded again.
"""

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear


def mend() -> None:
    """Let every queue keep the boxes of what it keeps."""
    ForwardMsgQueue.clear = _clear_but_boxes_in_use


def _clear_but_boxes_in_use(
    queue: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> None:
    """Throw away what Streamlit throws away, but for each box that something is still to be drawn
    into.
    """
    before = queue._queue
    _clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
    kept = {id(message) for message in queue._queue}
    paths = (tuple(message.metadata.delta_path) for message in queue._queue)
    in_use = {path[:length] for path in paths for length in range(1, len(path))}
    queue._queue = [
        message
        for message in before
        if id(message) in kept
        or (_is_box(message) and tuple(message.metadata.delta_path) in in_use)
    ]


def _is_box(message: ForwardMsg) -> bool:
    return message.HasField("delta") and message.delta.WhichOneof("type") == "add_block"
