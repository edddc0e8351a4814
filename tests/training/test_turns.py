"""The order of threads at a lock."""

import threading
import time

from skdeepcluster.training.turns import Turns


def test_threads_get_the_lock_in_the_order_in_which_they_asked():
    turns, order = Turns(), []

    def ask(number):
        with turns:
            order.append(number)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(5)]
    with turns:
        for number, thread in enumerate(threads, 1):
            thread.start()
            while len(turns._queue) < number:
                time.sleep(0.001)
        assert order == []
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_lock_is_reentrant():
    turns = Turns()
    with turns:
        with turns:
            assert turns.depth == 2
        assert turns.depth == 1
    assert turns.depth == 0
