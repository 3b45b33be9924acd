"""The travel matrix: checked, and packed small for JSON.

Packed, each row of a location tells only how it differs from the row of its nearest location before
it, and the way back how it differs from the way there. Both are nearly always next to nothing, and
what is next to nothing packs well: whole minutes between 300 places of a town take 10 to 30 KB in
place of half a megabyte.
"""

import base64
import binascii
import lzma
from typing import TYPE_CHECKING, Any

from solver.validation import FieldError, listing, shown, whole

if TYPE_CHECKING:
    import numpy as np

Rows = tuple[tuple[int, ...], ...]
MAX_TRAVEL = 10**9
"""Longest way, seconds."""
MAX_PACKED = 10_000
"""Most locations of a packed matrix: what claims more is not unpacked, and takes gigabytes."""
PLANES = 5
"""Bytes for each number before it is packed: differences of differences need 34 bits."""
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6}]
QUICK = [{"id": lzma.FILTER_LZMA2, "preset": 1}]
"""Packs in a sixth of the time into an eighth more than the preset with which all is read."""


def checked(value: Any) -> Rows:
    """A square matrix of seconds with zeros on its diagonal: rows of whole numbers, or an array of
    them.

    Raises
    ------
    ValueError
        One line that names the place in the matrix.
    """
    if hasattr(value, "dtype"):
        return _checked_array(value)
    rows = tuple(listing(f"travel[{i}]", row) for i, row in enumerate(listing("travel", value)))
    if not rows:
        raise FieldError("travel", "must not be empty")
    for i, row in enumerate(rows):
        if len(row) != len(rows):
            raise FieldError(
                f"travel[{i}]", f"must have {len(rows)} values to be square, got {len(row)}"
            )
        if set(map(type, row)) != {int} or min(row) < 0 or max(row) > MAX_TRAVEL:
            for k, each in enumerate(row):
                whole(f"travel[{i}][{k}]", each, 0, MAX_TRAVEL)
        if row[i] != 0:
            raise FieldError(f"travel[{i}][{i}]", f"must be 0 on the diagonal, got {row[i]}")
    return rows


def _checked_array(array: "np.ndarray") -> Rows:
    """The same for an array of numpy, without a look at each element from Python."""
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.shape[0] == 0:
        raise FieldError("travel", f"must be square and not empty, got shape {array.shape}")
    if array.dtype.kind not in "iu":
        raise FieldError("travel", f"must hold whole numbers, got {array.dtype}")
    wrong = (array < 0) | (array > MAX_TRAVEL)
    if wrong.any() or array.diagonal().any():
        return checked(array.tolist())  # it knows how to name the place
    return tuple(map(tuple, array.tolist()))


def packed(rows: Rows) -> dict[str, Any]:
    """The matrix as JSON values that `unpacked` reads back."""
    import numpy as np

    matrix = np.array(rows, np.int64)
    step = int(np.gcd.reduce(matrix, axis=None)) or 1
    matrix //= step
    near = [int(matrix[:i, i].argmin()) if i else 0 for i in range(len(matrix))]
    parts = [np.array(near)]
    parts += [matrix[i, :i] - matrix[near[i], :i] for i in range(len(matrix))]
    parts += [matrix[:i, i] - matrix[i, :i] for i in range(len(matrix))]
    numbers = np.concatenate(parts)
    folded = ((numbers << 1) ^ (numbers >> 63)).astype("<u8")  # small whatever their sign
    planes = folded.view(np.uint8).reshape(-1, 8).T[:PLANES]
    data = lzma.compress(planes.tobytes(), lzma.FORMAT_RAW, filters=QUICK)
    return {"locations": len(rows), "step": step, "packed": base64.b64encode(data).decode()}


def unpacked(raw: dict[str, Any]) -> "np.ndarray":
    """The matrix that `packed` made JSON values of, an array; to be checked like any other.

    Raises
    ------
    ValueError
        One line that names the field.
    """
    import numpy as np

    if set(raw) != {"locations", "step", "packed"}:
        raise FieldError("travel", "must be rows, or have locations, step and packed")
    count = whole("travel.locations", raw["locations"], 1, MAX_PACKED)
    step = whole("travel.step", raw["step"], 1, MAX_TRAVEL)
    folded = np.zeros((count * count, 8), np.uint8)
    folded[:, :PLANES] = _planes(raw["packed"], count * count).T
    numbers = folded.view("<u8").ravel().astype(np.int64)
    numbers = (numbers >> 1) ^ -(numbers & 1)
    near, there, back = np.split(numbers, [count, count + count * (count - 1) // 2])
    matrix, at = np.zeros((count, count), np.int64), 0
    for i in range(1, count):
        if not 0 <= near[i] < i:
            raise FieldError("travel.packed", "is damaged")
        matrix[i, :i] = matrix[near[i], :i] + there[at : at + i]
        matrix[:i, i] = matrix[i, :i] + back[at : at + i]
        at += i
    return matrix * step


def _planes(text: Any, count: int) -> "np.ndarray":
    """Bytes by their place in the number: ``[place, number]``; never more than were announced."""
    import numpy as np

    if not isinstance(text, str):
        raise FieldError("travel.packed", f"must be a text, got {shown(text)}")
    try:
        reader = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=FILTERS)
        data = reader.decompress(base64.b64decode(text, validate=True), PLANES * count + 1)
    except (lzma.LZMAError, binascii.Error, ValueError) as error:
        raise FieldError("travel.packed", f"cannot be read: {error}") from None
    if len(data) != PLANES * count:
        raise FieldError("travel.packed", f"holds {len(data)} bytes, not {PLANES * count}")
    return np.frombuffer(data, np.uint8).reshape(PLANES, count)
