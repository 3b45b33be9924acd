"""What the documents promise: that commands and settings exist, links lead somewhere, and both
languages say the same things.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

import typer

from ops import settings
from ops.base.errors import BadSettings
from ops.cli.app import cli
from tests.helpers.paths import ROOT

READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
HANDBOOK = ROOT / "dashboard" / "handbook"
LANGUAGES = ("zh", "en")
CHANGELOG = ROOT / ".github" / "CHANGELOG.md"
MOST_LINES = 120
MOST_COLUMNS = 120
TEST_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install -q -r requirements-dev.txt && "
    ".venv/bin/pip install -q --no-deps --no-build-isolation -e . && .venv/bin/pytest"
)
ROOMS = (".github", "solver", "weather", "data", "ops", "dashboard", "tests")
FENCE = re.compile(r"^[ ]*```(\w*)\n(.*?)^[ ]*```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PLACE = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")
"""A path in backticks, as against code: it names a folder, or a file by its suffix."""
SUFFIXES = (".py", ".md", ".toml", ".html", ".css", ".js", ".txt", ".csv", ".typ", ".png")


@cache
def documents() -> tuple[Path, ...]:
    """Every Markdown file of the repository."""
    below = (path for room in ROOMS for path in (ROOT / room).rglob("*.md"))
    return (*READMES, *sorted(below))


def shown(path: Path) -> str:
    """A document's name from the top."""
    return path.relative_to(ROOT).as_posix()


def handbook(language: str) -> dict[str, Path]:
    return {path.name: path for path in sorted((HANDBOOK / language).glob("*.md"))}


def prose(path: Path) -> str:
    """A document without its fenced code."""
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def fenced(path: Path, language: str) -> list[str]:
    """The fenced code of one language, one text for each fence."""
    blocks = FENCE.findall(path.read_text(encoding="utf-8"))
    return [re.sub(r"(?m)^ +", "", code) for name, code in blocks if name == language]


def columns(line: str) -> int:
    """How wide a line is; a wide character counts two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line)


def headings(path: Path) -> list[tuple[int, str]]:
    """The headings of a document: level and text."""
    found = re.findall(r"(?m)^(#+) (.+)$", prose(path))
    return [(len(marks), text) for marks, text in found]


def anchor(heading: str) -> str:
    """What a link to a heading says, as GitHub and the board make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def words_of(line: str) -> list[list[str]]:
    """The words behind each ``xunban`` that one line of shell runs, but for what stands in square
    brackets: in a usage line it may be left out.
    """
    found = []
    bare = re.sub(r"\s#.*|\$\([^)]*\)|\[[^\]]*\]", "", line).replace("\\", "/")
    for part in re.split(r"&&|[|;>]", bare):
        words = re.sub(r"[\"']", " ", part).split()
        while words and re.fullmatch(r"\w+=\S*", words[0]):
            words = words[1:]
        for i, word in enumerate(words):
            if word.endswith(("/bin/xunban", "/Scripts/xunban")) or (i == 0 and word == "xunban"):
                found.append(words[i + 1 :])
    return found


def commands(path: Path) -> list[list[str]]:
    """Every ``xunban`` command line of a document, in a fence or in backticks."""
    text = path.read_text(encoding="utf-8")
    lines = [line for _, code in FENCE.findall(text) for line in code.splitlines()]
    lines += INLINE.findall(FENCE.sub("", text))
    found = [words for line in lines for words in words_of(line)]
    return [words for words in found if words not in ([], ["…"], ["..."])]


@cache
def program() -> typer.core.TyperGroup:
    """The command line as the program reads it."""
    return typer.main.get_group(cli)


def fault(words: list[str]) -> str | None:
    """What is wrong with a command line; ``None`` where the program would read it. An old name that
    still works is wrong in a document.
    """
    command = program()
    arguments = 0
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("-") and word != "-":
            name, given = word.partition("=")[::2]
            option = next((each for each in command.params if name in each.opts), None)
            if option is None or getattr(option, "hidden", False):
                return f"no option {name}"
            if not getattr(option, "is_flag", False) and not given:
                if not rest:
                    return f"{name} needs a value"
                rest.pop(0)
        elif inner := getattr(command, "commands", None):
            if word not in inner:
                return f"no command {word}"
            command = inner[word]
            if command.hidden or command.deprecated:
                return f"{word} is an old name"
        else:
            arguments += 1
    named = [each for each in command.params if each.param_type_name == "argument"]
    takes_many = any(each.nargs == -1 for each in named)
    return "too many arguments" if arguments > len(named) and not takes_many else None


def test_the_readme_is_read_in_one_go():
    for path in READMES:
        assert len(path.read_text(encoding="utf-8").splitlines()) < MOST_LINES
        assert not [line for line in prose(path).splitlines() if columns(line) > MOST_COLUMNS]


def test_the_readme_tells_how_to_start_and_test():
    start = TEST_COMMAND.replace("-dev", "").replace("bin/pytest", "bin/xunban up")
    for path in READMES:
        assert {TEST_COMMAND, start} <= set(path.read_text(encoding="utf-8").splitlines())


