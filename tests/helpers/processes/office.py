"""The command line in a home folder of its own, and two warnings to paste."""

from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from data.db.sqlite import sqlite3
from ops.cli.app import cli

YELLOW = (
    "辽源市气象台2022年7月8日8时20分发布暴雨黄色预警信号："
    "预计未来6小时内，龙山区降雨量将达50毫米以上。"
)
ORANGE = (
    "辽源市气象台2022年7月8日9时05分将暴雨黄色预警信号升级为暴雨橙色预警信号："
    "预计未来3小时内，龙山区降雨量将达50毫米以上。"
)


class Office:
    """A home folder of its own, and the command line in it."""

    def __init__(self, home: Path):
        self.home = home

    def run(self, *words: str | Path, given: str | bytes = b"") -> Result:
        given = given.encode() if isinstance(given, str) else given
        env = {"XUNBAN_HOME": str(self.home), "XUNBAN_DB": None, "XUNBAN_LANG": None}
        done = CliRunner().invoke(cli, [str(word) for word in words], input=given, env=env)
        assert done.exception is None or isinstance(done.exception, SystemExit), repr(
            done.exception
        )
        return done

    def begin(self, *words: str) -> Result:
        """Create the database with its first administrator."""
        return self.run(
            "init", *words, "--admin", "管理员", "--stdin", given="lightning over liaoyuan\n"
        )

    def rows(self) -> dict[str, list]:
        """Every row of every table: what must be the same before and after a refusal."""
        with sqlite3.connect(self.home / "xunban.db") as database:
            names = [
                name
                for (name,) in database.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                )
            ]
            return {
                name: database.execute(f'SELECT * FROM "{name}"').fetchall()
                for name in sorted(names)
            }
