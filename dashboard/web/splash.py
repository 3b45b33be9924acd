"""The page that fetches the board's scripts, with a word to read until they are here.

On a phone's network they take seconds, for which Streamlit's own page stays white, at night too;
and it has the browser fetch, ahead of them, a type that no page of ours is read in.
"""

import re
from functools import cache
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dashboard.core import theme
from dashboard.render import colours
from dashboard.views.navigation import PAGES
from dashboard.web.exchange import translator_of
from dashboard.web.static_assets import FOLDER
from ops.base.messages import Translator

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
    return HTMLResponse(
        page(translator_of(request).language), headers={"Cache-Control": "no-cache"}
    )


ROUTES = [Route(address, opening) for address in ("/", *(f"/{entry.path}" for entry in PAGES))]
