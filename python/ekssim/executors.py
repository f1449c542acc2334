"""Calls on threads, on any executor of concurrent.futures, or on Dask, with who did what and what had to be done again.

Threads are real ones here: the engine lets go of the interpreter lock while it works.

A Dask client runs the calls of a worker that died on another one by itself. Each call notes its start in the
scheduler's log of events (topic `ekssim`), so that afterwards it is known which were begun more than once, and where.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, ThreadPoolExecutor
from typing import Any

from ekssim.errors import Error

__all__ = ["Answer", "Attempt", "run_all"]

# Who began a call: {"worker": name, "pid": number, "error": why it came to nothing, where that is known}.
Attempt = dict[str, Any]
Answer = dict[str, Any]
# The call itself; its second argument says whether to stop, and is there on own threads only.
Work = Callable[[Any, Callable[[], bool] | None], Answer]

RETRIES = 2
_TOPIC = "ekssim"
_LOOKS_SECONDS = 0.2
# Of executors over a network; Dask's are known by name, so that it need not be installed.
_LOST = frozenset(("KilledWorker", "CommClosedError", "LostWorkerError"))


def run_all(
    work: Work,
    tasks: Sequence[Any],
    told: Callable[[int, Answer, list[Attempt]], None],
    *,
    executor: Any = None,
    jobs: int | None = None,
) -> dict[int, list[Attempt]]:
    """Does `work` on each task and tells each answer, in the order in which they come.

    Answers with the attempts of those tasks that were begun more than once, as far as the executor lets that be known.
    Raises KeyboardInterrupt at once, and leaves what has not begun undone; own threads end their runs early.
    """
    if executor is not None:
        return _Calls(work, tasks, told, executor).run()
    stop = threading.Event()
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1, thread_name_prefix="ekssim") as own:
        try:
            return _Calls(lambda task, _: work(task, stop.is_set), tasks, told, own).run()
        except BaseException:
            stop.set()
            own.shutdown(wait=False, cancel_futures=True)
            raise


class _Calls:
    """The calls under way. Futures of every kind tell when they are done; the caller's thread waits for that alone."""

    def __init__(
        self, work: Work, tasks: Sequence[Any], told: Callable[[int, Answer, list[Attempt]], None], executor: Any
    ) -> None:
        self._work, self._tasks, self._told, self._executor = work, tasks, told, executor
        self._dask = type(executor).__module__.partition(".")[0] == "distributed" and hasattr(executor, "get_events")
        self._token = uuid.uuid4().hex
        self._done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._failed: dict[int, list[Attempt]] = {}
        self._futures: dict[int, Any] = {}

    def run(self) -> dict[int, list[Attempt]]:
        answers: dict[int, list[Attempt]] = {}
        try:
            for index in range(len(self._tasks)):
                self._submit(index)
            while self._futures:
                try:
                    # Waiting in slices lets Ctrl-C and a notebook's stop button through.
                    index, future = self._done.get(timeout=_LOOKS_SECONDS)
                except queue.Empty:
                    continue
                if future is not self._futures.get(index):
                    continue
                del self._futures[index]
                self._take(index, future, answers)
        except BaseException:
            for future in self._futures.values():
                future.cancel()
            raise
        return self._begun_again(answers)

    def _submit(self, index: int) -> None:
        try:
            if self._dask:
                key = f"ekssim-{self._token}-{index}-{len(self._failed.get(index, ()))}"
                future = self._executor.submit(
                    _told_work, self._work, self._tasks[index], (self._token, index), key=key
                )
            else:
                future = self._executor.submit(_told_work, self._work, self._tasks[index], None)
        except BrokenExecutor as error:
            raise _lost(error) from error
        self._futures[index] = future
        future.add_done_callback(lambda done, index=index: self._done.put((index, done)))

    def _take(self, index: int, future: Any, answers: dict[int, list[Attempt]]) -> None:
        try:
            answer, attempt = future.result()
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            if isinstance(error, BrokenExecutor):
                raise _lost(error) from error
            tries = self._failed.setdefault(index, [])
            if len(tries) >= RETRIES or not _is_lost(error):
                raise
            tries.append({"worker": "", "pid": 0, "error": f"{type(error).__name__}: {error}"})
            self._submit(index)
            return
        answers[index] = [*self._failed.get(index, ()), attempt]
        self._told(index, answer, answers[index])

    def _begun_again(self, answers: dict[int, list[Attempt]]) -> dict[int, list[Attempt]]:
        if self._dask:
            begun: dict[int, list[Attempt]] = {}
            for _, event in self._executor.get_events(_TOPIC):
                if event["token"] == self._token:
                    begun.setdefault(event["index"], []).append({"worker": event["worker"], "pid": event["pid"]})
            for index, attempts in begun.items():
                if len(attempts) > 1:
                    *lost, last = attempts
                    answers[index] = [*({**one, "error": "its worker was lost"} for one in lost), last]
        return {index: attempts for index, attempts in answers.items() if len(attempts) > 1}


def _told_work(work: Work, task: Any, mark: tuple[str, int] | None) -> tuple[Answer, Attempt]:
    """The call where it is done, with who does it."""
    attempt: Attempt = {"worker": threading.current_thread().name, "pid": os.getpid()}
    if mark is not None:
        distributed = sys.modules["distributed"]
        worker = distributed.get_worker()
        attempt["worker"] = worker.address
        worker.log_event(_TOPIC, {"token": mark[0], "index": mark[1], **attempt})
    return work(task, None), attempt


def _is_lost(error: BaseException) -> bool:
    """The one who worked is gone, and another one may have more luck; not: the work itself has failed."""
    return isinstance(error, (OSError, CancelledError)) or type(error).__name__ in _LOST


def _lost(error: BaseException) -> Error:
    return Error(
        f"the executor broke ({type(error).__name__}: {error}): what was not finished is lost. With resume=FILE what "
        "is finished is kept, and the same call goes on from there with another executor"
    )
