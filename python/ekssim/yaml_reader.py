"""YAML with positions: the first step from a user's files to a scenario.

    >>> file = read_text("replicas: 3\\nname: web\\n", "web.yaml")
    >>> file.documents[0].plain()
    {'replicas': 3, 'name': 'web'}
    >>> file.documents[0].entries["name"].node.at
    (0, 2, 7)

Every value keeps the place where it was written, keys too, so that whatever is found wrong later points at its line.
What is wrong with the text itself becomes a complaint with a place, never an exception; reading goes on so that all of
a file's mistakes come out at once. Where YAML 1.1 and 1.2 disagree the reading is that of Kubernetes and eksctl, with a
warning that says so.

The parser is libyaml through PyYAML: its events carry marks and come some twenty times faster than those of a parser
written in Python, which serves where a PyYAML without libyaml is installed. Constructors of tagged objects are never
involved.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from ekssim.diagnostics import Complaint, Place

__all__ = [
    "BYTES_MAX",
    "DEPTH_MAX",
    "NODES_MAX",
    "At",
    "Entry",
    "Node",
    "YamlFile",
    "near_miss",
    "read_file",
    "read_text",
]

BYTES_MAX: Final = 32 << 20
NODES_MAX: Final = 1_000_000
DEPTH_MAX: Final = 100
# An alias is for sharing a block, not for growth: a text may become this many times as large, and a little more.
ALIAS_GROWTH_MAX: Final = 100
ALIAS_GROWTH_FREE: Final = 10_000
COMPLAINTS_MAX: Final = 200
# Python refuses to convert very long digit strings, and no quantity of ours has this many.
DIGITS_MAX: Final = 300

# (index of the file, line, column), lines and columns from 1.
At = tuple[int, int, int]


@dataclass(slots=True)
class Entry:
    """A key of a map with its place, and what it holds."""

    at: At
    node: Node


class Node:
    """A value and the place of its first character. What an alias stands for is the anchor's own node and place."""

    __slots__ = ("at", "entries", "items", "scalar", "size")

    def __init__(self, at: At) -> None:
        self.at = at
        self.scalar: Any = None
        self.entries: dict[str, Entry] | None = None
        self.items: list[Node] | None = None
        self.size = 1  # values below and including this one, with aliases written out

    @classmethod
    def of(cls, value: Any, at: At) -> Node:
        """A value that was written somewhere else as a whole: everything in it has the one place."""
        node = cls(at)
        if isinstance(value, dict):
            node.entries = {str(key): Entry(at, cls.of(item, at)) for key, item in value.items()}
        elif isinstance(value, (list, tuple)):
            node.items = [cls.of(item, at) for item in value]
        else:
            node.scalar = value
        return node

    @property
    def is_map(self) -> bool:
        return self.entries is not None

    @property
    def is_scalar(self) -> bool:
        return self.entries is None and self.items is None

    def get(self, key: str) -> Node | None:
        """What a map holds under a key; nothing for anything but a map."""
        entry = self.entries.get(key) if self.entries is not None else None
        return entry.node if entry is not None else None

    def text(self, key: str) -> str | None:
        node = self.get(key)
        return node.scalar if node is not None and isinstance(node.scalar, str) else None

    def plain(self) -> Any:
        """The value without its places."""
        if self.entries is not None:
            return {key: entry.node.plain() for key, entry in self.entries.items()}
        if self.items is not None:
            return [item.plain() for item in self.items]
        return self.scalar


@dataclass(slots=True)
class YamlFile:
    """The documents of one file, and what was wrong with it."""

    name: str
    documents: list[Node] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        return any(complaint.is_error for complaint in self.complaints)


def near_miss(word: str, known: object) -> str:
    """`did you mean "…"?` for the nearest of the known words, or nothing."""
    close = difflib.get_close_matches(word, [str(one) for one in known], n=1, cutoff=0.6)  # type: ignore[attr-defined]
    return f'did you mean "{close[0]}"?' if close else ""


