"""One seed becomes many: every use of randomness has a named stream, derived and never shared.

A stream's seed depends only on the study's seed and on the names that lead to it, so an epoch's random state can be
had again without replaying the epochs before it. That is what makes resuming exact.
"""

from __future__ import annotations

import hashlib


def derive(seed: int, *names: str | int) -> int:
    """Derive the seed of the stream `names` from `seed`.

    Args:
        seed: The parent seed; any integer.
        names: The path of the stream, e.g. `("shuffle", 3)`.

    Returns:
        An integer in [0, 2**63), the first bytes of a SHA-256: streams with different names are unrelated.
    """
    path = "/".join(str(part) for part in (seed, *names))
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:8], "big") >> 1
