"""One fingerprint for every compiler, build type and thread count: runs ekssim_matrix, and knows the stored numbers.

`ekssim_matrix THREADS [FILE...]` prints a line `name fingerprint` for the engine and one for each scenario that it is
given as resolved JSON. The stored numbers are those of tests/determinism/fingerprints.json. A model that predicts
something new on purpose moves them; then `fingerprints.py renew PROGRAM` writes them again, and the change says why.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STORED = ROOT / "tests" / "determinism" / "fingerprints.json"
THREAD_COUNTS = (1, 2)


def scenario_files() -> list[Path]:
    """Every bundled scenario; a file of another kind beside them (a manifest, an eksctl cluster) is not one."""
    files = sorted((ROOT / "scenarios").rglob("*.yaml"))
    return [file for file in files if "kind: Scenario" in file.read_text(encoding="utf-8")]


def resolve(folder: Path) -> list[Path]:
    """Writes each bundled scenario into the folder as the one JSON document that C++ loads."""
    resolved = []
    for file in scenario_files():
        command = [
            sys.executable,
            "-c",
            "import sys; from ekssim.cli import main; sys.exit(main())",
            "resolve",
            str(file),
        ]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        if finished.returncode != 0:
            raise RuntimeError(f"{file.name} could not be resolved:\n{finished.stderr}")
        resolved.append(folder / f"{file.stem}.json")
        resolved[-1].write_text(finished.stdout, encoding="utf-8")
    return resolved


def measure(program: Path, threads: int, scenarios: list[Path]) -> dict[str, str]:
    command = [str(program), str(threads), *map(str, scenarios)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise RuntimeError(f"{program} ended with {finished.returncode}:\n{finished.stderr}")
    return dict(line.split() for line in finished.stdout.splitlines())


def stored() -> dict[str, str]:
    return json.loads(STORED.read_text(encoding="utf-8"))


def renew(program: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = measure(program, 1, resolve(Path(folder)))
    STORED.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("renew", "resolve"):
        sys.exit("usage: fingerprints.py renew PROGRAM | resolve FOLDER")
    target = Path(sys.argv[2])
    if sys.argv[1] == "renew":
        renew(target)
    else:
        target.mkdir(parents=True, exist_ok=True)
        resolve(target)
