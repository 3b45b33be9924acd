"""What a hand has unfolded stays so while the page behind it is drawn anew."""

import ast

from tests.helpers.paths import ROOT


def nameless(source: str) -> list[int]:
    """The lines that make a fold without a key: the browser then knows it by its place and its
    words, and shuts it where a note above it or a count in its title is new.
    """
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"expander", "popover"}
        and not any(word.arg == "key" for word in node.keywords)
    ]


def test_each_fold_has_a_key():
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in (ROOT / "dashboard").rglob("*.py")
        for line in nameless(path.read_text(encoding="utf-8"))
    }
    assert not found
    assert nameless("with st.expander('notes'): pass\nrest.expander('notes', key='notes')") == [1]
