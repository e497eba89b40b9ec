"""A house around a gateway, and a client that shows the secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.gateway_house import House
from tests.support.recorder import DEADLINE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from native_runtime.gateway import Gateway


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def gateway(house: House) -> Iterator[Gateway]:
    with house.serving() as gateway:
        yield gateway


@pytest.fixture
def client(gateway: Gateway) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {gateway.token}", "X-Origin": "test"}
    with httpx.Client(base_url=gateway.url, headers=headers, timeout=DEADLINE, trust_env=False) as client:
        yield client


@pytest.fixture
def stranger(gateway: Gateway) -> Iterator[httpx.Client]:
    """Knows the address and no secret."""
    with httpx.Client(base_url=gateway.url, timeout=DEADLINE, trust_env=False) as client:
        yield client
