"""What the property tests share with the unit tests of the same package."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "unit" / "index"))
