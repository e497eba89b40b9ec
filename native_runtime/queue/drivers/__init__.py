"""Job stores, all held to the contract in `queue/driver.py` by one test suite."""
