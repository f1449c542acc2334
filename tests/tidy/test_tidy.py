"""The repository tests its own tidiness: layers, headers, names, text. A canary shows that each check can fail."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TEXT_SUFFIXES = {
    ".hpp",
    ".cpp",
    ".py",
    ".md",
    ".cmake",
    ".toml",
    ".json",
    ".yaml",
    ".yml",
    ".tsv",
    ".csv",
    ".txt",
    ".go",
    ".sh",
    "",
}
OWN_FILES = {"tests/tidy/checks.py", "tests/tidy/test_tidy.py"}  # they name what they forbid


def load(name: str):
    specification = importlib.util.spec_from_file_location(f"ekssim_tidy_{name}", HERE / f"{name}.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


checks = load("checks")
tally = load("tally")


def repository_files() -> list[str]:
    """What git tracks, and what is new and not ignored."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted({name for name in names if Path(name).suffix in TEXT_SUFFIXES and (ROOT / name).is_file()})


FILES = repository_files()
HEADERS = [name for name in FILES if name.startswith(("libsim/", "models/")) and name.endswith(".hpp")]


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_every_file_obeys(check) -> None:
    complaints = []
    for name in FILES:
        if name not in OWN_FILES and name != "LICENSE":
            complaints += [f"{name}: {text}" for text in check(name, (ROOT / name).read_text(encoding="utf-8"))]
    assert not complaints, "\n".join(complaints)


CANARIES = {
    "includes_stay_in_their_layer": ("models/spec/canary.hpp", '// A canary.\n#include "models/world/world.hpp"\n'),
    "systems_do_not_include_each_other": (
        "models/systems/network/canary.cpp",
        '// A canary.\n#include "models/systems/scheduling/scheduler.hpp"\n',
    ),
    "headers_are_free_of_third_parties": ("libsim/canary.hpp", "// A canary.\n#include <fmt/format.h>\n"),
    "json_stays_at_the_edges": ("models/world/canary.cpp", "// A canary.\n#include <nlohmann/json.hpp>\n"),
    "includes_start_at_the_root": ("libsim/canary.cpp", '// A canary.\n#include "time.hpp"\n'),
    "headers_are_guarded": ("libsim/canary.hpp", "// A canary.\n"),
    "names_that_endanger_determinism_are_absent": ("models/world/canary.cpp", "// A canary.\nint n = std::rand();\n"),
    "files_say_what_they_are_for": ("libsim/canary.cpp", "int n = 0;\n"),
    "text_is_tidy": ("libsim/canary.cpp", "// A canary. \n"),
    "no_path_of_one_machine": ("libsim/canary.cpp", "// See /home/me/notes.\n"),
    "nothing_is_left_to_do": ("libsim/canary.cpp", "// TODO: sing.\n"),
}


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_a_canary_is_noticed(check) -> None:
    path, text = CANARIES[check.__name__]
    assert list(check(path, text))


def test_every_invariant_has_a_canary() -> None:
    tests = (
        "tests/unit/models/world/invariants_test.cpp",
        "tests/simulation/branch_enis_test.cpp",
        "tests/simulation/two_cnis_test.cpp",
    )
    canaries = "".join((ROOT / name).read_text(encoding="utf-8") for name in tests)
    for name in ("models/world/invariants.cpp", "tests/support/invariant_watch.hpp"):
        sentences = re.findall(r'expect\([^;]*?"((?:an?|one|the) [^"]+)"', (ROOT / name).read_text(encoding="utf-8"))
        assert len(sentences) >= 8
        assert [sentence for sentence in sentences if f'"{sentence}"' not in canaries] == []


def test_a_lower_layer_may_be_included_and_comments_may_name_anything() -> None:
    good = '// Not std::rand().\n#pragma once\n#include "libsim/time.hpp"\n#include "models/spec/spec.hpp"\n'
    assert [text for check in checks.CHECKS for text in check("models/world/canary.hpp", good)] == []


def test_an_unordered_table_needs_the_word_of_its_author() -> None:
    check = checks.names_that_endanger_determinism_are_absent
    table = "std::unordered_map<int, int> table;\n"
    assert list(check("models/world/canary.cpp", table))
    assert not list(check("models/world/canary.cpp", "// Looked up, never iterated.\n" + table))


def test_a_folder_without_a_layer_is_noticed() -> None:
    assert list(checks.includes_stay_in_their_layer("models/attic/old.hpp", "// A canary.\n"))


@pytest.mark.skipif(not HEADERS, reason="there are no headers yet")
def test_every_header_compiles_alone() -> None:
    compiler = os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++-19")
    if compiler is None:
        pytest.skip("no C++ compiler: apt-get install g++")

    def complaint(header: str) -> str:
        command = [
            compiler,
            "-std=c++20",
            "-fsyntax-only",
            "-Wall",
            "-Wextra",
            "-Werror",
            f"-I{ROOT}",
            "-x",
            "c++",
            "-",
        ]
        source = f'#include "{header}"\n'
        finished = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
        return f"{header}: {finished.stderr}" if finished.returncode else ""

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        complaints = [text for text in pool.map(complaint, HEADERS) if text]
    assert not complaints, "\n".join(complaints)


def test_no_number_of_a_stream_means_two_things() -> None:
    """Two purposes of one number would share their luck (models/spec/streams.hpp)."""
    text = (ROOT / "models/spec/streams.hpp").read_text(encoding="utf-8")
    numbers = re.findall(r"inline constexpr std::uint32_t \w+ = (\d+);", text)
    assert len(numbers) > 30
    assert sorted(numbers, key=int) == sorted(set(numbers), key=int)


def test_shell_scripts_pass_shellcheck() -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is missing: apt-get install shellcheck")
    finished = subprocess.run(["shellcheck", "dev", ".ci/run"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout


def test_the_front_door_knows_its_verbs_and_refuses_others() -> None:
    shown = subprocess.run([str(ROOT / "dev"), "help"], capture_output=True, text=True, check=True).stdout
    for verb in ("demo", "test", "build", "bench", "oracle", "lint", "help"):
        assert f"./dev {verb}" in shown
    refused = subprocess.run([str(ROOT / "dev"), "dance"], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "unknown verb dance" in refused.stderr


GTEST_XML = """<?xml version="1.0"?><testsuites><testsuite name="Pods">
<testcase name="Start" status="run" result="completed" classname="Pods"/>
<testcase name="Stop" status="run" result="completed" classname="Pods"><failure message="no"/></testcase>
<testcase name="Nap" status="run" result="skipped" classname="Pods"><skipped message="file:1&#10;asleep"/></testcase>
</testsuite></testsuites>"""


def test_the_tally_adds_passed_failed_and_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(GTEST_XML)
    counts, failed, reasons = tally.tally([tmp_path / "a.xml"])
    assert tally.closing_line(counts) == "1 passed, 1 failed, 1 skipped"
    assert failed == ["Pods.Stop"]
    assert dict(reasons) == {"asleep": 1}


def test_a_test_program_that_died_counts_as_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cut.xml").write_text(GTEST_XML[:80])
    assert tally.main([str(tmp_path / "cut.xml"), str(tmp_path / "absent.xml")]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 2 failed"


def test_no_test_at_all_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "none.xml").write_text("<testsuites/>")
    assert tally.main([str(tmp_path / "none.xml")]) == 1
