"""Paper: a template of ours and data in, a PDF out."""

import json
from pathlib import Path

import pylopdf_fonts_zh_cn
import segno
import typst

from data.signs import seen


def typeset(template: str, document: dict) -> bytes:
    """A page of paper as PDF.

    Parameters
    ----------
    template
        Its name in this folder. It reads ``document`` as JSON from the input ``document``: names
        travel as data, never as typst source, so no sign in them can act.
    """
    return typst.compile(
        str(Path(__file__).with_name(template)),
        format="pdf",
        sys_inputs={"document": json.dumps(_seen(document), ensure_ascii=False)},
        font_paths=[str(pylopdf_fonts_zh_cn.sans_path().parent)],
        ignore_system_fonts=True,
    )


def _seen(value: object) -> object:
    """What is printed, every text in it without signs that nobody sees."""
    if isinstance(value, str):
        return seen(value)
    if isinstance(value, dict):
        return {name: _seen(one) for name, one in value.items()}
    return [_seen(one) for one in value] if isinstance(value, list | tuple) else value


def missing_fonts() -> tuple[str, ...]:
    """The files of our fonts that are not there: without them paper has boxes for words."""
    path = pylopdf_fonts_zh_cn.sans_path()
    return () if path.is_file() else (str(path),)


def code(address: str) -> str:
    """An address as a QR code (SVG), which is still read with a seventh of it dirty or torn."""
    return segno.make_qr(address, error="m").svg_inline(border=2)
