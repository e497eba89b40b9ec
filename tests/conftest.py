"""What holds for every test: properties may take as long as a busy machine needs for them."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Hypothesis gives one example 200 ms and all data of a test a few seconds, by the wall clock: a machine that is busy
# takes longer, and the tests are about answers.
settings.register_profile(
    "patient", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")
