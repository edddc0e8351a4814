"""A lock that threads get in the order in which they ask, and survives a fork."""

import os
import threading
from collections import deque


class Turns:
    """A reentrant lock whose owner can let those who wait go first.

    Attributes
    ----------
    waiting : bool
        Whether other threads wait for the lock.
    """

    _owner: int | None
    _depth: int

    def __init__(self) -> None:
        self._renew(None, 0)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)

    @property
    def waiting(self) -> bool:
        return bool(self._queue)

    @property
    def depth(self) -> int:
        """How often the current thread has taken the lock."""
        return self._depth if self._owner == threading.get_ident() else 0

    def __enter__(self) -> None:
        me = threading.get_ident()
        if self._owner == me:
            self._depth += 1
            return
        place = object()
        with self._changed:
            self._queue.append(place)
            try:
                self._changed.wait_for(
                    lambda: self._owner is None and self._queue[0] is place
                )
                self._owner, self._depth = me, 1
            finally:  # also if interrupted
                self._queue.remove(place)
                self._changed.notify_all()

    def __exit__(self, *error: object) -> None:
        self._depth -= 1
        if self._depth == 0:
            with self._changed:
                self._owner = None
                self._changed.notify_all()

    def _renew(self, owner: int | None, depth: int) -> None:
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()
        self._owner = owner
        self._depth = depth

    def _after_fork(self) -> None:
        """In the child only the thread that forked exists, so no other has the lock."""
        forked_as_owner = self._owner == threading.get_ident()
        self._renew(*((self._owner, self._depth) if forked_as_owner else (None, 0)))