def read_file(path: str | os.PathLike[str], name: str | None = None, file_index: int = 0) -> YamlFile:
    """Reads a file from disk; `name` is how complaints call it."""
    path = Path(path)
    result = YamlFile(name if name is not None else str(path))

    def refused(rule: str, message: str, hint: str = "") -> YamlFile:
        result.complaints.append(Complaint(rule, message, hint, place=Place(result.name)))
        return result

    try:
        if not path.exists():
            return refused("EKS001", f"there is no file {result.name}")
        # A pipe or a device would block or never end.
        if not path.is_file():
            return refused("EKS003", f"{result.name} is {'a folder' if path.is_dir() else 'no regular file'}")
        with path.open("rb") as stream:
            content = stream.read(BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return refused("EKS003", f"{result.name} cannot be read: {reason}")
    return read_text(content, result.name, file_index)


def read_text(content: str | bytes, name: str = "<text>", file_index: int = 0) -> YamlFile:
    """Reads the text of a file. Never raises for anything the text holds."""
    result = YamlFile(name)
    text = _decoded(content, result)
    if text is None:
        return result
    start_line = 0
    reader = _Reader(result, file_index)
    # libyaml stops at the first syntax error; the documents after it are read on their own, so that their mistakes show
    # too.
    while True:
        stopped_at = reader.read(text, start_line)
        if stopped_at is None or len(result.complaints) >= COMPLAINTS_MAX:
            break
        rest = _after_next_document_mark(text, stopped_at - start_line)
        if rest is None:
            break
        text, skipped = rest
        start_line += skipped
    if not result.documents and not result.complaints:
        result.complaints.append(
            Complaint(
                "EKS005", f"there is nothing in {name}", "a scenario needs `cluster` and `run`", place=Place(name, 1, 1)
            )
        )
    if len(result.complaints) > COMPLAINTS_MAX:
        more = len(result.complaints) - COMPLAINTS_MAX
        errors = [complaint for complaint in result.complaints if complaint.is_error]
        severity = "error" if errors else "warning"
        # Errors first: they are what has to be mended.
        kept = (errors + [complaint for complaint in result.complaints if not complaint.is_error])[:COMPLAINTS_MAX]
        kept.append(Complaint("EKS019", f"{more} more complaints about {name}", severity=severity, place=Place(name)))
        result.complaints[:] = kept
    return result


# --- from bytes to text -----------------------------------------------------------------------------------------------

_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_COMPRESSED: Final = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}


def _decoded(content: str | bytes, result: YamlFile) -> str | None:
    name = result.name

    def refused(rule: str, message: str, hint: str, line: int = 0, column: int = 0) -> None:
        result.complaints.append(Complaint(rule, message, hint, place=Place(name, line, column)))

    if len(content) > BYTES_MAX:
        refused(
            "EKS004",
            f"{name} is larger than {BYTES_MAX >> 20} MB",
            "split it, or leave out what the cluster does not run",
        )
        return None
    if isinstance(content, str):
        text = content.removeprefix("\ufeff")
    else:
        for mark, kind in _COMPRESSED.items():
            if content.startswith(mark):
                refused("EKS006", f"{name} is a {kind} archive, not text", "unpack it first", 1, 1)
                return None
        sample = content[:4096]
        if content.startswith(_UTF16_MARKS) or (len(sample) > 3 and sample.count(0) * 3 > len(sample)):
            refused(
                "EKS006", f"{name} is not UTF-8 text; it looks like UTF-16", "save it with the encoding UTF-8", 1, 1
            )
            return None
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = content[: error.start].decode("utf-8", errors="replace")
            line = before.count("\n") + 1
            column = len(before) - (before.rfind("\n") + 1) + 1
            message = f"{name} is not UTF-8 text: byte 0x{content[error.start]:02x} cannot stand here"
            refused("EKS006", message, "save it with the encoding UTF-8; a binary file is no manifest", line, column)
            return None
    bad = _CONTROL.search(text)
    if bad is not None:
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - (text.rfind("\n", 0, bad.start()) + 1) + 1
        what = "a NUL byte" if bad.group() == "\0" else f"the control character U+{ord(bad.group()):04X}"
        refused(
            "EKS007", f"{what} stands in the text", "a binary file is no manifest; remove the character", line, column
        )
        return None
    return text


