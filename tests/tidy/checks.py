"""What every source file of the repository must obey, as functions from a file's path and text to complaints.

The layers are those of the architecture: a file includes its own layer or a lower one. The most specific folder counts.
A new folder below models/ needs a line in LAYERS, which is the moment to ask where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

LAYERS: dict[str, float] = {
    "libsim": 0,
    "models/version.hpp": 0,
    "models/quantities": 0.2,
    "models/catalog": 0.5,
    "models/spec": 1,
    "models/world": 2,
    "models/events": 2,
    "models/facts": 2,
    "models/systems": 3,
    "models/eks_model": 4,
    "models/scenario": 5,
    "models/metrics": 5,
    "models/planning": 6,
    "models/sizing": 6,
    "models/report": 7,
    "models/ekssim.hpp": 7,
    "python/src": 8,
    "tests": 9,
    "bench": 9,
}

SOURCES = (".hpp", ".cpp", ".h", ".cc")
PRIVATE_LIBRARIES = ("Eigen/", "boost/", "fmt/", "nlohmann/", "pybind11/")
# Pure functions of plain values that more than one system decides with: Cluster Autoscaler runs the scheduler's
# filters.
SHARED_BY_SYSTEMS = ("models/systems/scheduling/plain/",)
# Headers that are not installed: they serve the files of their own folder.
PRIVATE_HEADERS = ("models/report/decisions/",)
JSON_FOLDERS = ("models/scenario", "models/catalog", "models/report", "python", "tests", "bench")

# Names that would make results depend on a library, a platform, the clock or the order of addresses.
FORBIDDEN_NAMES = (
    r"std::(?:rand|srand|random_device|mt19937(?:_64)?|minstd_rand0?|default_random_engine|random_shuffle|shuffle)\b",
    r"std::\w+_distribution\b",
    r"std::(?:log|log2|log10|log1p|exp|exp2|expm1|pow|sin|cos|tan|lgamma|tgamma|erf|erfc)\b",
    r"std::unordered_(?:multi)?(?:map|set)\b",
    r"std::hash\b",
    r"\bdynamic_cast\b",
    r"std::(?:cout|cerr|clog)\b",
    r"\b(?:system_clock|high_resolution_clock)\b",
    r"std::(?:getenv|setlocale|exit|abort|terminate)\b",
)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|home|root|tmp|Users)/[\w.]")
INCLUDE = re.compile(r'^\s*#\s*include\s*(?P<mark>[<"])(?P<name>[^>"]+)[>"]', re.MULTILINE)

Complaints = Iterator[str]
Check = Callable[[str, str], Complaints]


def layer_of(path: str) -> float | None:
    """The layer of a file, or None if no entry covers it."""
    best: tuple[int, float] | None = None
    stem = str(PurePosixPath(path).with_suffix(""))
    for prefix, layer in LAYERS.items():
        if path == prefix or stem == prefix or path.startswith(prefix + "/"):
            best = max(best or (0, 0.0), (len(prefix), layer))
    return best[1] if best else None


def is_cpp(path: str) -> bool:
    return path.endswith(SOURCES)


def is_library(path: str) -> bool:
    return is_cpp(path) and path.startswith(("libsim/", "models/"))


def without_comments(text: str) -> str:
    """Comments and string literals blanked, line numbers kept."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def includes_stay_in_their_layer(path: str, text: str) -> Complaints:
    if not is_cpp(path) or path.startswith(("tests/compile_fail/", "tests/consumer/")):
        return
    own = layer_of(path)
    if own is None:
        yield "has no layer: add its folder to LAYERS in tests/tidy/checks.py"
        return
    for match in INCLUDE.finditer(text):
        name = match["name"]
        if not name.startswith(("libsim/", "models/", "python/", "tests/", "bench/")):
            continue
        other = layer_of(name)
        if other is None or other > own:
            yield f"line {line_of(text, match.start())}: includes {name}, which stands in a higher layer"


