"""The examples in the documentation of modules and functions run, and show what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import ekssim
import pytest
from ekssim import engine

# Their examples simulate something.
NEED_THE_ENGINE = {"ekssim.decisions", "ekssim.scenario"}
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(ekssim.__path__, "ekssim.")
    if not module.name.endswith(("__main__", "._core"))
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    if name in NEED_THE_ENGINE and not engine.has_core():
        pytest.skip("the extension module is not built")
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    with_examples = [
        name for name in MODULES if any(test.examples for test in finder.find(importlib.import_module(name)))
    ]
    assert len(with_examples) >= 8
