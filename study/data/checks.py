"""What looks wrong about the images of a dataset, whatever loaded them. Every threshold stands here.

A dataset whose pictures lost their content in reading is trained to chance without an error; its images are then of
one grey, or the same ones again and again.
"""

from torch import Tensor

SHOWS = 16
"""Grey levels of 256 between the darkest and the lightest pixel below which a picture counts as blank."""
MANY = 1 / 20
"""Fraction of all images from which on blank ones are told, and equal ones."""
FEWEST = 2
"""Fewer such images are never told."""


def suspicions(images: Tensor) -> tuple[str, ...]:
    """Return a sentence each where many images are blank, or equal to another.

    Args:
        images: (n, 1, height, width) uint8, of all splits.
    """
    flat = images.flatten(1).contiguous().numpy()  # (n, pixels)
    blank = flat.max(axis=1) - flat.min(axis=1) < SHOWS  # (n,)
    drawn = flat[~blank]
    repeated = len(drawn) - len(set(drawn.view(f"V{flat.shape[1]}").reshape(-1).tolist()))  # each image as its bytes
    said = []
    if _many(int(blank.sum()), len(flat)):
        said.append(
            f"{int(blank.sum()):,} of {len(flat):,} images are blank (their greys differ by less than {SHOWS} of 256): "
            "look at the files, or at what became of them."
        )
    if _many(repeated, len(flat)):
        said.append(f"{repeated:,} of {len(flat):,} images are equal to an earlier one, pixel by pixel.")
    return tuple(said)


def _many(count: int, total: int) -> bool:
    return count >= FEWEST and count >= MANY * total
