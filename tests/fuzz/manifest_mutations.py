"""Mutates real manifests and reads them: every mutation is a scenario or complaints with a place, and nothing else.

    manifest_mutations.py --first SEED --runs N [--seconds N] [--findings FOLDER]

One seed is one mutated file: a manifest beside a small cluster, or a bundled scenario itself. A mutation drops, doubles
and renames keys, changes types, cuts lines, and puts in odd characters, huge numbers, anchors, tabs and deep nesting.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import io
import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ekssim.cli import main as ekssim

ROOT = Path(__file__).resolve().parents[2]
# What a person would take for a hang; the largest file takes some seconds.
PATIENCE_SECONDS = 60
LARGEST_BYTES = 200_000
SCENARIO = """apiVersion: ekssim.dev/v1alpha1
kind: Scenario
cluster:
  metadata: {region: eu-central-1, version: "1.34"}
  managedNodeGroups:
  - {name: workers, instanceType: m5.large, desiredCapacity: 3}
manifests: [mutated.yaml]
run: {for: 10m}
"""
ODD_VALUES = (
    *("null", "~", "true", "no", "0", "-1", "1e309", "99999999999999999999999", "0x1F", "0o17", ".inf", ".nan", "''"),
    *(
        "[]",
        "{}",
        "[[[]]]",
        "{a: {b: {c: 1}}}",
        "10Gb",
        "1.5e3m",
        "2026-11-02",
        "12:30:45",
        "!!binary aGk=",
        "*unknown",
    ),
    *(
        "&a 1",
        "!custom x",
        "|",
        ">-",
        "'",
        '"',
        "@every 1s",
        "\u00e9\u4e2d\U0001f600",
        "\u202egnp.exe",
        "\ufeff",
        "%",
        "`",
    ),
    *("5000000000", "-9223372036854775809", "1_000", "1Ei", "9E", "<<", "=", "? x", "- - - x", "#", "a: b: c"),
)
ODD_CHARACTERS = (
    "\t",
    "\x00",
    "\x07",
    "\u0085",
    "\u2028",
    "\ufeff",
    "\u00a0",
    "\ud7ff",
    "\U0010ffff",
    "\r",
    "{",
    "}",
    ":",
    "&",
    "*",
)
KEY = re.compile(r"^(?P<indent>\s*(?:- )?)(?P<key>[\w./-]+):(?P<rest>.*)$")


@dataclass
class Tally:
    runs: int = 0
    accepted: int = 0
    findings: list[str] = field(default_factory=list)


def sources(workloads: Path | None) -> list[Path]:
    """What is mutated: the bundled scenarios, and the real manifests where there are any."""
    found = sorted((ROOT / "scenarios").rglob("*.yaml"))
    if workloads is not None:
        found += [file for file in sorted(workloads.rglob("*.y*ml")) if file.stat().st_size < LARGEST_BYTES]
    return found


def drop_line(lines: list[str], at: int, draw: random.Random) -> None:
    del lines[at]


def drop_block(lines: list[str], at: int, draw: random.Random) -> None:
    del lines[at : at + draw.randint(2, 12)]


def double_line(lines: list[str], at: int, draw: random.Random) -> None:
    lines.insert(at, lines[at])


def move_line(lines: list[str], at: int, draw: random.Random) -> None:
    lines.insert(draw.randrange(len(lines)), lines.pop(at))


def cut_line(lines: list[str], at: int, draw: random.Random) -> None:
    lines[at] = lines[at][: draw.randint(0, len(lines[at]))]


def indent(lines: list[str], at: int, draw: random.Random) -> None:
    lines[at] = draw.choice((" ", "  ", "\t", "    ")) + lines[at]


def dedent(lines: list[str], at: int, draw: random.Random) -> None:
    lines[at] = lines[at].removeprefix("  ")


def rename_key(lines: list[str], at: int, draw: random.Random) -> None:
    if match := KEY.match(lines[at]):
        key = match["key"]
        place = draw.randrange(len(key))
        other = draw.choice(
            (key[:place] + key[place + 1 :], key.upper(), key + key[place], "", "<<", "\u00e9" + key, "1")
        )
        lines[at] = f"{match['indent']}{other}:{match['rest']}"


def change_value(lines: list[str], at: int, draw: random.Random) -> None:
    if match := KEY.match(lines[at]):
        lines[at] = f"{match['indent']}{match['key']}: {draw.choice(ODD_VALUES)}"


def change_word(lines: list[str], at: int, draw: random.Random) -> None:
    words = re.findall(r"[\w.]+", lines[at])
    if words:
        lines[at] = lines[at].replace(draw.choice(words), draw.choice(ODD_VALUES), 1)


def change_number(lines: list[str], at: int, draw: random.Random) -> None:
    number = draw.choice(("0", "-7", "1" * 40, "1e400", "4294967296", "0.000001", "007"))
    lines[at] = re.sub(r"\d+", number, lines[at], count=1)


def put_character(lines: list[str], at: int, draw: random.Random) -> None:
    place = draw.randint(0, len(lines[at]))
    lines[at] = lines[at][:place] + draw.choice(ODD_CHARACTERS) + lines[at][place:]


def anchor(lines: list[str], at: int, draw: random.Random) -> None:
    if match := KEY.match(lines[at]):
        lines[at] = f"{match['indent']}{match['key']}: &drawn{match['rest']}"
        if other := KEY.match(lines[-1]):
            lines[-1] = f"{other['indent']}{other['key']}: *drawn"


def nest(lines: list[str], at: int, draw: random.Random) -> None:
    if match := KEY.match(lines[at]):
        depth = draw.choice((3, 90, 110, 3_000))
        opening, closing = draw.choice((("[", "]"), ("{a: ", "}")))
        lines[at] = f"{match['indent']}{match['key']}: {opening * depth}1{closing * depth}"


def split_document(lines: list[str], at: int, draw: random.Random) -> None:
    lines.insert(at, draw.choice(("---", "...", "--- x", "%YAML 1.1", "# comment")))


MUTATIONS: tuple[Callable[[list[str], int, random.Random], None], ...] = (
    *(drop_line, drop_block, double_line, move_line, cut_line, indent, dedent, rename_key, change_value, change_value),
    *(change_word, change_word, change_number, put_character, anchor, nest, split_document),
)


def mutated(text: str, seed: int) -> str:
    draw = random.Random(seed)
    lines = text.split("\n")
    for _ in range(draw.randint(1, 4)):
        if not lines:
            break
        draw.choice(MUTATIONS)(lines, draw.randrange(len(lines)), draw)
    return "\n".join(lines)


def write_case(folder: Path, source: Path, seed: int) -> Path:
    """The scenario that reads the mutated file, which is the file itself where that is a scenario."""
    text = source.read_text(encoding="utf-8", errors="replace")
    is_scenario = "kind: Scenario" in text
    content = mutated(text, seed).encode("utf-8", errors="replace")
    (folder / ("scenario.yaml" if is_scenario else "mutated.yaml")).write_bytes(content)
    if not is_scenario:
        (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    return folder / "scenario.yaml"


def finding_of(scenario: Path) -> tuple[str | None, bool]:
    """What is wrong with the way in which it was read, and whether it was accepted."""
    said, cried = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(cried):
            code = ekssim(["validate", str(scenario), "-o", "json"])
    except BaseException as error:  # also what ends a program
        return f"{type(error).__name__}: {error}", False
    if code not in (0, 2):
        return f"exit code {code}: {cried.getvalue()[-500:]}", False
    answer = json.loads(said.getvalue())
    complaints = answer["complaints"]
    if code == 2 and not complaints:
        return "refused without a complaint", False
    for one in complaints:
        place = one.get("place") or {}
        if not place.get("file") or not place.get("line"):
            return f"a complaint without a place: {one}", False
    return None, code == 0


def run(seeds: range, workloads: Path | None, findings: Path | None = None, seconds: float = float("inf")) -> Tally:
    files = sources(workloads)
    tally = Tally()
    end = time.monotonic() + seconds
    for seed in seeds:
        if time.monotonic() > end:
            break
        source = files[random.Random(seed).randrange(len(files))]
        with tempfile.TemporaryDirectory() as name:
            scenario = write_case(Path(name), source, seed)
            # Whoever hangs, the engine too, is ended with the line that hangs, behind the seed that was said last.
            print(f"seed {seed}", file=sys.__stderr__, flush=True)
            faulthandler.dump_traceback_later(PATIENCE_SECONDS, exit=True, file=sys.__stderr__)
            wrong, accepted = finding_of(scenario)
            faulthandler.cancel_dump_traceback_later()
            tally.runs += 1
            tally.accepted += accepted
            if wrong is None:
                continue
            tally.findings.append(f"finding: seed {seed}, {source.name}: {wrong}\n  repeat it with: {command(seed)}")
            if findings is not None:
                kept = findings / f"manifests-{seed}"
                kept.mkdir(parents=True, exist_ok=True)
                for file in Path(name).iterdir():
                    (kept / file.name).write_bytes(file.read_bytes())
    return tally


def command(seed: int) -> str:
    return f"PYTHONPATH=build/dev/python .venv/bin/python tests/fuzz/manifest_mutations.py --first {seed} --runs 1"


def workloads_folder() -> Path | None:
    name = os.environ.get("EKSSIM_WORKLOADS", "")
    folder = Path(name) if name else ROOT.parent / "shared" / "data" / "workloads"
    return folder if folder.is_dir() else None


def main() -> int:
    parser = argparse.ArgumentParser(description="reads mutated manifests")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--findings", type=Path)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.runs)
    tally = run(seeds, workloads_folder(), options.findings, options.seconds)
    for one in tally.findings:
        print(one)
    print(f"runs {tally.runs} accepted {tally.accepted} findings {len(tally.findings)}")
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
