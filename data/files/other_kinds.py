"""Files of kinds that nobody reads here, known by what they begin with or by their ending: each is
named, with what to do with it.
"""

import re
from pathlib import PurePosixPath

from data.files.raw import BadFile

_STARTS = (
    (rb"AC10\d\d", "dwg"),
    (rb"AutoCAD Binary DXF|\s*(999[^\n]*\n[^\n]*\n\s*)*0\s*\r?\n\s*SECTION", "dxf"),
    (rb"(?s).{0,4}Standard (Jet|ACE) DB", "access"),
    (rb"fgb\x03", "flatgeobuf"),
    (rb"PAR1[\x00-\x1f]", "parquet"),
    (rb"%PDF", "pdf"),
    (rb"\x89PNG|\xff\xd8\xff|II\*\0|MM\0\*|GIF8", "picture"),
    (rb"Rar!|7z\xbc\xaf", "archive"),
    (rb"(?s).{0,8}OSMHeader|(?s:.{0,300})<osm\b", "osm"),
    (rb"(?s).{0,2000}<gpx\b", "gpx"),
    (rb"(?s).{0,2000}(<gml:|<wfs:|opengis\.net/(gml|wfs))", "gml"),
    (rb"(?s)\s*!table", "mapinfo"),
    (rb"(?s)(From:.{0,300})?MIME-Version:", "web_archive"),
    (rb"\s*(\xef\xbb\xbf)?\s*<\?xml", "xml"),
)  # fmt: skip
"""What a file begins with, as regular expressions, the surer ones first."""
_KINDS = tuple((re.compile(start, re.I if b"<" in start else 0), kind) for start, kind in _STARTS)
_ENDINGS = {
    ".dwg": "dwg", ".dxf": "dxf", ".gdbtable": "geodatabase", ".gdbtablx": "geodatabase",
    ".gdbindexes": "geodatabase", ".mdb": "access", ".accdb": "access", ".fgb": "flatgeobuf",
    ".parquet": "parquet", ".geoparquet": "parquet", ".mif": "mapinfo",
    ".mid": "mapinfo", ".map": "mapinfo", ".pdf": "pdf", ".docx": "word", ".doc": "word",
    ".wps": "word", ".pptx": "word", ".numbers": "numbers", ".rar": "archive", ".7z": "archive",
    ".osm": "osm", ".pbf": "osm", ".gpx": "gpx", ".gml": "gml", ".tif": "picture",
    ".tiff": "picture", ".png": "picture", ".jpg": "picture", ".jpeg": "picture",
}  # fmt: skip


def refuse_other_kinds(name: str, content: bytes) -> None:
    """Say what a file is that can't be read here.

    Raises
    ------
    BadFile
        It is such a one.
    """
    head = content[:4096]
    kind = next((kind for start, kind in _KINDS if start.match(head)), None)
    kind = kind or _ENDINGS.get(PurePosixPath(name.lower()).suffix)
    if kind is not None:
        raise BadFile(f"other_kinds.{kind}", path=PurePosixPath(name).name)
