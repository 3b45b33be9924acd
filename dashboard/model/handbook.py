"""The handbook: Markdown files of ours, in an order that its index gives, divided into sections.

Pure but for reading the files, which come with the program and never change while it runs.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ops.base.messages import LANGUAGES

FOLDER = Path(__file__).resolve().parents[1] / "handbook"
INDEX = "index"
_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*\s*")
_LINK = re.compile(r"\]\(([\w-]+)\.md")
_MARKS = re.compile(r"[`*]")


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading: its level (1: the page's own), its title without marks, the
    anchor that links name, and its text as it is written.
    """

    level: int
    title: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class HandbookPage:
    """One file: ``name`` without its ending, ``language`` as it was found, and its source."""

    name: str
    language: str
    source: str

    @property
    def title(self) -> str:
        """Its first heading; its name where it has none."""
        return next((section.title for section in sections(self) if section.level), self.name)


@cache
def pages(language: str, folder: Path = FOLDER) -> dict[str, HandbookPage]:
    """All pages by their names, the index first, then as it links to them; what a language lacks is
    there in another.
    """
    known: dict[str, HandbookPage] = {}
    for lang in dict.fromkeys((language, *LANGUAGES)):
        for path in sorted((folder / lang).glob("*.md")):
            page = HandbookPage(path.stem, lang, path.read_text("utf-8"))
            known.setdefault(page.name, page)
    linked = _LINK.findall(known[INDEX].source) if INDEX in known else []
    order = dict.fromkeys(name for name in (INDEX, *linked, *known) if name in known)
    return {name: known[name] for name in order}


@cache
def sections(page: HandbookPage) -> tuple[Section, ...]:
    """The page in pieces, one for each heading; what stands before the first has level 0."""
    pieces: list[tuple[int, str, list[str]]] = [(0, "", [])]
    in_code = False
    for line in page.source.splitlines():
        if line.lstrip().startswith("```"):
            in_code = not in_code
        heading = None if in_code else _HEADING.fullmatch(line)
        if heading:
            pieces.append((len(heading[1]), unmarked(heading[2]), []))
        else:
            pieces[-1][2].append(line)
    taken: dict[str, int] = {}
    return tuple(
        Section(level, title, anchor_of(title, taken), "\n".join(lines))
        for level, title, lines in pieces
        if level or any(lines)
    )


def unmarked(heading: str) -> str:
    """A heading's words without the marks of Markdown."""
    return _MARKS.sub("", heading)


def anchor_of(title: str, taken: dict[str, int]) -> str:
    """The anchor of a heading as GitHub makes it, so that links hold there and here: small letters,
    no punctuation, a hyphen for each space; the second of the same words gets ``-1``, and so on.

    Parameters
    ----------
    taken
        How often each anchor was given on this page; it is counted up.
    """
    anchor = re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")
    number = taken.get(anchor, 0)
    taken[anchor] = number + 1
    return f"{anchor}-{number}" if number else anchor


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that a search has found."""

    page: HandbookPage
    section: Section


def search(text: str, language: str, folder: Path = FOLDER) -> tuple[Hit, ...]:
    """The sections that hold every word of ``text``, those with one in their title first."""
    words = text.casefold().split()
    if not words:
        return ()
    hits = [
        Hit(page, section)
        for page in pages(language, folder).values()
        for section in sections(page)
        if all(word in f"{section.title}\n{section.text}".casefold() for word in words)
    ]
    return tuple(
        sorted(
            hits, key=lambda hit: not any(word in hit.section.title.casefold() for word in words)
        )
    )
