"""What the bundled scenarios answer: each as written and in its variants, as `ekssim test` judges them."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["Form", "forms_of"]

Form = dict[str, Any]


@functools.cache
def forms_of(file: Path) -> list[Form]:
    """The results of the scenario as written and of its variants."""
    command = [sys.executable, "-m", "ekssim", "test", str(file), "-o", "json"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode not in (0, 1):
        raise RuntimeError(finished.stderr)
    document = json.loads(finished.stdout)
    return list(document["results"]) if "results" in document else [document]
