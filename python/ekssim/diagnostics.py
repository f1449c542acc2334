"""Complaints and how they are shown: a line of text with the source and a caret, annotations for GitHub, SARIF for code
scanners.

    >>> from ekssim.diagnostics import Complaint, Place
    >>> place = Place("shop.yaml", 14, 15)
    >>> print(Complaint("EKS203", 'memory "10Gb" is not a quantity', "write 10Gi", place=place).text())
    shop.yaml:14:15: error[EKS203]: memory "10Gb" is not a quantity
      hint: write 10Gi

Both halves of the program complain in this form: the YAML reader and resolver in Python (EKS0xx), everything else in
C++.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["Complaint", "Place", "SourceLines", "github_annotations", "plain", "sarif", "show_file", "styled"]

_SOURCE_LINE_MAX = 160
_SOURCE_BYTES_MAX = 64 << 20


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position as a person counts: lines and columns from 1. Line 0 means the whole source, as for `--set`."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong (or, as a warning, doubtful), where it is, and what to do about it."""

    rule: str
    message: str
    hint: str = ""
    severity: str = "error"
    pointer: str = ""
    place: Place | None = None

    @property
    def is_error(self) -> bool:
        return self.severity == "error"

    def headline(self, file: str | None = None) -> str:
        """`path:line:column: error[EKSnnn]: message`; `file` replaces the path."""
        where = ""
        if self.place is not None:
            where = f"{Place(file if file is not None else self.place.file, self.place.line, self.place.column)}: "
        elif self.pointer:
            where = f"{self.pointer}: "
        return f"{where}{self.severity}[{self.rule}]: {self.message}"

    def text(self) -> str:
        return self.headline() + (f"\n  hint: {self.hint}" if self.hint else "")

    def to_dict(self) -> dict[str, Any]:
        place = None
        if self.place is not None:
            place = {"file": self.place.file, "line": self.place.line, "column": self.place.column}
        return {
            "rule": self.rule,
            "severity": self.severity,
            "message": self.message,
            "hint": self.hint,
            "pointer": self.pointer,
            "place": place,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Complaint:
        place = document.get("place")
        return cls(
            rule=document["rule"],
            message=document["message"],
            hint=document.get("hint") or "",
            severity=document.get("severity", "error"),
            pointer=document.get("pointer") or "",
            place=Place(place["file"], place.get("line", 0), place.get("column", 0)) if place else None,
        )


class SourceLines:
    """The lines of the files that complaints point at, each file read once.

    Files are named relative to `folder`, as in the complaints. `texts` holds what never was a file.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None, texts: Mapping[str, str] | None = None) -> None:
        self.folder = Path(folder) if folder is not None else Path()
        self._lines: dict[str, list[str]] = {name: text.splitlines() for name, text in (texts or {}).items()}
        self._texts = frozenset(self._lines)

    def line(self, place: Place) -> str | None:
        """The line at a place, or nothing where it cannot be read any more."""
        if place.line < 1:
            return None
        if place.file not in self._lines:
            self._lines[place.file] = self._read(place.file)
        lines = self._lines[place.file]
        return lines[place.line - 1] if place.line <= len(lines) else None

    def shown_name(self, place: Place) -> str:
        """The file as the reader of a terminal can open it: relative to where the program was started."""
        if place.file in self._texts or place.file.startswith("--") or place.file.startswith("<"):
            return place.file
        return show_file(self.folder / place.file)

    def _read(self, file: str) -> list[str]:
        path = self.folder / file
        try:
            if not path.is_file() or path.stat().st_size > _SOURCE_BYTES_MAX:
                return []
            # Only the line breaks that YAML counts: str.splitlines would also break at form feeds.
            text = path.read_bytes().decode("utf-8-sig", errors="replace")
        except (OSError, ValueError):
            return []
        return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def show_file(path: str | os.PathLike[str]) -> str:
    """A path relative to the current folder where that is no longer than the path itself."""
    text = os.path.normpath(path)
    try:
        relative = os.path.relpath(text)
    except ValueError:
        return text
    return relative if len(relative) <= len(text) or not os.path.isabs(text) else text


def _excerpt(line: str, column: int) -> tuple[str, int]:
    """What fits of a line around a column, and the offset of the caret in it. Tabs and control characters become
    spaces.
    """
    clean = "".join(character if character.isprintable() else " " for character in line)
    caret = max(0, min(column - 1, len(clean)))
    if len(clean) <= _SOURCE_LINE_MAX:
        return clean.rstrip(), caret
    start = max(0, min(caret - _SOURCE_LINE_MAX // 2, len(clean) - _SOURCE_LINE_MAX))
    return clean[start : start + _SOURCE_LINE_MAX].rstrip(), caret - start


def plain(complaint: Complaint, sources: SourceLines) -> str:
    """The complaint, the line it points at with a caret, and the hint."""
    place = complaint.place
    lines = [complaint.headline(sources.shown_name(place) if place else None)]
    source = sources.line(place) if place else None
    if place is not None and source is not None and source.strip():
        text, caret = _excerpt(source, place.column)
        lines += [f"    {text}", f"    {' ' * caret}^"]
    if complaint.hint:
        lines.append(f"  hint: {complaint.hint}")
    return "\n".join(lines)


def styled(complaint: Complaint, sources: SourceLines) -> Text:
    """The same as `plain`, for a terminal that shows colours."""
    from rich.text import Text

    colour = "red" if complaint.is_error else "yellow"
    head, *rest = plain(complaint, sources).split("\n")
    text = Text(head)
    label = f"{complaint.severity}[{complaint.rule}]"
    start = head.find(label)
    text.stylize("bold", 0, max(start, 0))
    if start >= 0:
        text.stylize(f"bold {colour}", start, start + len(label))
    for line in rest:
        text.append("\n")
        if line.startswith("  hint:"):
            text.append("  hint:", style="bold cyan").append(line[len("  hint:") :])
        elif line.strip() == "^":
            text.append(line, style=f"bold {colour}")
        else:
            text.append(line, style="dim")
    return text


def _escaped(text: str, *, in_property: bool = False) -> str:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.replace(":", "%3A").replace(",", "%2C") if in_property else escaped


def github_annotations(complaints: Iterable[Complaint], sources: SourceLines) -> str:
    """Workflow commands that GitHub shows beside the lines of a pull request."""
    lines = []
    for complaint in complaints:
        properties = []
        if complaint.place is not None:
            properties.append(f"file={_escaped(sources.shown_name(complaint.place), in_property=True)}")
            if complaint.place.line:
                properties += [f"line={complaint.place.line}", f"col={complaint.place.column}"]
        properties.append(f"title={_escaped(complaint.rule, in_property=True)}")
        message = complaint.message + (f"\nhint: {complaint.hint}" if complaint.hint else "")
        lines.append(f"::{complaint.severity} {','.join(properties)}::{_escaped(message)}")
    return "\n".join(lines)


def sarif(
    complaints: Sequence[tuple[Complaint, SourceLines]], titles: Mapping[str, tuple[str, str]], version: str
) -> dict[str, Any]:
    """A SARIF 2.1.0 log. `titles` maps a rule to its title and its explanation."""
    codes = sorted({complaint.rule for complaint, _ in complaints})
    rules = []
    for code in codes:
        title, explanation = titles.get(code, (code, code))
        rules.append(
            {"id": code, "shortDescription": {"text": title}, "fullDescription": {"text": explanation or title}}
        )
    results = []
    for complaint, sources in complaints:
        result: dict[str, Any] = {
            "ruleId": complaint.rule,
            "ruleIndex": codes.index(complaint.rule),
            "level": complaint.severity,
            "message": {"text": complaint.message + (f" ({complaint.hint})" if complaint.hint else "")},
        }
        if complaint.place is not None:
            location: dict[str, Any] = {
                "artifactLocation": {
                    "uri": sources.shown_name(complaint.place).replace(os.sep, "/").replace(" ", "%20")
                }
            }
            if complaint.place.line:
                location["region"] = {"startLine": complaint.place.line, "startColumn": max(1, complaint.place.column)}
            result["locations"] = [{"physicalLocation": location}]
        results.append(result)
    driver = {"name": "ekssim", "version": version, "rules": rules}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
