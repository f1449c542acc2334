"""The build backend: scikit-build-core, and header wheels for what the system lacks.

pip asks a backend what it needs before it builds. Where apt (or anything else on the compiler's path) has installed the
headers of Eigen, Boost, fmt and nlohmann_json, nothing more is needed; each one that is missing is asked for as a wheel
that carries only headers, and CMake is told where they lie. With EKSSIM_HEADERS=wheels in the environment the system's
headers are not looked at.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from scikit_build_core import build as _build


class HeaderWheel(NamedTuple):
    """A third-party library: one of its headers, and the wheel that carries it with the folder inside it."""

    header: str
    requirement: str
    folder: str


HEADER_WHEELS = (
    HeaderWheel("Eigen/Core", "cmeel-eigen>=3.4", "cmeel.prefix/include/eigen3"),
    HeaderWheel("boost/graph/adjacency_list.hpp", "boost-headers>=1.74", "boost_headers/include"),
    HeaderWheel("fmt/format.h", "cmeel-fmt>=9", "cmeel.prefix/include"),
    HeaderWheel("nlohmann/json.hpp", "nlohmann-json>=3.11", "nlohmann_json/include"),
)

Settings = Mapping[str, "str | list[str]"] | None


def _paths(variable: str) -> list[Path]:
    return [Path(entry) for entry in os.environ.get(variable, "").replace(";", os.pathsep).split(os.pathsep) if entry]


def _system_folders() -> list[Path]:
    """Where CMake's find_path looks too: the compiler's variables, prefixes named by the user, the usual places."""
    prefixes = [*_paths("CMAKE_PREFIX_PATH"), Path(sys.prefix), Path("/usr/local"), Path("/usr")]
    folders = [*_paths("CPLUS_INCLUDE_PATH"), *_paths("CPATH"), *_paths("CMAKE_INCLUDE_PATH")]
    folders += [prefix / "include" for prefix in prefixes]
    return [*folders, *(folder / "eigen3" for folder in folders)]


def missing_on_system() -> list[HeaderWheel]:
    if os.environ.get("EKSSIM_HEADERS") == "wheels":
        return list(HEADER_WHEELS)
    folders = _system_folders()
    return [wheel for wheel in HEADER_WHEELS if not any((folder / wheel.header).is_file() for folder in folders)]


def _with_header_folders(settings: Settings) -> dict[str, str | list[str]]:
    """The settings, and a CMake definition that names the folders of the header wheels that this environment holds."""
    site_folders = [Path(entry) for entry in sys.path if entry]
    found = [
        str(site / wheel.folder)
        for wheel in missing_on_system()
        for site in site_folders
        if (site / wheel.folder / wheel.header).is_file()
    ]
    result = dict(settings or {})
    if found:
        result["cmake.define.EKSSIM_HEADER_FOLDERS"] = ";".join(dict.fromkeys(found))
    return result


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    wheels = [wheel.requirement for wheel in missing_on_system()]
    return [*_build.get_requires_for_build_wheel(config_settings), *wheels]


def get_requires_for_build_sdist(config_settings: Settings = None) -> list[str]:
    return _build.get_requires_for_build_sdist(config_settings)


def get_requires_for_build_editable(config_settings: Settings = None) -> list[str]:
    wheels = [wheel.requirement for wheel in missing_on_system()]
    return [*_build.get_requires_for_build_editable(config_settings), *wheels]


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    return _build.build_sdist(sdist_directory, config_settings)


def build_wheel(wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None) -> str:
    return _build.build_wheel(wheel_directory, _with_header_folders(config_settings), metadata_directory)


def build_editable(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None
) -> str:
    return _build.build_editable(wheel_directory, _with_header_folders(config_settings), metadata_directory)
