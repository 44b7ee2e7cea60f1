"""Values in Thrift's compact protocol, in which the metadata of a Parquet file is written.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from collections.abc import Mapping, Sequence

Value = tuple[int, bytes]
"""A value's type in Thrift's compact protocol, and its bytes."""

_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12
_LONG_LIST = 15


def varint(number: int) -> bytes:
    """A number of at least 0 in groups of seven bits, the lowest first."""
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])


def _zigzag(number: int) -> bytes:
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


def i32(number: int) -> Value:
    """A 32-bit integer."""
    return _I32, _zigzag(number)


def i64(number: int) -> Value:
    """A 64-bit integer."""
    return _I64, _zigzag(number)


def binary(content: bytes) -> Value:
    """Bytes, or text in UTF-8."""
    return _BINARY, varint(len(content)) + content


def list_of(values: Sequence[Value]) -> Value:
    """A list of values of one type, at least one of them."""
    kind, size = values[0][0], len(values)
    length = b"" if size < _LONG_LIST else varint(size)
    header = bytes([min(size, _LONG_LIST) << 4 | kind]) + length
    return _LIST, header + b"".join(content for _, content in values)


def struct(fields: Mapping[int, Value]) -> Value:
    """A struct of fields by number, in ascending order, at most 15 apart."""
    parts, last = [], 0
    for number, (kind, content) in fields.items():
        parts.append(bytes([(number - last) << 4 | kind]) + content)
        last = number
    return _STRUCT, b"".join(parts) + b"\0"
