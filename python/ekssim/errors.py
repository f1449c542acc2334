"""What can go wrong in a call: wrong input, with every complaint about it, or a mistake of ours.

>>> try:
...     raise InputError([Complaint("EKS001", "there is no file shop.yaml")])
... except Error as error:
...     print(error)
error[EKS001]: there is no file shop.yaml
"""

from __future__ import annotations

from collections.abc import Sequence

from ekssim.diagnostics import Complaint

__all__ = ["DefectError", "Error", "InputError", "PolicyError"]


class Error(Exception):
    """The base of everything that ekssim raises on purpose."""


class InputError(Error, ValueError):
    """The input is wrong. `complaints` holds all that was found, each with a place where one is known.

    `folder` is the folder that the files in the places are relative to; `sources` holds the text of what was read from
    memory.
    """

    def __init__(self, complaints: Sequence[Complaint], folder: str | None = None) -> None:
        self.complaints = tuple(complaints)
        self.folder = folder
        super().__init__(self.complaints)

    def __str__(self) -> str:
        return "\n".join(complaint.text() for complaint in self.complaints)


class DefectError(Error, RuntimeError):
    """A mistake of ours: the run that met it is unusable. The text names simulated time, event and seed."""


class PolicyError(Error, RuntimeError):
    """A policy of the caller's raised an error, with which its run is unusable, or cannot be copied where it has to."""
