"""What a method has to supply."""

from dataclasses import dataclass

import pytest

from skdeepcluster.base import BaseDeepClusterer


def test_hooks_of_a_method_are_asked_for():
    @dataclass(eq=False, repr=False, kw_only=True)
    class Unfinished(BaseDeepClusterer):
        def _build_network(self, rows):
            raise NotImplementedError

    with pytest.raises(TypeError, match="abstract methods '?_objective'?, '?_stages"):
        Unfinished(3)
