"""A policy of your own in the place of a HorizontalPodAutoscaler.

    class Ahead:
        \"\"\"Twice as many pods as the CPU asks for, for ten minutes after each rise.\"\"\"

        def __init__(self) -> None:
            self.until = 0.0

        def decide(self, view: ekssim.PolicyView) -> int:
            wanted = view.metrics[0].wants or view.replicas
            if wanted > view.replicas:
                self.until = view.now_seconds + 600
            return 2 * wanted if view.now_seconds < self.until else wanted

    scenario.with_policy("HorizontalPodAutoscaler/shop/web", Ahead()).run()

All that the policy remembers lies in the object. The run keeps that as bytes (its pickle) beside the pods and nodes,
and each call makes an object of the bytes and bytes of the object: so a fork has a state of its own, replications begin
with that of the object given, and the fingerprint covers it. What a policy does must follow from its state and the view
alone: no clock, no random numbers but from a generator that it keeps, and no sets of texts in its state, whose order
differs from process to process.
"""

from __future__ import annotations

import io
import operator
import pickle
import sys
import threading
from importlib.machinery import PathFinder
from typing import Any, NamedTuple, Protocol, runtime_checkable

from ekssim.errors import PolicyError

__all__ = ["HeldPolicy", "Policy", "PolicyMetric", "PolicyView"]


class PolicyMetric(NamedTuple):
    """A metric of the HorizontalPodAutoscaler, as the controller reads it at a look."""

    name: str
    kind: str
    """What value and target are: `Utilization` in per cent of the requests, `AverageValue` a pod, or `Value`."""
    value: float | None
    """None where the metrics API has no answer. Memory is in bytes, CPU in cores."""
    target: float
    wants: int | None
    """Replicas that the controller's own formula proposes from this metric alone; None where it proposes nothing."""


class PolicyView(NamedTuple):
    """What a policy is shown at a look of the controller, every 15 seconds."""

    now_seconds: float
    replicas: int
    """That the target is asked to have now."""
    existing: int
    """Pods that it has, not counting those that end."""
    ready: int
    min_replicas: int
    max_replicas: int
    metrics: tuple[PolicyMetric, ...]


@runtime_checkable
class Policy(Protocol):
    """Anything with this method."""

    def decide(self, view: PolicyView) -> int:
        """How many replicas there should be; kept between `min_replicas` and `max_replicas`."""
        ...


class HeldPolicy:
    """A policy with the HorizontalPodAutoscaler that it stands in for, as a scenario holds it.

    `state` is None for a policy that cannot be copied: it may follow one run, once.
    """

    def __init__(self, scaler: str, policy: Policy) -> None:
        if not isinstance(policy, Policy):
            raise TypeError(f"a policy has a method decide(view) -> int, which {type(policy).__name__} has not")
        self.scaler = scaler
        self._kind: type[Any] = type(policy)
        self._live: Policy | None = None
        self._reason = ""
        self._lock = threading.Lock()
        try:
            self.state: bytes | None = _dumped(policy)
            _loaded(self.state, self._kind)
        except Exception as error:  # whatever its pickling raises
            self.state, self._live, self._reason = None, policy, f"{type(error).__name__}: {error}"

    @property
    def can_be_copied(self) -> bool:
        return self.state is not None

    def require_copies(self, what_for: str) -> None:
        """Raises PolicyError, with the reason, if it cannot be copied."""
        if not self.can_be_copied:
            raise PolicyError(
                f"the policy {self._kind.__name__} of {self.scaler} cannot be copied ({self._reason}), as {what_for} "
                "needs: keep in it only what pickle can take, and files, locks, threads and connections outside"
            )

    def entry(self) -> tuple[str, bytes, Any]:
        """For the engine: its name, its state at the start, and what turns a state and a view into the next."""
        if self.state is not None:
            return (self.scaler, self.state, _Asked(self._kind))
        with self._lock:
            live, self._live = self._live, None
        if live is None:
            self.require_copies("a second run")
            raise AssertionError
        return (self.scaler, b"", _AskedLive(live))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HeldPolicy):
            return NotImplemented
        if self.state is None or other.state is None:
            return self is other
        return (self.scaler, self._kind, self.state) == (other.scaler, other._kind, other.state)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        self.require_copies("another process")
        return (_restored, (self.scaler, _class_bytes(self._kind), self.state))


class _Asked:
    """Asks the policy whose state it is given. Itself it remembers nothing, so that runs may share it."""

    def __init__(self, kind: type[Any]) -> None:
        self._kind = kind

    def __call__(self, state: bytes, view: tuple[Any, ...]) -> tuple[int, bytes]:
        policy = _loaded(state, self._kind)
        return _answer(policy, view), _dumped(policy)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_asked_again, (_class_bytes(self._kind),))


class _AskedLive:
    """Asks the one policy that cannot be copied."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def __call__(self, state: bytes, view: tuple[Any, ...]) -> tuple[int, bytes]:
        return _answer(self._policy, view), state


def _answer(policy: Policy, view: tuple[Any, ...]) -> int:
    shown = PolicyView._make((*view[:-1], tuple(map(PolicyMetric._make, view[-1]))))
    return operator.index(policy.decide(shown))


# The state names the policy's class by this mark and not by its module: so a class of a notebook can go to a process
# that has no such module, and where a class was defined is no part of a fingerprint.
_CLASS = "policy"


class _Dumper(pickle.Pickler):
    def __init__(self, file: io.BytesIO, kind: type[Any]) -> None:
        super().__init__(file, protocol=5)
        self._kind = kind

    def persistent_id(self, obj: Any) -> str | None:
        return _CLASS if obj is self._kind else None


class _Loader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, kind: type[Any]) -> None:
        super().__init__(file)
        self._kind = kind

    def persistent_load(self, pid: Any) -> type[Any]:
        return self._kind


def _dumped(policy: Any) -> bytes:
    file = io.BytesIO()
    _Dumper(file, type(policy)).dump(policy)
    return file.getvalue()


def _loaded(state: bytes, kind: type[Any]) -> Any:
    return _Loader(io.BytesIO(state), kind).load()


def _class_bytes(kind: type[Any]) -> bytes:
    """By name where another process can import its module. A class of a notebook or a script goes whole, by cloudpickle
    if that is there; without it only forked processes will know the class."""
    module = sys.modules[kind.__module__]
    if PathFinder.find_spec(kind.__module__.partition(".")[0]) is not None:
        return pickle.dumps(kind)
    try:
        import cloudpickle
    except ImportError:
        return pickle.dumps(kind)
    if kind.__module__ != "__main__":
        cloudpickle.register_pickle_by_value(module)
    return bytes(cloudpickle.dumps(kind))


def _restored(scaler: str, kind: bytes, state: bytes) -> HeldPolicy:
    held = HeldPolicy.__new__(HeldPolicy)
    held.scaler, held.state = scaler, state
    held._kind, held._live, held._reason, held._lock = pickle.loads(kind), None, "", threading.Lock()
    return held


def _asked_again(kind: bytes) -> _Asked:
    return _Asked(pickle.loads(kind))
