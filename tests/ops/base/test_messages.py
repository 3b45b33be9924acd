"""The catalogue is whole: every key used is there, in both languages, with the same facts; and it
says them right.
"""

import ast
import re
import string
from datetime import date
from pathlib import Path

import pytest

from data.model.message import Message
from data.model.plan import JobKind, Phase
from data.sheets.words import CAUSE_WORDS, MACHINE_WORDS
from ops.auth.permissions import CONSOLE, TRAINEE
from ops.base.messages import LANGUAGES, Translator, catalogue
from tests.helpers.makers import local
from tests.helpers.paths import ROOT
from weather.model import Action, Level

PACKAGES = ("ops", "dashboard", "data", "weather", "solver")
GROUPS = {key.partition(".")[0] for key in catalogue()}
LOOKS_LIKE_A_KEY = re.compile(rf"({'|'.join(sorted(GROUPS))})\.[a-z][a-z0-9_]*")


def fields(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def texts(path: Path) -> set[str]:
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_both_languages_say_the_same_facts():
    wrong = {
        key for key, (zh, en) in catalogue().items() if not zh or not en or fields(zh) != fields(en)
    }
    assert not wrong


def test_no_sentence_asks_for_a_number_s_form():
    """A number is a text by then, and to ask for its form would fail before the reader."""
    forms = {
        (key, form)
        for key, words in catalogue().items()
        for text in words
        for _, _, form, _ in string.Formatter().parse(text)
        if form
    }
    assert not [
        key for key, form in forms if re.fullmatch(r"[-+ <>=^,.\d]*[bcdeEfFgGnoxX%]?", form)
    ]


VERBS = """is was has gives holds lacks does says stands refuses sorted takes leaves works goes
serves belongs sends points asks needs ends waits lies wants replaces helps exists counts repeats
sums answers plans times as less"""
"""Words that end like a noun of several and may stand behind a fact."""


def test_what_is_counted_in_english_is_one_or_several():
    """Whoever reads "1 jobs" takes the count for wrong."""
    plain = {
        (key, word)
        for key, (_, en) in catalogue().items()
        for word in re.findall(r"\{\w+\} (?:more |other |plan |low-lying )?([a-z-]+s)\b", en)
        if word not in VERBS.split()
    }
    assert not plain


@pytest.mark.parametrize(
    ("n", "told"),
    [(0, "0 jobs"), (1, "1 job"), (1.0, "1 job"), (2, "2 jobs"), ("1", "1 job"), (21, "21 jobs")],
)
def test_a_count_gives_its_noun_its_form(n, told):
    assert told in Translator("en")("board.plan_jobs", jobs=n, left=0)


def test_no_chinese_is_left_in_the_english():
    meant = {
        "board.other_language",
        "board.paste_example",
    }  # and the drill's mark, which stands in both languages
    left = {
        key
        for key, (_, en) in catalogue().items()
        if re.search(r"[\u4e00-\u9fff]", en.replace("演练", ""))
    }
    assert left == meant


@pytest.mark.parametrize("package", ["ops", "dashboard", "data", "weather"])
def test_every_key_that_the_code_names_is_in_the_catalogue(package):
    named = {
        text
        for path in (ROOT / package).rglob("*.py")
        for text in texts(path)
        if LOOKS_LIKE_A_KEY.fullmatch(text) and not text.endswith((".log", ".typ"))
    }
    begun = {text for text in named if text.endswith("_")}  # the rest is filled in when it is said
    assert named - begun - set(catalogue()) == set()
    assert not [text for text in begun if not any(key.startswith(text) for key in catalogue())]


def test_no_key_of_the_catalogue_is_left_over():
    """A key is used where it stands in the code, or begins as a text that is filled in when it is
    said.
    """
    used, begun = set(), set()
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                begun.add(node.values[0].value)
        used |= texts(path)
    for page in (ROOT / "dashboard").rglob("*.html"):
        for key, is_begun in re.findall(r'\bt\("([^"]+)"( ~)?', page.read_text("utf-8")):
            (begun if is_begun else used).add(key)
    begun |= {text for text in used if text.endswith(("_", "."))}
    begun = tuple(text for text in begun if "." in text and text.partition(".")[0] in GROUPS)
    assert [key for key in catalogue() if key not in used and not key.startswith(begun)] == []


CHINESE = re.compile("[\u4e00-\u9fff]")
NOT_SAID = {
    "dashboard/render/charts.py": "how a chart's axis writes a day, in the chart's own language",
    "dashboard/web/api/incidents.py": "the product's name",
    "dashboard/serve.py": "the last net: what says the catalogue's words may be what is broken",
    "ops/documents/labels.py": "endings of the stations' own names",
    "ops/documents/reference.py": "the handbook, which is made in both languages",
    "ops/drill/physics/fit.py": "headings of a table",
    "ops/field/water/closure_table.py": "headings of a table",
    "ops/drill/physics/own_model.py": "headings of a table",
    "ops/drill/planned.py": "a made-up warning in the words of a weather office",
    "ops/cli/context.py": "an example of a time, in both languages at once",
    "ops/auth/permissions.py": "a name that is recorded",
    "ops/field/cases/course.py": "how people write a day and divide a list",
    "ops/intake/areas.py": "how districts, provinces and weather offices are named",
    "ops/auth/passwords.py": "words that are guessed first",
    "ops/district/data_quality.py": "what people write into a cell that they leave open",
    "ops/runtime/systemd.py": "the product's name",
    "ops/base/messages.py": "how a day is written",
}
"""Chinese in the code that nobody is told; `weather` and `data` read Chinese, and hold no words to
say.
"""


@pytest.mark.parametrize("package", ["ops", "dashboard", "solver"])
def test_what_is_said_in_chinese_stands_in_the_catalogue(package):
    """Docstrings and the help of the command line, which are bilingual, aside."""
    held = set()
    for path in (ROOT / package).rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        aside = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)} | {
            id(word.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            for word in node.keywords
            if word.arg == "help"
        }
        if any(
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and CHINESE.search(node.value)
            and id(node) not in aside
            for node in ast.walk(tree)
        ):
            held.add(path.relative_to(ROOT).as_posix())
    assert held == {path for path in NOT_SAID if path.startswith(f"{package}/")}


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("job", JobKind),
        ("phase", Phase),
        ("level", Level),
        ("action", Action),
        ("machine", MACHINE_WORDS),
        ("cause", CAUSE_WORDS),
        ("state", ("planned", "under_way", "past")),
    ],
)
def test_every_word_of_a_list_has_its_name(group, values):
    assert {f"{group}.{value}" for value in values} <= set(catalogue())


