"""Which series a PromQL expression selects: metric names and the labels it asks of them.

>>> found = selectors('sum by (pod) (rate(a_total{x="1", y=~".*"}[5m])) > 0')
>>> [(one.metric, sorted(one.labels_needed())) for one in found]
[('a_total', ['x'])]

A tokenizer and no parser: it tells names of metrics from functions, keywords, label lists and durations. What it reads
has passed promtool's check.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Selector", "selectors"]

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
      | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
      | (?P<range>\[[^\]]*\])
      | (?P<number>0[xX][0-9a-fA-F]+|(?:[0-9]+(?:ms|[smhdwy]))+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
      | (?P<matcher>=~|!~|!=|==|>=|<=|=)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_LABEL_LISTS: Final = {"by", "without", "on", "ignoring", "group_left", "group_right"}
_WORDS: Final = {"and", "or", "unless", "bool", "offset", "atan2", "inf", "nan"}
# They may be followed by `by (…)` before their arguments; all other functions by the arguments at once.
_AGGREGATIONS: Final = {
    *("sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values"),
    *("bottomk", "topk", "quantile", "limitk", "limit_ratio"),
}
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


@dataclass(slots=True)
class Selector:
    """One selector. `metric` is empty where it goes by other labels than the name alone."""

    metric: str
    matchers: list[tuple[str, str, str]] = field(default_factory=list)  # label, operator, value

    def labels_needed(self) -> set[str]:
        """Labels without which it selects nothing."""
        return {label for label, operator, value in self.matchers if not _takes_empty(operator, value)}


def _takes_empty(operator: str, value: str) -> bool:
    """Whether a label that is not there, which counts as empty, fulfils it."""
    if operator in ("=", "!="):
        return (value == "") == (operator == "=")
    try:
        holds = re.fullmatch(value, "") is not None
    except re.error:
        # RE2 knows a few forms that Python does not; with those the label may be what it likes.
        return True
    return holds == (operator == "=~")


def _text(token: str) -> str:
    return token[1:-1] if token[0] == "`" else _ESCAPE.sub(r"\1", token[1:-1])


def selectors(expression: str) -> list[Selector]:
    """All selectors of the expression, in the order in which they stand there."""
    tokens = [
        (str(match.lastgroup), match.group()) for match in _TOKEN.finditer(expression) if match.lastgroup != "space"
    ]
    found: list[Selector] = []
    at = 0
    while at < len(tokens):
        kind, text = tokens[at]
        following = tokens[at + 1][1] if at + 1 < len(tokens) else ""
        if kind == "name" and text.lower() in _LABEL_LISTS and (following == "(" or text.startswith("group_")):
            at = _behind_list(tokens, at + 1)
            continue
        if text == "{":
            at = _read_matchers(tokens, at, Selector(""), found)
            continue
        is_word = text.lower() in _WORDS or text.lower() in _AGGREGATIONS
        if kind == "name" and following != "(" and not is_word:
            selector = Selector(text)
            if following == "{":
                at = _read_matchers(tokens, at + 1, selector, found)
                continue
            found.append(selector)
        at += 1
    return found


def _behind_list(tokens: list[tuple[str, str]], at: int) -> int:
    """Behind `(a, b)`, if that stands there."""
    if at >= len(tokens) or tokens[at][1] != "(":
        return at
    while at < len(tokens) and tokens[at][1] != ")":
        at += 1
    return at + 1


def _read_matchers(tokens: list[tuple[str, str]], at: int, selector: Selector, found: list[Selector]) -> int:
    """Reads `{…}` into the selector; the place behind it."""
    at += 1
    while at < len(tokens) and tokens[at][1] != "}":
        if at + 2 < len(tokens) and tokens[at + 1][0] == "matcher" and tokens[at + 2][0] == "string":
            label, operator, value = tokens[at][1], tokens[at + 1][1], _text(tokens[at + 2][1])
            if label == "__name__" and operator == "=":
                selector.metric = value
            else:
                selector.matchers.append((label, operator, value))
            at += 3
        elif tokens[at][0] == "string":  # Prometheus 3: {"name"}
            selector.metric = _text(tokens[at][1])
            at += 1
        else:
            at += 1
    found.append(selector)
    return at + 1