def test_both_languages_hold_the_same_pages():
    pages = [handbook(language) for language in LANGUAGES]
    assert pages[0].keys() == pages[1].keys()
    assert {"index.md", "office.md", "operator.md", "glossary.md"} <= pages[0].keys()
    for name in pages[0]:
        zh, en = ([level for level, _ in headings(page[name])] for page in pages)
        assert zh == en, name


def test_both_languages_show_the_same_commands_and_settings():
    def examples(path: Path) -> list[list[str]]:
        """The settings that its examples set, and the commands of its shell fences by their
        words.
        """
        keys = [re.findall(r"(?m)^\[+\w+\]+|^\w+(?= =)", code) for code in fenced(path, "toml")]
        lines = [line for code in fenced(path, "sh") for line in code.splitlines()]
        names = [
            [word for word in words if re.match(r"[a-z-]", word)]
            for line in lines
            for words in words_of(line)
        ]
        return keys + names

    pages = [handbook(language) for language in LANGUAGES]
    for name in ("office.md", "operator.md"):
        assert examples(pages[0][name]) == examples(pages[1][name]), name


def test_links_lead_somewhere():
    def leads(path: Path, link: str) -> bool:
        name, _, part = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists():
            return False
        return not part or part in {anchor(text) for _, text in headings(target)}

    assert not [
        (shown(path), link)
        for path in documents()
        for link in LINK.findall(INLINE.sub("", prose(path)))
        if ":" not in link and not leads(path, link)
    ]


def test_every_command_in_a_document_exists():
    found = [
        (shown(path), words)
        for path in documents()
        if path != CHANGELOG
        for words in commands(path)
    ]
    assert len(found) > 100
    assert not [(name, words, why) for name, words in found if (why := fault(words))]


def test_commands_are_found_and_judged():
    assert words_of("echo 'x' | .venv/bin/xunban --now 2022-07-08T09:05 alert add - # why") == [
        ["--now", "2022-07-08T09:05", "alert", "add", "-"]
    ]
    assert words_of("useradd --home-dir /var/lib/xunban xunban") == []
    assert words_of("xunban backup [OPTIONS] FILE") == [["backup", "FILE"]]
    assert words_of("A=b xunban up && .venv\\Scripts\\xunban doctor") == [["up"], ["doctor"]]
    assert fault(["--now", "2022-07-08T09:05", "alert", "add", "-"]) is None
    assert fault(["alert", "added"]) == "no command added"
    assert fault(["doctor", "--yaml"]) == "no option --yaml"
    assert fault(["backup", "a", "b"]) == "too many arguments"


def test_every_example_of_settings_can_be_read():
    """Under the names of today: one that is renamed has no place in a document."""
    faults: list[tuple[object, ...]] = []
    for path in documents():
        for number, code in enumerate(fenced(path, "toml"), 1):
            try:
                renamed = settings.parse(code).renamed
            except BadSettings as error:
                faults.append((shown(path), number, str(error)))
            else:
                faults += [(shown(path), number, each) for each in renamed]
    assert not faults


def test_what_a_document_names_is_there():
    """A path in backticks, or in a picture drawn with letters, is one from the top, or from the
    document's own folder.
    """

    def is_place(name: str, path: Path) -> bool:
        return (
            PLACE.fullmatch(name) is not None
            and not name.startswith(".xunban/")
            and (
                name.partition("/")[0] in ROOMS
                or name.endswith(".py")
                or (name.endswith(SUFFIXES) and "/" in name)
                or (name.endswith("/") and path.name == "README.md")
            )
        )

    named = [
        (path, name.partition("::")[0])
        for path in documents()
        if path != CHANGELOG
        for name in INLINE.findall(prose(path))
    ]
    drawn = [(path, code) for path in documents() for code in fenced(path, "")]
    named += [
        (path, word) for path, code in drawn for word in re.split(r"[\s(),]+", code) if "/" in word
    ]
    assert not [
        (shown(path), name)
        for path, name in named
        if is_place(name, path) and not (ROOT / name).exists() and not (path.parent / name).exists()
    ]


def glossary(language: str) -> list[str]:
    """The identifiers of the glossary, in its order."""
    text = prose(handbook(language)["glossary.md"])
    return re.findall(r"(?m)^\| [^|]+ \| `([^`]+)` \|", text)


def test_the_glossary_names_what_is_there():
    modules = [path for room in ROOMS[1:6] for path in (ROOT / room).rglob("*.py")]
    known = {path.stem for path in modules}
    for path in modules:
        known |= set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    zh, en = map(glossary, LANGUAGES)
    assert zh == en
    assert not [name for name in zh if not set(name.split(".")) <= known]


def test_the_glossary_leaves_out_nothing_that_a_reader_meets_first():
    met = [*(ROOT / "data" / "model").glob("*.py"), *(ROOT / "ops" / "planning").rglob("*.py")]
    met += [ROOT / "solver" / name for name in ("problem.py", "parts.py", "plan.py")]
    classes = {
        name
        for path in met
        for name in re.findall(
            r"(?m)^class ([A-Z]\w*)\b(?!\(Protocol)", path.read_text(encoding="utf-8")
        )
    }
    assert len(classes) > 50
    assert not sorted(classes - set(glossary("zh")))
