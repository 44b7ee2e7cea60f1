"""The component's parameters as JSON in a page: arrays keep their type, no text ends a script."""

import json
from base64 import b64encode
from typing import Any

import numpy as np

_TYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64", "float16")


def _plain(value: Any) -> Any:
    """What JSON holds, in place of NumPy's own types."""
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _array(values: Any) -> dict[str, str]:
    """Little-endian bytes beside the name of their type; int64 as int32, as ids and counts fit."""
    kept = values.astype(np.int32) if values.dtype == np.int64 else values
    if kept.dtype.name not in _TYPES:
        raise TypeError(f"found an array of {kept.dtype}, expected one of {', '.join(_TYPES)}")
    content = np.ascontiguousarray(kept, kept.dtype.newbyteorder("<")).tobytes()
    return {"array": kept.dtype.name, "base64": b64encode(content).decode("ascii")}


def page_json(value: Any) -> str:
    """JSON that may stand inside a ``<script>``: no character in it can end the element."""
    text = json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace("\u2028", r"\u2028").replace("\u2029", r"\u2029")
