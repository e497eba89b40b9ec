"""Dispatches jobs into the store of an app that may or may not run, some alone and some at once; prints their ids."""

import random
import sys
import time

from native_runtime import connect
from tests.support.chaos_jobs import lasting, trivial

config, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
dice = random.Random(seed)
fed = 0
with connect(config):
    while fed < count:
        size = min(dice.choice([1, 1, 1, 5, 20, 50]), count - fed)
        numbers = range(fed, fed + size)
        if size == 1:
            handles = [lasting.dispatch(fed, dice.uniform(0.001, 0.005))]
        elif dice.random() < 0.5:
            handles = trivial.dispatch_many((number,) for number in numbers)
        else:
            handles = lasting.dispatch_many((number, dice.uniform(0.001, 0.005)) for number in numbers)
        fed += size
        print(*(handle.id for handle in handles), sep="\n", flush=True)
        time.sleep(dice.uniform(0.0, 0.002 * size))
