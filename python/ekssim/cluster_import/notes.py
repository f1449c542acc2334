"""What an import assumed, and what it left out: each said once, with how often."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Notes"]


@dataclass(slots=True)
class Notes:
    assumed: list[str] = field(default_factory=list)
    _left_out: dict[str, list[str]] = field(default_factory=dict)

    def assume(self, text: str) -> None:
        if text not in self.assumed:
            self.assumed.append(text)

    def leave_out(self, why: str, title: str) -> None:
        self._left_out.setdefault(why, []).append(title)

    @property
    def left_out(self) -> list[str]:
        shown = 3
        lines = []
        for why, titles in self._left_out.items():
            more = f" and {len(titles) - shown} more" if len(titles) > shown else ""
            lines.append(f"{why}: {', '.join(titles[:shown])}{more}")
        return lines
