"""What holds for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# On a busy machine any example may take long, and so may making one; neither says anything about the product.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
