"""Where the tests find what they read."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
PAYLOADS = TESTS / "payloads" / "weather"
INSTANCES = TESTS / "instances"
LONGSHAN = ROOT / "data" / "longshan"
SHARED = ROOT.parent / "shared"
"""Samples that may be there beside the checkout; tests of them skip, and say so, where they are
not.
"""
