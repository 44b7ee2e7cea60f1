"""Numbers are the same in as few bytes as hold them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.views.component_data import narrow


@given(st.lists(st.integers(0, 2**32 - 1)))
def test_no_number_changes(numbers: list[int]) -> None:
    assert narrow(np.array(numbers, dtype=np.int64)).tolist() == numbers


@pytest.mark.parametrize(("largest", "kind"), [(255, "u1"), (256, "u2"), (2**16, "u4")])
def test_the_largest_number_decides(largest: int, kind: str) -> None:
    assert narrow(np.array([0, largest], dtype=np.int32)).dtype == np.dtype(kind)
