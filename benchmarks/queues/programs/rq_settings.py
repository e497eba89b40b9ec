"""What `rq worker --config` reads."""

from __future__ import annotations

import os
from typing import Final

REDIS_URL: Final = os.environ["QUEUE_BENCHMARK_REDIS"]
