"""A duty desk over a database, and the two warnings that it is given."""

from datetime import timedelta

from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.intake import alerts
from ops.intake.operations import start_drill
from ops.runtime.planning_loop import Loop
from ops.settings import LoopSettings, Settings
from tests.helpers.makers import NOW, make_city

YELLOW = (
    "辽源市气象台2022年7月8日8时20分发布暴雨黄色预警信号：预计未来6小时内，龙山区、西安区降雨量将达50毫米以上，"
    "请有关单位和人员做好防范准备。"
)


ORANGE = (
    "辽源市气象台2022年7月8日9时5分将暴雨黄色预警信号升级为暴雨橙色预警信号：预计未来3小时内，龙山区降雨量将"
    "达50毫米以上，请有关单位和人员做好防范准备。"
)


REAL_NOW = NOW + timedelta(days=1600)  # the real clock is years from the drill's


class Desk:
    """A duty desk over a database: it takes texts in and lets the loop answer, by a clock that the
    test turns.
    """

    def __init__(self, store: Store, seconds: float = 2, **settings):
        self.store = store
        self.real_now = REAL_NOW
        store.replace_city(make_city())
        self.drill = start_drill(store, CONSOLE, NOW, self.real_now)
        self.loop = Loop(
            store,
            Settings(loop=LoopSettings(solve_seconds=seconds), **settings),
            lambda: self.real_now,
        )
        self.loop.beat()

    @property
    def now(self):
        return self.drill.now(self.real_now)

    def wait(self, **time) -> None:
        self.real_now += timedelta(**time)
        self.loop.beat()

    def paste(self, text: str):
        return alerts.take_alerts(
            self.store, self.drill, CONSOLE, alerts.understand(text, self.now), self.now
        )