def _after_next_document_mark(text: str, line: int) -> tuple[str, int] | None:
    """The text from the first `---` at a line (from 0; not the first one) or after it, and how many lines were left
    out.
    """
    position = 0
    for _ in range(max(line, 1)):
        position = text.find("\n", position) + 1
        if position == 0:
            return None
    mark = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE).search(text, position)
    if mark is None:
        return None
    return text[mark.start() :], text.count("\n", 0, mark.start())


# --- scalars ----------------------------------------------------------------------------------------------------------

_WORDS: Final[dict[str, Any]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_OLD_BOOLEANS: Final[dict[str, bool]] = {
    **{word: True for word in ("yes", "Yes", "YES", "on", "On", "ON", "y", "Y")},
    **{word: False for word in ("no", "No", "NO", "off", "Off", "OFF", "n", "N")},
}
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_OLD_OCTAL: Final = re.compile(r"[-+]?0[0-7]+\Z")
_OCTAL: Final = re.compile(r"[-+]?0o[0-7]+\Z")
_HEXADECIMAL: Final = re.compile(r"[-+]?0x[0-9a-fA-F]+\Z")
_BINARY: Final = re.compile(r"[-+]?0b[01]+\Z")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_OLD_FLOAT: Final = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?\Z")
_UNDERSCORED: Final = re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?\Z")
_SEXAGESIMAL: Final = re.compile(r"[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?\Z")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
# Only a text that begins like this can be anything but text.
_MAY_BE_NUMBER: Final = frozenset("0123456789+-.")
# File modes are written in octal by everybody, and read so by Kubernetes.
_MODE_KEYS: Final = ("mode", "Mode")

_TAG: Final = "tag:yaml.org,2002:"
_SCALAR_TAGS: Final = frozenset(_TAG + kind for kind in ("str", "int", "float", "bool", "null"))


class _Reader:
    """Builds nodes from the parser's events."""

    def __init__(self, result: YamlFile, file_index: int) -> None:
        self.result = result
        self.file_index = file_index
        self.written = 0
        self.expanded = 0
        self.line_offset = 0
        self.anchors: dict[str, Node] = {}
        self.open_anchors: set[str] = set()
        self.open_flows: list[tuple[At, str]] = []

    # --- the stream

    def read(self, text: str, line_offset: int) -> int | None:
        """Reads documents until the end or a syntax error; the error's line (from 0, in the whole file) is the answer
        then.
        """
        self.line_offset = line_offset
        events = _events(text)
        try:
            for event in events:
                if isinstance(event, yaml.DocumentStartEvent):
                    self.anchors = {}
                    self.open_anchors = set()
                    self.open_flows = []
                    document = self.node(next(events), events, 0, "")
                    # Two marks with nothing between them are no document.
                    if not (document.is_scalar and document.scalar is None):
                        self.result.documents.append(document)
        except _TooMuchError:
            return None
        except yaml.YAMLError as error:
            return self.syntax_error(error, text)
        except RecursionError:  # pragma: no cover - the depth limit is far below Python's
            self.complain("EKS014", (self.file_index, 1, 1), "maps and lists are nested too deeply")
        return None

    def syntax_error(self, error: yaml.YAMLError, text: str) -> int:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "the text is not YAML"
        lines = text.split("\n")
        if mark is None:
            # A character that the parser cannot take has an offset and no mark.
            position = getattr(error, "position", 0) or 0
            line, column = text.count("\n", 0, position), position - (text.rfind("\n", 0, position) + 1)
        else:
            line, column = mark.line, mark.column
        source = lines[line] if line < len(lines) else ""
        at = (self.file_index, line + self.line_offset + 1, column + 1)
        context = getattr(error, "context", None) or ""
        context_mark = getattr(error, "context_mark", None)
        is_at_end = source.startswith("---") or not any(rest.strip() for rest in [source[column:], *lines[line + 1 :]])
        # The parser notices at the end of the document; what has to be mended is where it was opened.
        if is_at_end and "quoted scalar" in context and context_mark is not None:
            began = (self.file_index, context_mark.line + self.line_offset + 1, context_mark.column + 1)
            self.complain("EKS008", began, "the quote is never closed", f"line {at[1]} is reached while it is open")
            return line + self.line_offset
        if is_at_end and self.open_flows:
            began, bracket = self.open_flows[-1]
            self.complain(
                "EKS008", began, f"the {bracket} is never closed", f"line {at[1]} is reached while it is open"
            )
            return line + self.line_offset
        if context_mark is not None and "expected ':'" in str(problem) and context_mark.line < len(lines):
            # What has to be mended is the line without a colon, not the one after it.
            line, column = context_mark.line, context_mark.column
            source = lines[line]
            at = (self.file_index, line + self.line_offset + 1, column + 1)
        rule, message, hint = _explain_syntax(str(problem), context, source, column)
        if not hint and context_mark is not None and context_mark.line != line:
            hint = f"it began at line {context_mark.line + self.line_offset + 1}"
        self.complain(rule, at, message, hint)
        return line + self.line_offset

    # --- values

    def node(self, event: Any, events: Iterator[Any], depth: int, key: str) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        mark = event.start_mark
        at = (self.file_index, mark.line + self.line_offset + 1, mark.column + 1)
        node = Node(at)
        self.count(at, 1)
        anchor = event.anchor
        if isinstance(event, yaml.ScalarEvent):
            node.scalar = self.scalar(event, at, key)
        else:
            if depth >= DEPTH_MAX:
                self.complain("EKS014", at, f"maps and lists are nested more than {DEPTH_MAX} deep")
                raise _TooMuchError
            if anchor is not None:
                self.open_anchors.add(anchor)
            if event.flow_style:
                self.open_flows.append((at, "{" if isinstance(event, yaml.MappingStartEvent) else "["))
            is_flow = event.flow_style
            if isinstance(event, yaml.MappingStartEvent):
                self.check_tag(event.tag, at, "map")
                self.map(node, events, depth)
            else:
                self.check_tag(event.tag, at, "seq")
                node.items = []
                while not isinstance(event := next(events), yaml.SequenceEndEvent):
                    item = self.node(event, events, depth + 1, key)
                    node.size += item.size
                    node.items.append(item)
            if is_flow:
                self.open_flows.pop()
            self.open_anchors.discard(anchor)
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    def map(self, node: Node, events: Iterator[Any], depth: int) -> None:
        entries: dict[str, Entry] = {}
        merged: list[Node] = []
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key: str | None
            if isinstance(event, yaml.ScalarEvent):
                key, key_at = self.key(event)
            else:
                key, key_at = self.complex_key(event, events, depth)
            value = self.node(next(events), events, depth + 1, key if key is not None else "")
            node.size += value.size
            if key is None:
                continue
            if key == "<<" and isinstance(event, yaml.ScalarEvent) and event.implicit[0]:
                merged += self.merge_sources(value)
            elif key in entries:
                first = entries[key].at
                message = f'the key "{key}" is written twice in one map; first at line {first[1]}, column {first[2]}'
                first_place = f"{self.result.name}:{first[1]}:{first[2]}"
                self.complain("EKS010", key_at, message, f"remove this one or the one at {first_place}")
            else:
                entries[key] = Entry(key_at, value)
        # What a map says itself goes before what it merges, and earlier merged maps before later ones.
        for source in merged:
            for key, entry in (source.entries or {}).items():
                if key not in entries:
                    entries[key] = entry
        node.entries = entries

    def merge_sources(self, value: Node) -> list[Node]:
        sources = value.items if value.items is not None else [value]
        maps = [source for source in sources if source.is_map]
        for source in sources:
            if not source.is_map:
                self.complain(
                    "EKS017", source.at, "a merge key (<<) takes a map or a list of maps", "write <<: *name of a map"
                )
        return maps

    def key(self, event: Any) -> tuple[str, At]:
        mark = event.start_mark
        at = (self.file_index, mark.line + self.line_offset + 1, mark.column + 1)
        self.count(at, 1)
        text = event.value
        if event.anchor is not None:
            node = Node(at)
            node.scalar = text
            self.anchors[event.anchor] = node
        if event.implicit[0] and text in _OLD_BOOLEANS and len(text) > 1:
            self.warn(
                "EKS046",
                at,
                f'the key {text} is a boolean in YAML 1.1; it is read as the text "{text}"',
                f'write "{text}"',
            )
        return text, at

    def complex_key(self, event: Any, events: Iterator[Any], depth: int) -> tuple[str | None, At]:
        before = len(self.result.complaints)
        node = self.node(event, events, depth + 1, "")
        if node.is_scalar and node.scalar is not None:
            return (node.scalar if isinstance(node.scalar, str) else _written(node.scalar)), node.at
        # The braces of a template are a map as the key of a map as the key of a map: one mistake, said once.
        if all(complaint.rule != "EKS016" for complaint in self.result.complaints[before:]):
            hint = "if this is a template, render it first (helm template, kustomize build)"
            self.complain("EKS016", node.at, "the key of a map is a text, not a map or list", hint)
        return None, node.at

    def alias(self, event: Any) -> Node:
        mark = event.start_mark
        at = (self.file_index, mark.line + self.line_offset + 1, mark.column + 1)
        name = event.anchor
        if name in self.open_anchors:
            self.complain("EKS012", at, f"the alias *{name} stands inside the value of its own anchor &{name}")
        elif name not in self.anchors:
            hint = (
                near_miss(name, self.anchors)
                or f"write &{name} before the value that it stands for, in the same document"
            )
            self.complain("EKS011", at, f"there is no anchor &{name} before the alias *{name}", hint)
        else:
            node = self.anchors[name]
            self.count(at, node.size, is_alias=True)
            return node
        return Node(at)

    def count(self, at: At, values: int, *, is_alias: bool = False) -> None:
        self.expanded += values
        if not is_alias:
            self.written += values
        if self.expanded > NODES_MAX:
            self.complain("EKS013", at, f"the file holds more than {NODES_MAX:,} values with its aliases written out")
            raise _TooMuchError
        if self.expanded > self.written * ALIAS_GROWTH_MAX + ALIAS_GROWTH_FREE:
            message = f"aliases make the text more than {ALIAS_GROWTH_MAX} times as large as it is written"
            self.complain("EKS013", at, message, "write out what is meant")
            raise _TooMuchError

    def check_tag(self, tag: str | None, at: At, kind: str) -> None:
        if tag is not None and tag not in ("!", _TAG + kind):
            self.complain("EKS015", at, f"the tag {_shown_tag(tag)} is not read", "leave the tag away")

    # --- scalars

    def scalar(self, event: Any, at: At, key: str) -> Any:
        text: str = event.value
        tag: str | None = event.tag
        if tag is not None and tag != "!":
            return self.tagged(text, tag, at)
        if not event.implicit[0] or tag == "!":
            return text
        if text in _WORDS:
            return _WORDS[text]
        if text in _OLD_BOOLEANS:
            value = _OLD_BOOLEANS[text]
            meant = "true" if value else "false"
            self.warn(
                "EKS040",
                at,
                f"{text} is read as {meant}, as Kubernetes does",
                f'write {meant}, or "{text}" for the text',
            )
            return value
        if text[0] not in _MAY_BE_NUMBER:
            return text
        return self.number(text, at, key)

    def number(self, text: str, at: At, key: str) -> Any:
        if len(text) > DIGITS_MAX:
            return text
        if _INTEGER.match(text):
            return int(text)
        if _OLD_OCTAL.match(text):
            octal = int(text, 8)
            if not key.endswith(_MODE_KEYS):
                self.warn(
                    "EKS041", at, f"{text} is read as octal, {octal}, as Kubernetes does", f'write {octal}, or "{text}"'
                )
            return octal
        if _OCTAL.match(text):
            return int(text.replace("0o", "", 1), 8)
        if _HEXADECIMAL.match(text):
            return int(text, 16)
        if _BINARY.match(text):
            return int(text, 2)
        if _FLOAT.match(text):
            value = float(text)
            if value in (float("inf"), float("-inf")):
                self.complain("EKS018", at, f"{text} is beyond every number", "write a number that can be reached")
                return None
            if not _OLD_FLOAT.match(text) and not text.lstrip("+-").isdigit():
                self.warn(
                    "EKS045",
                    at,
                    f"{text} is read as the number {value:g}",
                    f'write {value:.17g}, or "{text}" for the text',
                )
            return int(text) if text.lstrip("+-").isdigit() else value
        if _NOT_FINITE.match(text):
            self.complain("EKS018", at, f"{text} is not a finite number", f'write a number, or "{text}" for the text')
            return None
        if _UNDERSCORED.match(text):
            digits = text.replace("_", "")
            number = float(digits) if "." in digits else int(digits)
            self.warn(
                "EKS042", at, f"{text} is read as the number {digits}", f'write {digits}, or "{text}" for the text'
            )
            return number
        if _SEXAGESIMAL.match(text):
            self.warn(
                "EKS043", at, f'{text} is read as the text "{text}", not as a number to base 60', f'write "{text}"'
            )
        elif _DATE.match(text):
            self.warn("EKS044", at, f'{text} is read as the text "{text}", not as a date', f'write "{text}"')
        return text

    def tagged(self, text: str, tag: str, at: At) -> Any:
        if tag not in _SCALAR_TAGS:
            self.complain("EKS015", at, f"the tag {_shown_tag(tag)} is not read", "leave the tag away")
            return text
        kind = tag.removeprefix(_TAG)
        if kind == "str":
            return text
        if kind == "null":
            return None
        try:
            if kind == "bool":
                return {**_OLD_BOOLEANS, "true": True, "false": False}[text if text in _OLD_BOOLEANS else text.lower()]
            if kind == "int":
                return int(text.replace("_", "")[:DIGITS_MAX], 0)
            value = float(text.replace("_", ""))
            if value != value or value in (float("inf"), float("-inf")):
                raise ValueError(text)
            return value
        except (KeyError, ValueError):
            self.complain("EKS015", at, f'"{text}" is no value of the tag {_shown_tag(tag)}', "leave the tag away")
            return text

    # --- complaints

    def complain(self, rule: str, at: At, message: str, hint: str = "", severity: str = "error") -> None:
        self.result.complaints.append(
            Complaint(rule, message, hint, severity, place=Place(self.result.name, at[1], at[2]))
        )

    def warn(self, rule: str, at: At, message: str, hint: str) -> None:
        self.complain(rule, at, message, hint, "warning")


class _TooMuchError(Exception):
    """The text grows beyond a limit; what was read before stays, the rest is left alone."""


def _events(text: str) -> Iterator[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        while True:
            event = loader.get_event()
            if event is None:
                return
            yield event
            if isinstance(event, yaml.StreamEndEvent):
                return
    finally:
        loader.dispose()


def _written(value: Any) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _shown_tag(tag: str) -> str:
    return "!!" + tag.removeprefix(_TAG) if tag.startswith(_TAG) else tag


def _explain_syntax(problem: str, context: str, source: str, column: int) -> tuple[str, str, str]:
    """Rule, message and hint for what the parser says; the usual mistakes by name."""
    indentation = source[: len(source) - len(source.lstrip())]
    at = source[column] if column < len(source) else ""
    if "{{" in source:
        return (
            "EKS008",
            f"YAML: {problem}",
            "this looks like a template: render it first (helm template, kustomize build)",
        )
    if "\t" in indentation and column <= len(indentation):
        return "EKS009", "a tab stands in the indentation", "indent with spaces"
    if at in "@`" and at:
        return "EKS008", f"a value cannot begin with {at}", "put it in quotes"
    if at == "%" and "cannot start any token" in problem:
        return "EKS008", "a value cannot begin with %", "put it in quotes"
    if source.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "EKS008", "a merge conflict was left in the file", "resolve it"
    if "expected ':'" in problem:
        return "EKS008", "a key without a colon", "write KEY: VALUE, or put a dash before the entry of a list"
    if "mapping values are not allowed" in problem:
        hint = "put a value that holds a colon and a space in quotes, or check the indentation"
        return "EKS008", "a colon starts a map where none can be", hint
    if (
        "expected <block end>" in problem
        or "did not find expected key" in problem
        or "expected '-' indicator" in problem
    ):
        return (
            "EKS008",
            "this line is indented differently from the lines it belongs to",
            "give all entries of a map or list one depth",
        )
    where = f" ({context})" if context else ""
    return "EKS008", f"YAML: {problem}{where}", ""
