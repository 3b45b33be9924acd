"""The page that fetches the board's scripts, with something to read until they are here.

On a phone's network they take seconds, for which Streamlit's own page stays white, at night too;
and it has the browser fetch, ahead of them, a type that no page of ours is read in. Whoever may
see the desk reads the desk's own head meanwhile, as of the moment at which he asked: it goes when
the board has drawn its own.
"""

import gzip
import logging
import re
from functools import cache
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dashboard.core import theme
from dashboard.core.board import shared_situation
from dashboard.render import colours, markup, status
from dashboard.render.needs import need_line, needs_head
from dashboard.views.navigation import PAGES
from dashboard.web.exchange import real_clock, translator_of
from dashboard.web.site_of_request import here
from dashboard.web.static_assets import FOLDER
from dashboard.web.visitor import actor_of
from ops.auth.permissions import Action, may
from ops.base.messages import Translator

MOST_NEEDS = 4
HTML_LANG = {"zh": "zh-CN", "en": "en"}
# what is within the root goes, style and all, when the board draws itself there; the last line
# comes where it does not
_ROOT = """<div id="root"><style>
.xb-opening {{ position:fixed; inset:0; display:flex; flex-direction:column; align-items:center;
  justify-content:center; gap:10px; text-align:center;
  font-family:"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif;
  background:var(--ground); color:var(--ink); {day} }}
@media (prefers-color-scheme:dark) {{ .xb-opening {{ {night} }} }}
.xb-opening.Light {{ {day} }} .xb-opening.Dark {{ {night} }}
.xb-opening b {{ font-size:26px; letter-spacing:2px; }}
.xb-opening p {{ margin:0; padding:0 20px; font-size:15px; }}
.xb-opening .late {{ opacity:0; animation:xb-late 0s 20s forwards; }}
@keyframes xb-late {{ to {{ opacity:1; }} }}
</style><div class="xb-opening" role="status"><b>{brand}</b><p>{wait}</p><p class="late">{late}</p>
</div><script>
for (const name of ["Light", "Dark"]) {{
  const path = location.pathname;
  const stored = localStorage.getItem({key}) || "";
  document.querySelector(".xb-opening").classList.toggle(name, stored.includes(name));
}}
</script></div>"""


_FIRST = """<div id="xb-first"><style>{styles}{rules}
#xb-first {{ position:fixed; inset:0; overflow:auto; z-index:1000; padding:10px 20px;
  background:var(--ground); color:var(--ink);
  font-family:"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif; }}
#xb-first p {{ margin:0; }} #xb-first > div {{ margin-bottom:8px; }}
</style><div class="xb-real" role="status"><b>{brand}</b> {wait}</div>{shown}<script>
(() => {{
  const first = document.getElementById("xb-first");
  const kept = localStorage.getItem("stActiveTheme-" + location.pathname + "-v2") || "";
  const night = matchMedia("(prefers-color-scheme: dark)").matches;
  if (kept.includes("Dark") || (night && !kept.includes("Light"))) first.className = "night";
  const drawn = () => document.querySelector(".stApp :is(.xb-cards, .xb-note)");
  new MutationObserver((_, seen) => {{ if (drawn()) {{ first.remove(); seen.disconnect(); }} }})
    .observe(document.documentElement, {{childList: true, subtree: true}});
}})();
</script></div>"""
"""What is read of the desk until the board is there."""
DESK = ("/", f"/{PAGES[0].path}")
log = logging.getLogger("xunban.board")


@cache
def page(language: str) -> str:
    """Streamlit's page with our words in it."""
    t = Translator(language)
    shown = {
        name: "".join(f"--{key}:{of[key]};" for key in ("ground", "ink"))
        for name, of in (("day", colours.DAY), ("night", colours.NIGHT))
    }
    title, no_script, brand, wait, late = (
        escape(t(key))
        for key in (
            "board.title",
            "board.no_script",
            "board.brand",
            "board.opening",
            "board.opening_late",
        )
    )
    html = (FOLDER / "index.html").read_text("utf-8")
    for mark, ours in (
        (r'<html lang="en">', f'<html lang="{HTML_LANG[language]}">'),
        (r"<title>.*?</title>", f"<title>{title}</title>"),
        (r'<link\s+rel="preload"[^>]*as="font"[^>]*/>', ""),
        (r"<noscript>.*?</noscript>", f"<noscript><p>{no_script}</p></noscript>"),
        (
            r'<div id="root"></div>',
            _ROOT.format(brand=brand, wait=wait, late=late, key=theme.THEME_KEY, **shown),
        ),
    ):
        html = re.sub(mark, ours.replace("\\", r"\\"), html, flags=re.DOTALL)
    return html


def opening(request: Request) -> Response:
    """The answer at each page's address."""
    html, headers = page(translator_of(request).language), {"Cache-Control": "no-cache"}
    if request.url.path in DESK and request.query_params.get("wall") != "1":
        try:
            first = _first(request)
        except Exception:  # whatever it is: the board itself says it in words
            log.exception("the desk's head could not be made ahead of the board")
            first = ""
        if first:
            html = html.replace("</body>", f"{first}</body>", 1)
            headers["Cache-Control"] = "no-store"
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HTMLResponse(html, headers=headers)
    packed = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return HTMLResponse(gzip.compress(html.encode()), headers=headers | packed)


def _first(request: Request) -> str:
    """The desk's head as plain words, for whoever may see the desk; else an empty text."""
    site = here()
    actor = actor_of(request) if site.url else None
    if actor is None or not may(actor, Action.SEE_DESK):
        return ""
    situation = shared_situation(site.url, real_clock, site.home)
    if situation is None:
        return ""
    t = Translator.of_city(translator_of(request).language, situation.city)
    shown = (
        status.operation_strip(situation, t),
        needs_head(situation.needs, t),
        status.readiness_bar(situation, t),
        status.held(situation, t),
        status.status_cards(situation, t),
        *(need_line(one, situation.city, situation.now, t) for one in situation.needs[:MOST_NEEDS]),
    )
    night = "".join(f"--{name}:{colour};" for name, colour in colours.NIGHT.items())
    return _FIRST.format(
        styles=colours.style("light") + f"#xb-first.night{{{night}}}",
        rules=_rules(),
        brand=escape(t("board.brand")),
        wait=escape(t("board.opening_as_of", at=situation.now)),
        shown="".join(markup.tag("div", part) for part in shown),
    )


@cache
def _rules() -> str:
    """The board's own style sheet, which these words are drawn by."""
    return Path(__file__).parents[1].joinpath("style.css").read_text("utf-8")


ROUTES = [Route(address, opening) for address in ("/", *(f"/{entry.path}" for entry in PAGES))]
