"""Holds cases that a real component answered against our own decision calls.

    python tests/oracle/compare.py FILE... | -     cases, one JSON object a line, .xz or plain; - reads standard input
        --at-least N    fail if there are fewer than N answers: the component may have given up half-way
        --keep FILE     where the first case that differs is put

A case is {"id", "call", "args", "expect"}. An operation of address_store counts as an answer, any other case as one.
"""

from __future__ import annotations

import argparse
import json
import lzma
import math
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

# Calls that say more than the component does, such as why: what it says is compared.
SAY_MORE = {"rolling_update", "delete_order", "job_progress", "ca_estimate", "karpenter_solve", "keda_scaled_job"}
NO_ANSWER = {"error": True}  # the component refuses the arguments, and so must we


def cases_of(path: Path) -> Iterator[dict[str, Any]]:
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def answers_in(case: dict[str, Any]) -> int:
    return len(case["args"]["ops"]) if case["call"] == "address_store" else 1


def same(want: Any, got: Any) -> bool:
    """Sums of prices may round differently in their last digits; all else must be equal."""
    if isinstance(want, float) and isinstance(got, float):
        return math.isclose(want, got, rel_tol=1e-9)
    if isinstance(want, dict) and isinstance(got, dict):
        return want.keys() == got.keys() and all(same(value, got[key]) for key, value in want.items())
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(map(same, want, got))
    return bool(want == got)


def difference(case: dict[str, Any]) -> str | None:
    """Where our answer departs from the component's, or None."""
    from ekssim import InputError, decisions

    want = case["expect"]
    try:
        got = getattr(decisions, case["call"])(**case["args"])
    except InputError as error:
        return None if want == NO_ANSWER else f"refused: {error}"
    if case["call"] in SAY_MORE:
        got = {key: got.get(key) for key in want}
    if same(want, got):
        return None
    if case["call"] != "address_store" or len(got) != len(want):
        return f"expected {want}\n     got {got}"
    step = next(i for i, (theirs, ours) in enumerate(zip(want, got, strict=True)) if theirs != ours)
    keys = sorted(key for key in want[step].keys() | got[step].keys() if want[step].get(key) != got[step].get(key))
    lines = [f"{key}: expected {want[step].get(key)}, got {got[step].get(key)}" for key in keys]
    return f"operation {step} {json.dumps(case['args']['ops'][step])}\n  " + "\n  ".join(lines)


def compare(cases: Iterable[dict[str, Any]]) -> tuple[int, int, tuple[dict[str, Any], str] | None]:
    """Answers that agree, cases that differ, and the first of these with what differs."""
    agree, differ, first = 0, 0, None
    for case in cases:
        found = difference(case)
        if found is None:
            agree += answers_in(case)
        else:
            differ += 1
            first = first or (case, found)
    return agree, differ, first


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--at-least", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    total = 0
    for name in options.files:
        agree, differ, first = compare(map(json.loads, sys.stdin) if name == "-" else cases_of(Path(name)))
        total += agree
        print(f"{agree} answers agree, mismatches = {differ}")
        if first:
            case, found = first
            print(f"the first is {case['id']}: {found}")
            if options.keep:
                options.keep.write_text(json.dumps(case) + "\n", encoding="utf-8")
                print(f"kept as {options.keep}; again: .venv/bin/python tests/oracle/compare.py {options.keep}")
            return 1
    if total < options.at_least:
        print(f"only {total} answers came, {options.at_least} were expected")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
