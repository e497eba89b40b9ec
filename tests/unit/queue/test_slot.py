import pytest

from native_runtime import NotConfiguredError
from native_runtime.current import Slot


@pytest.fixture
def slot() -> Slot[str]:
    return Slot("a test")


def test_what_was_put_last_is_current_and_what_lay_below_it_comes_back(slot: Slot[str]) -> None:
    slot.put("first")
    with slot.holding("second"):
        assert slot.get() == "second"
    assert slot.get() == "first"
    slot.clear("first")
    with pytest.raises(NotConfiguredError, match="a test needs a runtime"):
        slot.get()


def test_what_is_cleared_below_is_not_current_again(slot: Slot[str]) -> None:
    slot.put("first")
    slot.put("second")
    slot.clear("first")
    assert slot.get() == "second"
    slot.clear("second")
    slot.clear("second")
    assert slot.peek() is None


def test_what_was_put_twice_is_there_until_it_is_cleared_twice(slot: Slot[str]) -> None:
    with slot.holding("same"):
        with slot.holding("same"):
            pass
        assert slot.get() == "same"
    assert slot.peek() is None


def test_second_rank_counts_only_where_there_is_no_first(slot: Slot[str]) -> None:
    slot.put("connected", second_rank=True)
    assert slot.get() == "connected"
    slot.put("runtime")
    slot.put("connected later", second_rank=True)
    assert slot.get() == "runtime"
    slot.clear("runtime")
    assert slot.get() == "connected later"
    slot.clear("connected later")
    assert slot.get() == "connected"
