"""How many clicks and seconds the desk's main acts take, done by a browser on the running program.

``python tests/bench/desk_acts.py [--rounds 3] [--services]``; on this machine's loopback only.

Each act is done as its shortest way on a desktop of 1440 x 900. A press of the mouse is a click, a
drag is one too; a field that is typed into is counted beside them. The seconds are the program's:
from the first click until what was done is told on the page (for a dialog that is only opened:
until its facts stand in it), without the time in which a person reads and thinks. Of several rounds
the middle is told.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from playwright.sync_api import Locator, Page, sync_playwright

from data.model.city import SANITATION
from ops.district.services import SERVICES
from tests.helpers.processes.browsing import CHROMIUM, DESKTOP, FLAGS, Visit, furnish, serving

WARNING = (
    "辽源市气象台2022年7月8日8时30分将暴雨黄色预警信号升级为暴雨橙色预警信号：预计未来3小时内，龙山区降雨量将"
    "达50毫米以上，请有关单位和人员做好防范准备。"
)
STREET = tuple(name for name in SERVICES if name != SANITATION)
MOVABLE = ".xb-time a.xb-bar[data-drag]"
BOX = "[data-testid=stDialog]"


@dataclass
class Hand:
    """A hand at the desk, whose clicks and typed fields are counted."""

    page: Page
    clicks: int = 0
    typed: int = 0
    before: str = ""
    begun: float = field(default_factory=time.perf_counter)

    def click(self, where: str | Locator) -> None:
        found = self.page.locator(where).first if isinstance(where, str) else where
        found.click()
        self.clicks += 1

    def key(self, key: str) -> None:
        """Press the button of this name."""
        self.click(f".st-key-{key} button")

    def word(self, text: str) -> None:
        """Press the button in the open box that says so."""
        self.click(self.page.locator(BOX).get_by_role("button", name=text, exact=True).first)

    def write(self, where: str, text: str) -> None:
        self.page.locator(where).first.fill(text)
        self.typed += 1

    def shows(self, where: str) -> None:
        self.page.locator(where).first.wait_for()

    def told(self) -> None:
        """Until the page tells what was done."""
        self.shows("[data-testid=stToast]")

    def answered(self) -> None:
        """Until the line below the buttons tells what came of it, and not of what was before."""
        self.page.wait_for_function(
            "before => { const line = document.querySelector('.xb-state.done');"
            " return line && line.innerText !== before }",
            arg=self.before,
        )

    def box(self) -> None:
        self.shows(f"{BOX} .xb-table")


def paste(hand: Hand) -> None:
    hand.key("paste")
    hand.write(f"{BOX} textarea", WARNING)
    hand.word("识别")
    hand.key("paste_take")
    hand.told()


def incident(hand: Hand) -> None:
    hand.key("incident")
    hand.write(f"{BOX} input[role=combobox]", "连阳路")
    hand.page.keyboard.press("Enter")
    hand.page.wait_for_timeout(300)  # the place is read before the form is sent
    hand.word("登记并重新排班")
    hand.told()


def _ahead(page: Page) -> Locator:
    """A bar that may be moved: the last in the window, which no clock overtakes."""
    bars = page.locator(MOVABLE)
    bars.first.wait_for()
    boxes = [bar.bounding_box() for bar in bars.all()]  # none: it was drawn anew meanwhile
    widest = max(range(len(boxes)), key=lambda n: box["x"] if (box := boxes[n]) else -1.0)
    return bars.nth(widest)


def lock(hand: Hand) -> None:
    hand.click(_ahead(hand.page))
    hand.key("change_lock")
    hand.key("change_do")
    hand.told()


def move(hand: Hand) -> None:
    bar = _ahead(hand.page)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    x, y = box["x"] + 3, box["y"] + box["height"] / 2
    mouse = hand.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - 45, y, steps=4)
    mouse.up()
    hand.clicks += 1
    hand.key("change_do")
    hand.told()


def phone(hand: Hand) -> None:
    hand.click(".st-key-jobs [class*=st-key-job_] button")
    if not hand.page.locator(f"{BOX} input[aria-label]").first.is_visible():
        hand.click(f"{BOX} summary")
    hand.word("记下")
    hand.told()


def undo(hand: Hand) -> None:
    hand.click(".xb-time a.xb-bar.locked")
    hand.key("change_unlock")
    hand.key("change_do")
    hand.told()


def chart(hand: Hand) -> None:
    hand.click(MOVABLE)
    hand.box()


def road(hand: Hand) -> None:
    hand.page.locator(".xb-map g.road path.hit").nth(4).dispatch_event("click")
    hand.clicks += 1
    hand.box()


def accept(hand: Hand) -> None:
    hand.click("[class*=st-key-accept_] button")
    hand.told()


def closed(hand: Hand) -> None:
    hand.key("incident")
    hand.click(f"{BOX} [class*=st-key-incident_close_] button")
    hand.told()


ACTS: dict[str, tuple[Callable[[Hand], None], bool]] = {
    "paste a warning": (paste, True),
    "report an incident": (incident, True),
    "lock a job": (lock, True),
    "undo that": (undo, True),
    "move a job by dragging it": (move, True),
    "record a phone call": (phone, False),
    "open a job from the chart": (chart, False),
    "open a road from the map": (road, False),
    "accept what is left out": (accept, False),
    "close an incident": (closed, True),
}
"""Each act, and whether it asks for a plan, whose answer is waited for as well."""


@contextmanager
def desk(services: Sequence[str]):
    """A new drill with its first plan, and a page on it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(furnish(Path(folder) / "home", services)) as url,
        sync_playwright() as started,
    ):
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        visit = Visit(browser.new_context(viewport=DESKTOP).new_page())
        visit.open(url)
        visit.page.locator(MOVABLE).first.wait_for()
        visit.page.wait_for_timeout(2000)
        yield visit.page
        browser.close()


def measure(page: Page, act: Callable[[Hand], None], plans: bool) -> tuple[int, int, float, float]:
    """Clicks, typed fields, seconds until it is told, and until its plan is told."""
    line = page.locator(".xb-state")
    hand = Hand(page, before=line.first.inner_text() if line.count() else "")
    act(hand)
    told = answered = time.perf_counter() - hand.begun
    if plans:
        hand.answered()
        answered = time.perf_counter() - hand.begun
    page.keyboard.press("Escape")
    page.wait_for_timeout(1500)
    page.evaluate(
        "document.querySelectorAll('[data-testid=stToast] button').forEach(b => b.click())"
    )
    page.wait_for_timeout(3500)  # the page has come to rest
    return hand.clicks, hand.typed, told, answered


def main() -> None:
    """Do the acts in turn, some times over, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--services", action="store_true", help="with all of the street's")
    args = parser.parse_args()
    rounds, services = args.rounds, STREET if args.services else ()
    found: dict[str, list[tuple[int, int, float, float]]] = {name: [] for name in ACTS}
    for _ in range(rounds):
        with desk(services) as page:
            for name, (act, plans) in ACTS.items():
                found[name].append(measure(page, act, plans))
                print(f"  {name}: {found[name][-1]}", file=sys.stderr, flush=True)
    print("| act | clicks | fields typed | s until told | s until its plan is told |")
    print("|---|---|---|---|---|")
    for name, rows in found.items():
        clicks, typed, told, answered = (
            statistics.median(each) for each in zip(*rows, strict=True)
        )
        plan = f"{answered:.1f}" if ACTS[name][1] else ""
        print(f"| {name} | {clicks:g} | {typed:g} | {told:.1f} | {plan} |")


if __name__ == "__main__":
    main()
