"""What the fuzz targets begin with, drawn from the bundled scenarios: documents, clusters, expressions, amounts.

Nothing of it is kept in the repository. The dictionaries are words of each language.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ekssim.resolve import resolve_file

ROOT = Path(__file__).resolve().parents[2]
SCHEDULE_HEADS = (bytes(8), b"\x01\x10\x20\x30\x06\x07\x00\x00", b"\xff\x00\xff\x7f\x03\xff\x01\x00")
SCHEDULES = (
    "*/5 * * * *",
    "0 0 29 2 *",
    "TZ=Europe/Berlin 30 2 * * 0",
    "@every 90s",
    "@monthly",
    "1-59/7 3,4 */2 JAN-MAR MON",
)
AMOUNTS = ("1.5e3m", "9007199254740992", "0.0000000001Ki", "1E-2", "12Ei", "1h2m3.5s", "2540400h", "1us", "3d", "0")
RANGES = ("10.0.0.0/16", "255.255.255.255/32", "0.0.0.0/0", "192.168.1.77/24", "100.64.0.0/10")
DICTIONARIES = {
    "fuzz_expression": (
        *(
            "min(",
            "max(",
            "mean(",
            "last(",
            "total(",
            "rate(",
            "count(",
            "p50(",
            "p999(",
            "share_of_time(",
            "share_of_runs(",
        ),
        *(
            " by (",
            " and ",
            " or ",
            "not ",
            "=~",
            "!~",
            "!=",
            "<=",
            ">=",
            "==",
            "{2,5}",
            "[[:alpha:]]",
            "(?i)",
            "(?:",
            "\\\\b",
        ),
        *("[^a-z]", " ? ", " : ", "&&", "||", "ceil(", "any(", "**", "sum(", "#"),
    ),
    "fuzz_quantity": (
        *("Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "n", "u", "m", "k", "e3", "E-2"),
        *("h", "ms", "us", "ns", "d", "T", "Z"),
    ),
    "fuzz_cron": (
        *("@every ", "@hourly", "@yearly", "TZ=", "CRON_TZ=", "*/", "JAN", "SUN", "-", ","),
        *("?", "59", "23", "31", "L"),
    ),
    "fuzz_cidr": ("/0", "/32", "/33", "255.", "0.", "."),
}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def write(folder: Path, contents: Iterable[bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for content in contents:
        (folder / hashlib.sha1(content, usedforsecurity=False).hexdigest()).write_bytes(content)


def documents() -> list[dict[str, Any]]:
    found = []
    for file in sorted((ROOT / "scenarios").rglob("*.yaml")):
        document = resolve_file(file).document
        if document is not None and document.get("kind") == "Scenario":
            found.append(document)
    return found


def write_corpora(folder: Path) -> None:
    """A folder for each target below `folder`, and the dictionaries beside them."""
    scenarios, clusters, expressions, words = [], [], [], set()
    for document in documents():
        # Places are half of the text, and nobody decides by them.
        bare = {key: value for key, value in document.items() if key not in ("places", "files")}
        scenarios.append(json.dumps(bare).encode())
        if len(scenarios[-1]) < 4_000:
            scenarios.append(json.dumps(document).encode())
        clusters.append(json.dumps(document["cluster"]).encode())
        expressions += [one["that"].encode() for one in document.get("expect", ()) if isinstance(one.get("that"), str)]
        words |= set(texts(bare))
    write(folder / "fuzz_scenario", scenarios)
    write(folder / "fuzz_cluster", clusters)
    write(folder / "fuzz_expression", expressions)
    schedules = [*SCHEDULES, *(word for word in words if re.fullmatch(r"[\d*/,-]+( [\d*/,-]+){4}", word))]
    write(folder / "fuzz_cron", (head + one.encode() for head in SCHEDULE_HEADS for one in schedules))
    write(
        folder / "fuzz_quantity",
        (one.encode() for one in {*AMOUNTS, *(w for w in words if re.fullmatch(r"\d[\w.:+-]*", w))}),
    )
    write(
        folder / "fuzz_cidr", (one.encode() for one in {*RANGES, *(w for w in words if re.fullmatch(r"[\d.]+/\d+", w))})
    )
    for target, entries in DICTIONARIES.items():
        quoted = "".join(f'"{entry}"\n' for entry in entries)
        (folder / f"{target}.dict").write_text(quoted, encoding="utf-8")
