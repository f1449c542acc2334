"""What all builders share: keywords in Python's spelling, the file's words out, and the way back for complaints."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

__all__ = ["Built", "Distribution", "Duration", "Quantity", "plain", "snake", "where"]

# "90s", "2h", "1h30m", or a timedelta.
Duration = str | timedelta
# "350m" cores, "600Mi" bytes, or a number that Kubernetes takes.
Quantity = str | int | float
# A duration that is always the same, or a law of chance: Lognormal, Exponential, or a dict such as {"uniform": …}.
Distribution = Any
# A place in a document: keys and positions.
Path = tuple[str | int, ...]


class _Named(type):
    """Answers a wrong keyword with the one that was meant."""

    if not TYPE_CHECKING:

        def __call__(cls, *arguments: Any, **named: Any) -> Any:
            known = [one.name for one in dataclasses.fields(cls)] if dataclasses.is_dataclass(cls) else []
            for name in named:
                if name not in known:
                    near = difflib.get_close_matches(snake(name), known, 1, 0.5)
                    hint = f"did you mean {near[0]}?" if near else f"it takes {', '.join(known)}"
                    raise TypeError(f"{cls.__name__}() got an unexpected keyword argument {name!r}: {hint}")
            return super().__call__(*arguments, **named)


class Built(metaclass=_Named):
    """A part of a scenario. `to_dict()` is what a file would hold; what was not given is not in it.

    `more` is laid over it, for what the builder has no keyword for.
    """

    # Where a field stands in the document, if not under its own name in camelCase.
    _places: ClassVar[Mapping[str, Path]] = {}

    def to_dict(self) -> dict[str, Any]:
        document: dict[str, Any] = {}
        for name, value in self._given().items():
            if name != "more":
                put(document, self._place(name), plain(value))
        return laid_over(document, plain(getattr(self, "more", None) or {}))

    def _given(self) -> dict[str, Any]:
        fields = dataclasses.fields(self)  # type: ignore[arg-type]
        return {one.name: getattr(self, one.name) for one in fields if getattr(self, one.name) is not None}

    def _place(self, name: str) -> Path:
        return self._places.get(name, (camel(name),))


def camel(name: str) -> str:
    """
    >>> camel("max_pods_per_node"), camel("for_")
    ('maxPodsPerNode', 'for')
    """
    first, *others = name.rstrip("_").split("_")
    return first + "".join(one.capitalize() for one in others)


def snake(name: str) -> str:
    """
    >>> snake("instanceTyp")
    'instance_typ'
    """
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def plain(value: Any) -> Any:
    """Builders as dicts and durations as texts, at any depth."""
    if isinstance(value, Built):
        return value.to_dict()
    if isinstance(value, timedelta):
        return f"{value // timedelta(microseconds=1)}us"
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [plain(one) for one in value]
    return value


def put(document: dict[str, Any], path: Path, value: Any) -> None:
    for key in path[:-1]:
        document = document.setdefault(str(key), {})
    document[str(path[-1])] = value


def laid_over(document: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in more.items():
        own = document.get(key)
        document[key] = laid_over(own, value) if isinstance(own, dict) and isinstance(value, Mapping) else value
    return document


def where(value: Any, pointer: Sequence[str]) -> str:
    """The builder's own path to a place in the document that was made of it.

    Beyond the last builder on the way the words are those of the document: `manifests[0].spec.paused`.
    """
    if not pointer:
        return ""
    if isinstance(value, Built):
        best = max(
            (
                (name, place)
                for name in value._given()
                if name != "more" and _begins(pointer, place := value._place(name))
            ),
            key=lambda found: len(found[1]),
            default=None,
        )
        if best is not None:
            name, place = best
            return f".{name}{where(getattr(value, name), pointer[len(place) :])}"
        return "".join(_token(one) for one in pointer)
    token, rest = pointer[0], pointer[1:]
    if isinstance(value, Mapping):
        return _token(token) + where(value.get(token), rest)
    if isinstance(value, Sequence) and not isinstance(value, str) and token.isdigit() and int(token) < len(value):
        return f"[{token}]{where(value[int(token)], rest)}"
    return "".join(_token(one) for one in pointer)


def _begins(pointer: Sequence[str], place: Path) -> bool:
    return len(pointer) >= len(place) and all(str(a) == b for a, b in zip(place, pointer, strict=False))


def _token(token: str) -> str:
    if token.isdigit():
        return f"[{token}]"
    return f".{token}" if token.replace("_", "a").isalnum() else f'["{token}"]'
