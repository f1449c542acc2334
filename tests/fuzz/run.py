"""Runs every fuzz target on all cores for a share of the time, and prints a table; exit code 1 with a finding.

    run.py BUILD [--minutes N] [--seed N] [--jobs N] [TARGET...]

BUILD is the folder of the preset `fuzz`; that of `dev` stands beside it.
What is found stays in BUILD/findings, with the command that repeats it.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from corpora import write_corpora

HERE = Path(__file__).parent
# Of the whole time. What reads most and decides most gets most.
SHARES = {
    "fuzz_cidr": 0.02,
    "fuzz_quantity": 0.04,
    "fuzz_cron": 0.06,
    "fuzz_expression": 0.06,
    "fuzz_cluster": 0.16,
    "fuzz_scenario": 0.24,
    "simulation": 0.28,
    "sanitized": 0.06,  # the same under the sanitizers, which is many times as slow
    "manifests": 0.08,
}
DRAWN = {"simulation": lambda build: build.parent / "dev", "sanitized": lambda build: build}
# A target that breaks at once is not asked for ever.
FINDINGS_PER_SHARD = 5


@dataclass
class Row:
    target: str
    seed: int
    runs: int = 0
    seconds: float = 0.0
    findings: list[str] = field(default_factory=list)


@dataclass
class Bench:
    build: Path
    findings: Path
    jobs: int

    def command(self, target: str, seed: int, shard: int, seconds: int) -> list[str]:
        if target in DRAWN:
            program = DRAWN[target](self.build) / "simulation_fuzz"
            first = seed + shard
            options = ["--first", str(first), "--step", str(self.jobs), "--seconds", str(seconds)]
            return [str(program), *options, "--findings", str(self.findings)]
        if target == "manifests":
            # Far apart, so that no shard does what another does.
            first = seed + shard * 1_000_000
            options = ["--first", str(first), "--runs", "1000000", "--seconds", str(seconds)]
            return [sys.executable, str(HERE / "manifest_mutations.py"), *options, "--findings", str(self.findings)]
        corpus = self.build / "corpus" / target
        words = self.build / "corpus" / f"{target}.dict"
        largest = 60_000 if target in ("fuzz_scenario", "fuzz_cluster") else 300
        return [
            str(self.build / target),
            str(corpus),
            f"-seed={seed + shard}",
            f"-max_total_time={seconds}",
            f"-max_len={largest}",
            f"-artifact_prefix={self.findings}/{target}-",
            *([f"-dict={words}"] if words.exists() else []),
            *("-timeout=30", "-rss_limit_mb=3000", "-print_final_stats=1", "-verbosity=0"),
        ]


def note(row: Row, bench: Bench, output: str, code: int) -> None:
    """Takes the runs and the findings out of what a shard printed."""
    for pattern in (r"stat::number_of_executed_units:\s*(\d+)", r"^runs (\d+)"):
        row.runs += sum(int(count) for count in re.findall(pattern, output, re.MULTILINE))
    # A slow input is written down as well; it is none that breaks anything.
    kept = [file for file in re.findall(r"Test unit written to (\S+)", output) if "-slow-unit-" not in file]
    if not row.target.startswith("fuzz_"):
        found = re.findall(r"^finding: (.*(?:\n  .*)*)", output, re.MULTILINE)
        row.findings += found
        if code not in (0, 1) or (code == 1 and not found):
            row.findings.append(f"{row.target} ended with {code}: {output[-800:]}")
        return
    for file in kept:
        why = re.search(r"^(broken: .*|.*runtime error: .*|==\d+==\s*ERROR: .*)$", output, re.MULTILINE)
        row.findings.append(f"{why[1] if why else 'crash'}\n  repeat it with: {bench.build / row.target} {file}")
    if code != 0 and not kept:
        row.findings.append(f"{row.target} ended with {code}: {output[-800:]}")


def run_target(bench: Bench, target: str, seed: int, seconds: int) -> Row:
    row = Row(target, seed)
    started = time.monotonic()
    found = [0] * bench.jobs
    running: dict[int, subprocess.Popen[str]] = {}

    def start(shard: int, left: int) -> None:
        command = bench.command(target, seed + 1000 * found[shard], shard, left)
        output = (bench.build / f"{target}-{shard}.log").open("w+", encoding="utf-8", errors="replace")
        running[shard] = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, text=True)

    for shard in range(bench.jobs):
        start(shard, seconds)
    while running:
        for shard, process in list(running.items()):
            if process.poll() is None:
                continue
            del running[shard]
            log = bench.build / f"{target}-{shard}.log"
            note(row, bench, log.read_text(encoding="utf-8", errors="replace"), process.returncode)
            found[shard] += process.returncode != 0
            left = int(seconds - (time.monotonic() - started))
            if (
                process.returncode != 0
                and target.startswith("fuzz_")
                and left > 5
                and found[shard] < FINDINGS_PER_SHARD
            ):
                start(shard, left)
        time.sleep(0.1)
    row.seconds = time.monotonic() - started
    return row


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(SHARES))
    options = parser.parse_intermixed_args()
    for target in options.targets:
        if target not in SHARES:
            parser.error(f"there is no target {target}; there are {', '.join(SHARES)}")
    targets = options.targets or list(SHARES)
    bench = Bench(options.build.resolve(), options.build.resolve() / "findings", options.jobs)
    bench.findings.mkdir(parents=True, exist_ok=True)
    write_corpora(bench.build / "corpus")
    whole = sum(SHARES[target] for target in targets)
    rows = []
    for target in targets:
        seconds = max(1, round(options.minutes * 60 * SHARES[target] / whole))
        print(f"fuzz: {target} for {seconds} s, seed {options.seed}", file=sys.stderr, flush=True)
        rows.append(run_target(bench, target, options.seed, seconds))
    print(f"{'target':16} {'runs':>12} {'findings':>9} {'seconds':>8}  seed")
    for row in rows:
        print(f"{row.target:16} {row.runs:12,} {len(row.findings):9} {row.seconds:8.0f}  {row.seed}")
    for row in rows:
        for finding in row.findings:
            print(f"{row.target}: {finding}")
    return 1 if any(row.findings for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
