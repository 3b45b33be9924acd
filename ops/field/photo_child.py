"""The process that draws one photo anew: it reads a file from its standard input, writes a JPEG to
its standard output, and ends.

What strangers send is decoded by libraries written in C. Here it can take no more memory and time
than this process is given, writes no file and begins no process, knows no secret, and takes nobody
with it. It needs nothing of ours.
"""

import struct
import sys
from contextlib import suppress
from io import BytesIO

from PIL import Image, ImageOps

MOST_PIXELS = 50_000_000  # a phone's camera makes 12 to 50 million
MOST_PLAIN_PIXELS = 20_000_000  # of a kind that can't be read at a smaller scale; a screen has 5
MOST_SCANS = 64
"""Of a JPEG, each over all pixels again: one that grows clear as it comes has some ten, and there
may be a small picture, and a second one, in it."""
LONGEST_SIDE = 1920
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")
SCALED = ("JPEG", "MPO")
"""Read at a smaller scale; several JPEGs in one file are an MPO, as phones make them that keep
depth or brightness beside the picture."""
MEMORY = 1_000_000_000  # bytes of address space; twenty million pixels three times over take 250 MB
SECONDS = 20
TOO_LARGE, NO_PICTURE, TOO_LARGE_PLAIN = 3, 4, 5
"""How it ends where there is no JPEG to give."""


def main() -> int:
    """Draw the one picture of standard input, its longest side at most so many pixels, in so good a
    quality; the exit code.
    """
    _bound()
    side, quality = (int(word) for word in sys.argv[1:3])
    content = sys.stdin.buffer.read()
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            if fault := too_large(opened, content):
                return fault
            sys.stdout.buffer.write(drawn(opened, side, quality))
    except MemoryError:
        return TOO_LARGE
    except Exception:  # whatever a decoder has against it, it is no picture for us
        return NO_PICTURE
    return 0


def too_large(opened: Image.Image, content: bytes) -> int:
    """How it ends where its head speaks of more pixels, or finer ones, than any photo has; 0: it
    does not.
    """
    pixels = opened.width * opened.height
    if opened.format in SCALED:
        many = pixels > MOST_PIXELS or content.count(b"\xff\xda") > MOST_SCANS
        return TOO_LARGE if many else 0
    deep = opened.format == "PNG" and len(content) > 24 and content[24] > 8  # IHDR: bits a sample
    return TOO_LARGE_PLAIN if deep or pixels > MOST_PLAIN_PIXELS else 0


def drawn(opened: Image.Image, side: int, quality: int) -> bytes:
    """The picture as a JPEG of our size, upright; whatever else the file carried stays behind."""
    opened.draft("RGB", (side, side))  # of a JPEG no more than is needed is decoded
    opened.thumbnail((side, side))
    image: Image.Image = opened
    with suppress(OSError, ValueError, SyntaxError, TypeError, KeyError, struct.error):
        image = ImageOps.exif_transpose(opened)  # a tag that makes no sense turns nothing
    held = BytesIO()
    image.convert("RGB").save(held, "JPEG", quality=quality)
    return held.getvalue()


def _bound() -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
