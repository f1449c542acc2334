"""`report`: a result document as one page of HTML."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ekssim.cli.exit_codes import ExitCode
from ekssim.cli.output import write_page
from ekssim.errors import Error

__all__ = ["report"]


def report(result: Path, output: Path, *, force: bool) -> int:
    try:
        text = sys.stdin.read() if str(result) == "-" else result.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Error(f"{result} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Error(f"{result} is no JSON document ({where}: {error.msg}); `-o json` prints one") from error
    if output.exists() and not force and not output.suffix.lower().startswith(".htm"):
        # A page over a page is what happens all day; a page over a scenario is a mistake.
        raise Error(f"{output} is there already and no page; --force overwrites it")
    write_page(output, document)
    print(f"{output}: {output.stat().st_size / 1000:.0f} kB", file=sys.stderr)
    return ExitCode.PASS
