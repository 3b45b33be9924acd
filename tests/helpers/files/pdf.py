"""What a PDF says, as a reader finds it."""

import re
import shutil
import subprocess

import pytest


def pages(pdf: bytes) -> int:
    return int(
        max(re.findall(rb"/Type\s*/Pages.*?/Count (\d+)|/Count (\d+)", pdf, re.S), key=len)[1] or 0
    ) or len(re.findall(rb"/Type\s*/Page\b", pdf))


def words_of(pdf: bytes, tmp_path) -> str:
    """The text of a PDF without blanks; typesetting puts some between Chinese and figures."""
    return "".join(words_by_page(pdf, tmp_path))


def words_by_page(pdf: bytes, tmp_path) -> list[str]:
    """The same, page by page."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed: the text of the PDF is not read")
    file = tmp_path / "sheet.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True)
    return [squeezed(page) for page in done.stdout.decode().split("\f") if page]


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)
