# SPDX-License-Identifier: Apache-2.0
"""What the scenarios are written with: a central system, a charger, and the ids they cover."""
import pytest

from .central import HOLD, SILENT, CallError, Central, Fail, Raw, now, parse_time
from .charger import Charger
from .process import PATIENCE

__all__ = ["HOLD", "PATIENCE", "SILENT", "CallError", "Central", "Charger", "Fail", "Raw",
           "covers", "now", "parse_time"]


def covers(*ids):
    """Names the rows of requirements.tsv that the test is evidence for (covers.py reads it)."""
    return pytest.mark.covers(*ids)
