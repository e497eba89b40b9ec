"""What holds for all tests of real programs."""

from tests.support.ctrl_c import ctrl_c_is_heard

__all__ = ["ctrl_c_is_heard"]