def test_facts_are_said_in_the_language_and_the_district_s_time():
    message = Message(
        "change.added", {"job": Message("job.clear"), "team": ("一班", "二班"), "start": local(9.5)}
    )
    assert Translator("zh").message(message) == "新增：雨水口清掏，09:30开始，由一班、二班承担"
    assert Translator("en").message(message) == "New: Clear inlets at 09:30, by 一班, 二班"


def test_an_old_record_with_an_unknown_key_stays_readable():
    assert Translator("zh").message(Message("gone.key", {"a": 1})) == "gone.key（a=1）"
    with pytest.raises(KeyError):
        Translator("zh")("gone.key")


def test_braces_in_a_name_are_said_as_they_are():
    assert Translator("zh")("name.text", text="{x} [b]") == "{x} [b]"


@pytest.mark.parametrize("actor", [TRAINEE, CONSOLE])
def test_who_has_no_name_is_told_in_the_language_of_the_reader(actor):
    facts = {"by": actor.name, "at": local(9), "duty": "x", "who": "张", "day": date(2022, 7, 8)}
    message = Message("cause.roster_named", facts)
    zh, en = (Translator(language).message(message) for language in LANGUAGES)
    assert actor.name in zh
    assert not re.search("[\u4e00-\u9fff]", en.replace("张", ""))
    assert Translator("en").actor("演练员王") == "演练员王"


def test_only_known_languages():
    assert LANGUAGES == ("zh", "en")
    with pytest.raises(ValueError, match="language"):
        Translator("fr")


def test_a_day_that_is_near_is_said_as_people_say_it():
    day = date(2022, 7, 10)
    facts = {"team": "甲站一组", "day": day, "who": ("张一",)}
    assert Translator("zh")("team.now", **facts) == "甲站一组 7月10日：张一"
    assert Translator("en")("team.now", **facts) == "甲站一组, 10 Jul: 张一"
    assert Translator("zh")("works.month", month=day, share=98) == "7月 98%"
    assert Translator("en")("works.month", month=day, share=98) == "Jul 98 %"


def _put_together(path: Path) -> list[str]:
    """Chinese signs that stand in a text which the code puts together, whatever the language."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parts = (
        part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
    )
    return [
        part.value
        for part in parts
        if isinstance(part, ast.Constant) and re.search(r"[、。（），：；？！]", part.value)
    ]


def test_what_is_put_together_for_a_reader_has_the_signs_of_his_language():
    found = {
        path.relative_to(ROOT).as_posix()
        for room in ("dashboard", "ops")
        for path in (ROOT / room).rglob("*.py")
        if _put_together(path)
    }
    # of a code that nobody knows; a warning as the weather service writes it
    assert found == {"ops/base/messages.py", "ops/drill/planned.py"}