def systems_do_not_include_each_other(path: str, text: str) -> Complaints:
    """They meet in the World and through events; only the index of all handlers sees every one."""
    parts = path.split("/")
    if not path.startswith("models/systems/") or len(parts) < 4:
        return
    for match in INCLUDE.finditer(text):
        if match["name"].startswith(SHARED_BY_SYSTEMS):
            continue
        other = match["name"].split("/")
        if match["name"].startswith("models/systems/") and len(other) >= 4 and other[2] != parts[2]:
            yield f"line {line_of(text, match.start())}: includes {match['name']} of another system"


def headers_are_free_of_third_parties(path: str, text: str) -> Complaints:
    if not (is_library(path) and path.endswith(".hpp")) or path.startswith(PRIVATE_HEADERS):
        return
    for match in INCLUDE.finditer(text):
        if match["name"].startswith(PRIVATE_LIBRARIES):
            yield f"line {line_of(text, match.start())}: a public header includes {match['name']}"


def json_stays_at_the_edges(path: str, text: str) -> Complaints:
    if is_cpp(path) and not path.startswith(JSON_FOLDERS) and "nlohmann/" in text:
        yield f"uses nlohmann_json outside {', '.join(JSON_FOLDERS[:3])}"


def includes_start_at_the_root(path: str, text: str) -> Complaints:
    if not (is_library(path) or path.startswith(("tests/", "bench/", "python/src/"))) or not is_cpp(path):
        return
    for match in INCLUDE.finditer(text):
        if match["mark"] == '"' and "/" not in match["name"]:
            yield f'line {line_of(text, match.start())}: "{match["name"]}" does not start at the root of the repository'


def headers_are_guarded(path: str, text: str) -> Complaints:
    if path.endswith(".hpp") and "#pragma once" not in text:
        yield "has no #pragma once"


def names_that_endanger_determinism_are_absent(path: str, text: str) -> Complaints:
    if not is_library(path):
        return
    code = without_comments(text)
    lines = text.splitlines()
    for pattern in FORBIDDEN_NAMES:
        for match in re.finditer(pattern, code):
            line = line_of(code, match.start())
            # An unordered table that is only looked up harms nobody; its author says so on the line or above it.
            waived = "unordered" in match.group() and "never iterated" in " ".join(lines[max(0, line - 2) : line])
            if not waived:
                yield f"line {line}: uses {match.group()}"


def files_say_what_they_are_for(path: str, text: str) -> Complaints:
    """A source may leave it to its own header, a test to the header under test; either includes that first."""
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#!")), "")
    own_header = f'#include "{PurePosixPath(path).with_suffix(".hpp")}"'
    explained_by_header = first == own_header or (
        path.startswith("tests/") and first.startswith(('#include "libsim/', '#include "models/'))
    )
    if is_cpp(path) and not first.startswith("//") and not explained_by_header:
        yield "does not open with a comment that says what it is for"
    if path.endswith(".py") and text.strip() and not first.startswith(('"""', 'r"""', "#")):
        yield "does not open with a docstring or comment that says what it is for"


def text_is_tidy(path: str, text: str) -> Complaints:
    for number, line in enumerate(text.split("\n"), start=1):
        if "\t" in line and not path.endswith((".tsv", ".csv", ".go", "go.sum", ".mod")):
            yield f"line {number}: has a tab"
        if line != line.rstrip() and not path.endswith((".tsv", ".csv")):
            yield f"line {number}: ends in a blank"
    if text and not text.endswith("\n"):
        yield "does not end in a newline"
    if "\r" in text:
        yield "has carriage returns"


def no_path_of_one_machine(path: str, text: str) -> Complaints:
    for match in MACHINE_PATH.finditer(text):
        yield f"line {line_of(text, match.start())}: names a path of one machine"


def nothing_is_left_to_do(path: str, text: str) -> Complaints:
    for match in re.finditer(r"\b(?:TODO|FIXME|XXX|HACK)\b", text):
        yield f"line {line_of(text, match.start())}: says {match.group()}"


CHECKS: tuple[Check, ...] = (
    includes_stay_in_their_layer,
    systems_do_not_include_each_other,
    headers_are_free_of_third_parties,
    json_stays_at_the_edges,
    includes_start_at_the_root,
    headers_are_guarded,
    names_that_endanger_determinism_are_absent,
    files_say_what_they_are_for,
    text_is_tidy,
    no_path_of_one_machine,
    nothing_is_left_to_do,
)
