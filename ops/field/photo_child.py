"""The process that draws one photo anew: it reads a file from its standard input, writes a JPEG to
its standard output, and ends.

What strangers send is decoded by libraries written in C. Here it can take no more memory and time
than this process is given, knows no secret, and takes nobody with it. It needs nothing of ours.
"""

import struct
import sys
from contextlib import suppress
from io import BytesIO

from PIL import Image, ImageOps

MOST_PIXELS = 50_000_000  # a phone's camera makes 12 to 50 million
MOST_PLAIN_PIXELS = 20_000_000  # of a kind that can't be read at a smaller scale; a screen has 5
LONGEST_SIDE = 1920
FORMATS = ("JPEG", "PNG", "WEBP")
MEMORY = 1_000_000_000  # bytes of address space; twenty million pixels three times over take 250 MB
SECONDS = 20
TOO_LARGE, NO_PICTURE = 3, 4
"""How it ends where there is no JPEG to give."""


def main() -> int:
    """Draw the one picture of standard input; the exit code."""
    _bound()
    content = sys.stdin.buffer.read()
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            if is_too_large(opened, content):
                return TOO_LARGE
            sys.stdout.buffer.write(drawn(opened))
    except MemoryError:
        return TOO_LARGE
    except Exception:  # whatever a decoder has against it, it is no picture for us
        return NO_PICTURE
    return 0


def is_too_large(opened: Image.Image, content: bytes) -> bool:
    """Whether its head speaks of more pixels, or finer ones, than any photo has."""
    pixels = opened.width * opened.height
    if opened.format == "JPEG":
        return pixels > MOST_PIXELS
    deep = opened.format == "PNG" and len(content) > 24 and content[24] > 8  # IHDR: bits a sample
    return deep or pixels > MOST_PLAIN_PIXELS


def drawn(opened: Image.Image) -> bytes:
    """The picture as a JPEG of our size, upright; whatever else the file carried stays behind."""
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # of a JPEG no more than is needed is decoded
    opened.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    image: Image.Image = opened
    with suppress(OSError, ValueError, SyntaxError, TypeError, KeyError, struct.error):
        image = ImageOps.exif_transpose(opened)  # a tag that makes no sense turns nothing
    held = BytesIO()
    image.convert("RGB").save(held, "JPEG", quality=82)
    return held.getvalue()


def _bound() -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


if __name__ == "__main__":
    sys.exit(main())
