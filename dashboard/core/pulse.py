"""All parts of a page change together: the quick one that looks for news tells the others.

A part that refreshes by itself does so in its own time, and Streamlit has no way for one to make
another run, other than the whole page anew, which would close an open dialog. So the browser does
it: the quick part sends the stamp of what it sees, and a part that was drawn under another one asks
to be drawn again, at once.
"""

import streamlit as st

_SCRIPT = """
const HURRY = 700, EVENT = "xunban-stamp";

export default function (component) {
  const { parentElement: root, data, setTriggerValue } = component;
  const self = root.xunban ??= {};
  self.stamp = data.stamp;
  if (data.tells) {
    window.dispatchEvent(new CustomEvent(EVENT, { detail: data.stamp }));
    clearTimeout(self.timer);
    if (data.hurry) self.timer = setTimeout(() => setTriggerValue("tick", Date.now()), HURRY);
    return () => clearTimeout(self.timer);
  }
  const heard = (event) => {
    if (event.detail === self.stamp || event.detail === self.asked) return;
    self.asked = event.detail;
    setTriggerValue("tick", event.detail);
  };
  window.addEventListener(EVENT, heard);
  return () => window.removeEventListener(EVENT, heard);
}
"""


def tell(stamp: str, hurry: bool) -> None:
    """Say under which stamp the page should be; ``hurry``: look again soon, an answer is due."""
    _pulse("tell", {"stamp": stamp, "tells": True, "hurry": hurry})


def listen(stamp: str) -> None:
    """Draw this part again as soon as another stamp than this is told."""
    _pulse("listen", {"stamp": stamp, "tells": False, "hurry": False})


def _pulse(key: str, data: dict[str, object]) -> None:
    show = st.components.v2.component("xunban_pulse", js=_SCRIPT)
    show(key=f"pulse_{key}", data=data, height=0, on_tick_change=_ignore)


def _ignore() -> None:
    """The run that it asks for is all."""
