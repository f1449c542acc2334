"""What tells one form of a scenario from another, as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["label_text", "shown_value"]


def shown_value(value: Any) -> str:
    """A value of a label: a text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def label_text(label: Mapping[str, Any]) -> str:
    """A variant's label on one line.

    >>> label_text({"variant": "large", "run.for": "2h", "run.seed": 7})
    'large, run.for=2h, run.seed=7'
    """
    # A variant has a name, which needs no path.
    parts = [
        shown_value(value) if path == "variant" else f"{path}={shown_value(value)}" for path, value in label.items()
    ]
    return ", ".join(parts)
