"""What only the browser knows: whether it draws WebGL well, and whether the server still speaks to
it; and what it does for whoever types.
"""

import json
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from ops.base.messages import Translator, catalogue

# A browser that draws WebGL by its processor takes seconds for what Vega draws at once; its
# drawer's name tells. It is asked once, for every context costs it some time.
_PROBE = """
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

function drawer() {
  const canvas = document.createElement("canvas");
  const gl = canvas.getContext("webgl2") || canvas.getContext("webgl");
  if (!gl) return null;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return name;
}

export default function(component) {
  if (window.xunbanDrawer === undefined) window.xunbanDrawer = drawer();
  const name = window.xunbanDrawer;
  const isFast = name !== null && (component.data.tiles || !SOFTWARE.test(name));
  if (isFast) component.setStateValue("webgl", true);
  if (window.innerWidth < 640) component.setStateValue("narrow", true);
}
"""
# The live part of each page carries a beat that changes at every refresh. When it stops, what is
# shown is old.
_WATCH = """
<div class="xb-lost" id="xb-lost"></div>
<script>
(() => {
  const message = %s, quiet = 25000;
  // Streamlit's own boxes (no such page, no connection) speak English and, unseen, would hold every
  // button below them
  const foreign = "[data-testid=stDialog]:not(:has([data-testid=stVerticalBlock])) " +
    "button[aria-label]";  // whatever its label is called by now
  const bar = document.getElementById("xb-lost");
  bar.textContent = message;
  if (window.xunbanWatch) clearInterval(window.xunbanWatch);
  let last = null, since = Date.now(), held = null;
  window.xunbanWatch = setInterval(() => {
    const beat = document.querySelector("[data-beat]")?.dataset.beat ?? null;
    if (beat !== last || document.hidden) { last = beat; since = Date.now(); }
    bar.classList.toggle("on", beat !== null && Date.now() - since > quiet);
    const box = document.querySelector(foreign);
    if (box && box === held) box.click();  // not one of ours that is just being filled
    held = box;
  }, 1000);
})();
</script>
"""
# Opened anew: a box of choices goes on showing what was chosen in the words it was drawn with.
_SPEAK = """<script>
(() => {
  const there = new URL(location.href);
  there.searchParams.set("lang", %s);
  location.assign(there);
})();
</script>"""
_FIELDS = Path(__file__).with_name("fields.js").read_text("utf-8")


class Browser(NamedTuple):
    """What the browser said of itself; until it speaks, it is a desk's that draws no WebGL."""

    webgl: bool = False
    narrow: bool = False


def open_in(language: str) -> None:
    """Open the page anew in that language."""
    st.html(_SPEAK % json.dumps(language), unsafe_allow_javascript=True)


def probe_browser(tiles: bool) -> Browser:
    """Whether it draws WebGL well, and whether it is as narrow as a phone.

    Parameters
    ----------
    tiles
        Whether there are tiles under the map, which WebGL alone can draw: then it need not draw
        well.
    """
    probe = st.components.v2.component("xunban_probe", js=_PROBE)
    answer = probe(
        key="probe",
        data={"tiles": tiles},
        default={"webgl": False, "narrow": False},
        height=0,
        on_webgl_change=_ignore,
        on_narrow_change=_ignore,
    )
    return Browser(bool(answer.webgl), bool(answer.narrow))


def _ignore() -> None:
    """The answer stands in the state; nothing else is to be done."""


def watch_browser(t: Translator) -> None:
    """Tell across the page when the server has been silent for too long; keep what is typed over a
    restart; say Streamlit's own words in the reader's language.
    """
    st.html(_WATCH % _script(t("board.lost")), unsafe_allow_javascript=True)
    theirs = Translator("en")
    keys = [key for key in catalogue() if key.startswith("widget.says_")]
    words = [(theirs(key, n="{n}"), t(key, n="{n}")) for key in keys] if t.language != "en" else []
    script = _FIELDS.replace("WORDS", _script(words)).replace("KEPT", _script(t("board.kept")))
    st.html(
        f'<div class="xb-kept" id="xb-kept" role="status"></div><script>{script}</script>',
        unsafe_allow_javascript=True,
    )


def _script(value: object) -> str:
    """A value as a script has it, within a page."""
    return json.dumps(value).replace("<", "\\u003c")
