"""Where we reach into Streamlit's own parts: three faults mended, the options of the server that it
starts, and the cookie of the bureau's own sign-in.

The first fault, of its queue of messages: a part of the page that refreshes by itself (a fragment)
begins its next run by throwing away what its last run left unsent. A dialog that it opened
meanwhile is half its own (the box) and half the dialog's (what is in the box), and
``ForwardMsgQueue.clear`` throws away only the box: on a slow line the click was lost, the browser
was told to draw into a box that is not there ("Cannot set a node at a delta path"), and the page
was dead until it was loaded again.

The second, of its sessions: a part that asks to be drawn again in the moment in which a run of the
whole page has ended gets a runner of its own, and what the ended one said last is thrown away as
another's: that it has ended, and what it drew last. The browser then never takes away what that run
left out: a dialog whose button was pressed and whose deed was done stayed open.

The third, of its fragments: where a part and a dialog that it opened once are asked for in one go
(a tick and a press, on a machine that is busy), only the part is drawn, for it is taken to draw the
dialog anew, which it does not: the press was lost, and the dialog stood there as if nobody had.

``fault_is_there`` builds that very queue and looks. Where upstream has mended it, nothing is
patched and ``test_streamlit_patches`` fails, as it does for the others: then that patch can go.
Another version than those they were tried with is left as it is, which the log says: what is
private may have changed its meaning.
"""

import json
import logging
from collections.abc import Container

import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.fragment import MemoryFragmentStorage, _FragmentLifetime
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.web.server.starlette import starlette_server, starlette_websocket

TRIED_WITH = ("1.67",)
"""The versions, by their first two numbers, for which the patch was seen to mend, not to harm."""
log = logging.getLogger("xunban.board")
_upstream_clear = ForwardMsgQueue.clear
_upstream_begin = AppSession._create_scriptrunner
UPSTREAM = (
    (ForwardMsgQueue, "clear", _upstream_clear),
    (AppSession, "_create_scriptrunner", _upstream_begin),
    (MemoryFragmentStorage, "has_ancestor_in", MemoryFragmentStorage.has_ancestor_in),
)
"""What is patched, as Streamlit has it: where it is mended there one day, ours can go."""


def mend() -> bool:
    """Let every queue keep the boxes of what it keeps, every session hear a run's last words, and
    every press in a dialog count; whether it was patched.
    """
    if not fault_is_there():
        return False
    if ".".join(st.__version__.split(".")[:2]) not in TRIED_WITH:
        log.warning("Streamlit %s is not one that our patch was tried with", st.__version__)
        return False
    ForwardMsgQueue.clear = _clear_but_boxes_in_use  # type: ignore[method-assign]  # patched
    MemoryFragmentStorage.has_ancestor_in = _is_drawn_by_one_of  # type: ignore[method-assign]
    AppSession._create_scriptrunner = _begin_when_the_last_is_heard  # type: ignore[method-assign]
    return True


def serve_with(**options: object) -> None:
    """Give the server of Streamlit's these options of uvicorn's, which it has no setting for.

    Raises
    ------
    RuntimeError
        Streamlit has no such part any more: the board would be served unguarded.
    """
    upstream = getattr(starlette_server, "_get_uvicorn_config_kwargs", None)
    if upstream is None or ".".join(st.__version__.split(".")[:2]) not in TRIED_WITH:
        raise RuntimeError(f"Streamlit {st.__version__} is not one that our guards were tried with")
    starlette_server._get_uvicorn_config_kwargs = lambda: upstream() | options


def claims_of(cookies: dict[str, str]) -> dict[str, object]:
    """What the bureau's own sign-in told of a browser, from the cookie that Streamlit signs;
    nothing where there is none, or none of ours.
    """
    name = starlette_websocket.USER_COOKIE_NAME
    if not any(one.startswith(name) for one in cookies):
        return {}
    try:
        signed = starlette_websocket._get_signed_cookie_with_chunks(cookies, name)
        claims = json.loads(signed or b"null")
    except Exception:  # whatever is sent there is no proof of anything
        return {}
    return claims if isinstance(claims, dict) else {}


def fault_is_there() -> bool:
    """Whether Streamlit by itself parts a dialog from its box."""
    queue = ForwardMsgQueue()
    for path, fragment in (([2, 1], "opens it"), ([2, 1, 0], "is in it")):
        message = ForwardMsg()
        message.metadata.delta_path.extend(path)
        message.delta.fragment_id = fragment
        message.delta.add_block.vertical.SetInParent()
        queue.enqueue(message)
    _upstream_clear(queue, retain_lifecycle_msgs=True, fragment_ids_this_run=["opens it"])
    return [list(message.metadata.delta_path) for message in queue._queue] == [[2, 1, 0]]


def _clear_but_boxes_in_use(
    self: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> None:
    """Throw away what Streamlit throws away, but for each box that something is still to be drawn
    into.
    """
    before = self._queue
    _upstream_clear(self, retain_lifecycle_msgs, fragment_ids_this_run)
    left = {id(message) for message in self._queue}
    paths = (tuple(message.metadata.delta_path) for message in self._queue)
    in_use = {path[:length] for path in paths for length in range(1, len(path))}
    self._queue = [
        message
        for message in before
        if id(message) in left
        or (_is_box(message) and tuple(message.metadata.delta_path) in in_use)
    ]


def _is_box(message: ForwardMsg) -> bool:
    return message.HasField("delta") and message.delta.WhichOneof("type") == "add_block"


def _begin_when_the_last_is_heard(self: AppSession, initial_rerun_data: RerunData) -> None:
    """Begin a runner, but after what the ended one has said already, which waits in the loop."""
    ended = self._scriptrunner
    if ended is None:  # none, or one whose words are not wanted any more
        _upstream_begin(self, initial_rerun_data)
        return

    def begin() -> None:
        now = self._scriptrunner
        if self._state is AppSessionState.SHUTDOWN_REQUESTED:
            return
        if now is None or now is ended:
            _upstream_begin(self, initial_rerun_data)
        elif not now.request_rerun(initial_rerun_data):  # begun by another request, and ended too
            self._create_scriptrunner(initial_rerun_data)

    self._event_loop.call_soon_threadsafe(begin)


def _is_drawn_by_one_of(
    self: MemoryFragmentStorage, fragment_id: str, candidate_ids: Container[str]
) -> bool:
    """Whether a part is drawn where one of others is: a dialog is by none, it lives on without."""
    with self._lock:
        for above in self._iter_ancestor_ids(fragment_id):
            if self._lifetime_by_id.get(fragment_id) is _FragmentLifetime.FULL_APP_SCOPED:
                return False
            if above in candidate_ids:
                return True
            fragment_id = above
    return False
