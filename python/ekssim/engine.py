"""The one place that knows the extension module: JSON in, JSON out, defects as DefectError.

`ekssim._core` is loaded at the first call, so that importing ekssim, reading YAML and answering --help cost nothing.
"""

from __future__ import annotations

import functools
import json
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from types import ModuleType
from typing import Any

from ekssim.diagnostics import Complaint
from ekssim.errors import DefectError, Error, PolicyError

__all__ = ["Progress", "Ticker", "call", "complaints_of", "core", "guarded", "has_core", "rules", "version"]

# Told now and then how far a run has come; answering False ends it early.
Progress = Callable[[dict[str, Any]], Any]


@functools.cache
def core() -> ModuleType:
    """The extension module."""
    try:
        from ekssim import _core
    except ImportError as error:
        advice = "install the package with pip, or run ./dev build"
        raise Error(f"the extension module ekssim._core cannot be loaded ({error}); {advice}") from error
    return _core


def has_core() -> bool:
    try:
        core()
    except Error:
        return False
    return True


def _packed(argument: Any) -> Any:
    """Documents and options travel as JSON text; texts and callables as they are."""
    if isinstance(argument, (str, bytes)) or argument is None or callable(argument):
        return argument
    return json.dumps(argument, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def unpacked(answer: Any) -> Any:
    return json.loads(answer) if isinstance(answer, (str, bytes)) else answer


def call(name: str, *arguments: Any, policies: Sequence[tuple[str, bytes, Any]] = ()) -> Any:
    """Calls a function of the extension module."""
    named = {"policies": list(policies)} if policies else {}
    return unpacked(guarded(lambda: getattr(core(), name)(*map(_packed, arguments), **named)))


def guarded(ask: Callable[[], Any]) -> Any:
    """What the engine answers, with errors of the package's own in the place of the engine's."""
    module = core()
    try:
        return ask()
    except module.Defect as error:
        raise DefectError(str(error)) from None
    except module.PolicyFailed as error:
        raise PolicyError(f"a policy raised {error}") from None


class Ticker:
    """Stands between the engine and a progress callback: turns Ctrl-C into an early end, so that results survive.

    Used as a context around a run. The first Ctrl-C ends the run at its next report of progress, a second one at once.
    """

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress = progress
        self._handler: Any = None
        self.interrupted = False

    def __enter__(self) -> Ticker:
        # Only the main thread may handle signals; in others nobody can press Ctrl-C anyway.
        if threading.current_thread() is threading.main_thread():
            self._handler = signal.getsignal(signal.SIGINT)
            if self._handler is signal.default_int_handler:
                signal.signal(signal.SIGINT, self._on_interrupt)
            else:
                self._handler = None
        return self

    def __exit__(self, *_: object) -> None:
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)

    def call(self, name: str, *arguments: Any, policies: Sequence[tuple[str, bytes, Any]] = ()) -> Any:
        """Calls the engine with this as its last argument.

        The engine may report from threads of its own, where Python handles no signals: so it works on another thread,
        while this one waits in slices.
        """
        if self._handler is None:
            return call(name, *arguments, self, policies=policies)
        with ThreadPoolExecutor(1) as other:
            future = other.submit(call, name, *arguments, self, policies=policies)
            while not future.done():
                wait((future,), timeout=0.1)
            return future.result()

    def __call__(self, state: Any) -> bool:
        if self.interrupted:
            return False
        return self._progress is None or self._progress(unpacked(state)) is not False

    def _on_interrupt(self, *_: object) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True


def complaints_of(answer: Mapping[str, Any], key: str = "complaints") -> list[Complaint]:
    return [Complaint.from_dict(one) for one in answer.get(key) or ()]


@functools.cache
def version() -> str:
    """The version of the engine; of the installed package where the engine is not built."""
    if has_core():
        return str(core().version())
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("ekssim")
    except PackageNotFoundError:
        return "unknown"


def rules() -> list[dict[str, str]]:
    """Every rule that a complaint can name: those of the files, and those of the engine where it is there."""
    from ekssim.file_rules import FILE_RULES

    found = {code: {"rule": code, "title": rule.title, "text": rule.text} for code, rule in FILE_RULES.items()}
    if has_core():
        known: Sequence[Mapping[str, str]] = call("rules")
        for rule in known:
            found.setdefault(rule["rule"], dict(rule))
    return [found[code] for code in sorted(found)]
