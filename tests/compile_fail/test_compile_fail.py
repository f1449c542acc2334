"""What should not compile does not, and for the reason meant.

Each .cpp file beside this one compiles as it is; with -DWRONG=<n> its n-th block is added, and then it must not. A
failure counts only if the compiler points at a line of that block, so a missing header or a typo elsewhere cannot pass
for success.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COMPILER = os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++-19")


def wrong_blocks(file: Path) -> dict[int, range]:
    """The line numbers of each block by its number."""
    blocks: dict[int, range] = {}
    number, start = 0, 0
    for line_number, line in enumerate(file.read_text().splitlines(), start=1):
        opening = re.match(r"#(?:el)?if WRONG == (\d+)$", line)
        if number and line.startswith(("#elif", "#endif")):
            blocks[number] = range(start, line_number)
            number = 0
        if opening:
            number, start = int(opening.group(1)), line_number + 1
    return blocks


def compile_file(file: Path, *options: str) -> tuple[bool, str]:
    if COMPILER is None:
        pytest.skip("no C++ compiler: apt-get install g++")
    command = [COMPILER, "-std=c++20", "-fsyntax-only", f"-I{ROOT}", "-UWRONG", *options, str(file)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C"})
    return finished.returncode == 0, finished.stderr


FILES = sorted(HERE.glob("*.cpp"))
CASES = [(file, number) for file in FILES for number in wrong_blocks(file)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_file_without_its_wrong_blocks_compiles(file: Path) -> None:
    compiled, message = compile_file(file)
    assert compiled, message


@pytest.mark.parametrize(
    ("file", "number"), CASES, ids=lambda value: value.stem if isinstance(value, Path) else str(value)
)
def test_a_wrong_block_does_not_compile(file: Path, number: int) -> None:
    compiled, message = compile_file(file, f"-DWRONG={number}")
    assert not compiled, f"block {number} of {file.name} compiled"
    # The block is blamed directly, or as the place that a failed assertion in a template was "required from here".
    blamed = {int(line) for line in re.findall(rf"{re.escape(file.name)}:(\d+):", message)}
    assert blamed & set(wrong_blocks(file)[number]), message


def test_there_are_files_and_each_has_a_wrong_block() -> None:
    assert FILES
    assert all(wrong_blocks(file) for file in FILES)
