import pytest

from tests.compose.frames import small_frame


@pytest.fixture
def frame():
    return small_frame()
