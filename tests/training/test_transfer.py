"""What can be seen of transfers without a GPU; the rest is in tests/gpu."""

import numpy as np
import torch

from skdeepcluster.training import rows as module
from skdeepcluster.training.batches import Batches
from skdeepcluster.training.rows import Rows
from skdeepcluster.training.transfer import fits_on_device, prefetch_to_device

#: Holds no values, but is not the CPU.
ELSEWHERE = torch.device("meta")


def test_the_processor_always_fits_on_device():
    assert fits_on_device(torch.device("cpu"), 2**60)


def test_pieces_are_drawn_one_by_one():
    drawn = []

    def pieces():
        for i in range(3):
            drawn.append(i)
            yield torch.full((2,), float(i))

    sent = prefetch_to_device(pieces(), torch.device("cpu"))
    assert not drawn
    assert next(sent).tolist() == [0.0, 0.0]
    assert drawn == [0]
    assert [piece[0].item() for piece in sent] == [1.0, 2.0]


def test_a_table_without_room_stays_and_its_rows_are_sent(monkeypatch):
    X = np.arange(20, dtype=np.float32).reshape(10, 2)
    assert Rows(X, ELSEWHERE).storage_device == ELSEWHERE
    monkeypatch.setattr(module, "fits_on_device", lambda device, n_bytes: False)
    rows = Rows(X, ELSEWHERE)
    assert rows.storage_device.type == "cpu"
    assert {chunk.device for chunk in rows.chunks(3)} == {ELSEWHERE}
    assert rows.take(torch.tensor([1])).device == ELSEWHERE
    batches = Batches(rows, 4, torch.Generator(), torch.Generator())
    for batch in batches:
        assert batch.x.device == batch.index.device == ELSEWHERE
        assert len(batch.x) == len(batch.index)
