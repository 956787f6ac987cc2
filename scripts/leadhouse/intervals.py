"""How sure a share is."""

from __future__ import annotations

import math

# Two-sided 95 % of the normal distribution.
Z = 1.959963984540054


def wilson(part: float, whole: float) -> tuple[float, float] | None:
    """The 95 % interval of a share (E. B. Wilson, Probable inference, JASA 22, 1927); None without a whole."""
    if whole <= 0 or part > whole:
        return None
    share = part / whole
    centre = share + Z * Z / 2 / whole
    reach = Z * math.sqrt((share * (1 - share) + Z * Z / 4 / whole) / whole)
    scale = 1 + Z * Z / whole
    return max(0.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale)
