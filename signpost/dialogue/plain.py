"""Dataclasses to plain data that JSON can hold, and back, made from their fields and enums.

PlainError      the data does not fit the type: names the place, the value and what is allowed
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from signpost.errors import SignpostError

T = TypeVar("T")


class PlainError(SignpostError, ValueError):
    """Plain data does not fit the type that it is read as."""


def to_plain(value: Any, *, sparse: bool = False) -> Any:
    """A value as dicts, lists, strings, numbers, booleans and None; sets are sorted.

    Args:
        sparse: leave out fields that have their default; ``from_plain`` puts them back.

    Raises:
        PlainError: there is no plain form for a value of this type.
    """
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value
    if isinstance(value, (frozenset, set)):
        return sorted(to_plain(item, sparse=sparse) for item in value)
    if isinstance(value, (tuple, list)):
        return [to_plain(item, sparse=sparse) for item in value]
    if isinstance(value, Mapping):
        return {key: to_plain(item, sparse=sparse) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_plain(getattr(value, field.name), sparse=sparse)
            for field in fields(value)
            if not sparse or getattr(value, field.name) != _default(field)
        }
    raise PlainError(f"{value!r} is a {type(value).__name__}, which has no plain form.")


def from_plain(kind: type[T], data: Any) -> T:
    """Read plain data as ``kind``. Fields that are missing get their default; names that ``kind`` lacks are passed over,
    because another version of the bot may have written them.

    Raises:
        PlainError: a value does not fit, or a field without a default is missing.
    """
    found: T = _read(kind, data, kind.__name__)
    return found


def _read(kind: Any, data: Any, place: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if data is None and type(None) in arguments:
            return None
        (kind,) = (argument for argument in arguments if argument is not type(None))
        return _read(kind, data, place)
    if origin in (frozenset, tuple):
        if not isinstance(data, list):
            raise PlainError(f"{place} is {data!r}, a list is needed.")
        return origin(_read(arguments[0], item, place) for item in data)
    if is_dataclass(kind):
        return _read_fields(kind, data, place)
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(data)
        except ValueError:
            allowed = ", ".join(str(member.value) for member in kind)
            raise PlainError(f"{place} is {data!r}, allowed are {allowed}.") from None
    if kind is int and isinstance(data, float) and data.is_integer():
        return int(data)  # JSON knows one kind of number
    if type(data) is not kind:
        raise PlainError(f"{place} is {data!r}, a {kind.__name__} is needed.")
    return data


def _read_fields(kind: Any, data: Any, place: str) -> Any:
    if not isinstance(data, Mapping):
        raise PlainError(f"{place} is {data!r}, an object is needed.")
    hints = _hints(kind)
    given = {
        field.name: _read(hints[field.name], data[field.name], f"{place}.{field.name}")
        for field in fields(kind)
        if field.name in data
    }
    missing = [field.name for field in fields(kind) if field.name not in given and _default(field) is MISSING]
    if missing:
        raise PlainError(f"{place} lacks {', '.join(missing)}.")
    return kind(**given)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
