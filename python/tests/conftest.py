"""What all tests of the Python package begin with."""

from __future__ import annotations

import signal

import pytest


@pytest.fixture(autouse=True, scope="session")
def usual_signals() -> None:
    """Programs that run in the background begin with some signals ignored, and hand that on to theirs: tests that send
    them would wait for nothing."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
