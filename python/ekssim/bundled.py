"""The scenarios that come with the package: inside it when it is installed, beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

__all__ = ["folder", "names"]


def folder() -> Path | None:
    """Where the bundled scenarios lie."""
    package = Path(__file__).resolve().parent
    for candidate in (
        Path(__file__).parent / "_scenarios",
        Path(__file__).parent / "scenarios",
        package.parents[1] / "scenarios",
    ):
        if candidate.is_dir():
            return candidate
    return None


def names() -> list[str]:
    """Their names, without the suffix."""
    found = folder()
    return sorted(path.stem for path in found.glob("*.yaml")) if found is not None else []
