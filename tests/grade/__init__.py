"""Tests of the grader. Those that run learners' code need the sandbox, and so Linux."""

import sys

import pytest

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the grader needs Linux")
