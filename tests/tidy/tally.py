"""Sums JUnit files (GoogleTest's and pytest's) into the closing line of `./dev test`.

Usage: tally.py FILE... A file that is missing or cut short means that its test program died: that is one failure.
Prints each failed test, the reasons for skips, and last `N passed, N failed[, N skipped]`; exit code 1 if anything
failed or nothing ran.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path


def verdict_of(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if case.find("skipped") is not None or case.get("status") == "notrun":
        return "skipped"
    return "passed"


def tally(files: list[Path]) -> tuple[Counter[str], list[str], Counter[str]]:
    """Counts by verdict, the names of the failed, and the reasons for skips."""
    counts: Counter[str] = Counter(passed=0, failed=0, skipped=0)
    failed: list[str] = []
    reasons: Counter[str] = Counter()
    for file in files:
        try:
            cases = list(ElementTree.parse(file).getroot().iter("testcase"))
        except (OSError, ElementTree.ParseError):
            counts["failed"] += 1
            failed.append(f"{file.name}: the test program ended before it could report")
            continue
        for case in cases:
            verdict = verdict_of(case)
            counts[verdict] += 1
            if verdict == "failed":
                failed.append(f"{case.get('classname')}.{case.get('name')}")
            elif verdict == "skipped":
                skip = case.find("skipped")
                reason = (skip.get("message") if skip is not None else None) or "skipped"
                reasons[reason.splitlines()[-1]] += 1
    return counts, failed, reasons


def closing_line(counts: Counter[str]) -> str:
    line = f"{counts['passed']} passed, {counts['failed']} failed"
    return f"{line}, {counts['skipped']} skipped" if counts["skipped"] else line


def main(arguments: list[str]) -> int:
    counts, failed, reasons = tally([Path(argument) for argument in arguments])
    for reason, times in sorted(reasons.items()):
        print(f"skipped {times}: {reason}")
    for name in failed:
        print(f"FAILED {name}")
    print(closing_line(counts))
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
