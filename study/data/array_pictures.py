"""Arrays of pictures, as `.npz` and other files hold them -> grey 28 x 28, by the rules of `pictures`."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from study.data.dataset import IMAGE_SIDE
from study.data.depths import UNIT, Depth, decide_ranges, to_bytes
from study.data.pictures import grey_picture
from study.data.reading import follow
from study.data.remarks import remarks
from study.errors import StudyError

CHANNELS = (1, 3, 4)
"""Grey, red-green-blue, and with an alpha channel."""


def grey_arrays(images: NDArray[np.generic], source: str) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Bring pictures to grey, 28 x 28.

    Args:
        images: (n, height, width), or with 1, 3 or 4 channels as the last axis, or as the second; numbers from 0 on.
            Bytes are greys; of other numbers the range is decided for all images together, as `depths` tells.
        source: What holds them, for errors: "'x_train' of 'mnist.npz'".

    Returns:
        (n, 28, 28), and a sentence on each thing that was done to them.

    Raises:
        StudyError: The array has another layout, or values of which nothing says which is black.
    """
    layered = _channels_last(images, source)  # (n, height, width) or (n, height, width, 3 or 4)
    depth = None if layered.dtype in (np.uint8, np.bool_) else _depth(layered, source)
    ranges = decide_ranges([depth]) if depth else {}
    greys = layered.astype(np.uint8) * 255 if layered.dtype == np.bool_ else layered
    pixels = to_bytes(greys, ranges[depth.kind]) if depth else greys.astype(np.uint8, copy=False)
    if not len(pixels):
        raise StudyError(f"{source} has to hold at least 1 image, found none.")
    if pixels.shape[1:] == (IMAGE_SIDE, IMAGE_SIDE) and not depth:
        return np.array(pixels), ()
    read = [grey_picture(Image.fromarray(picture)) for picture in follow(list(pixels), f"Reading {source}")]
    said = list(remarks([picture.facts for picture in read], {}))
    if depth:
        bits = ranges[depth.kind]
        white = "1" if bits == UNIT else f"{2**bits - 1:,}"
        scale = f"read with 0 as black and {white} as white"
        said.append(f"Numbers of {source} are {scale}; the largest is {depth.largest:g}.")
    return np.stack([picture.grey for picture in read]), tuple(said)


def _depth(images: NDArray[np.generic], source: str) -> Depth | None:
    """Return the range of numbers wider than a byte; None where they are whole and within one."""
    if images.dtype.kind not in "iuf" or not images.size or not np.isfinite(images).all() or images.min() < 0:
        raise StudyError(f"Images of {source} have to be finite numbers from 0 on, found {_found(images)}.")
    largest = float(images.max())
    if largest >= 2**32:
        raise StudyError(f"Images of {source} have to be numbers below 2 ** 32, found {_found(images)}.")
    if images.dtype.kind != "f" and largest < 256:
        return None  # bytes in a wider type
    return Depth("floating-point" if images.dtype.kind == "f" else "32-bit", largest, None)


def _found(images: NDArray[np.generic]) -> str:
    if images.dtype.kind not in "iuf":
        return f"values of type {images.dtype}"
    return f"values from {images.min():g} to {images.max():g}" if images.size else "none"


def _channels_last(images: NDArray[np.generic], source: str) -> NDArray[np.generic]:
    """Return pictures with their channels last, and without that axis where there is one channel."""
    if images.ndim == 4 and images.shape[3] not in CHANNELS and images.shape[1] in CHANNELS:
        images = np.moveaxis(images, 1, 3)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim == 3 or (images.ndim == 4 and images.shape[3] in CHANNELS):
        return images
    shape = " x ".join(str(size) for size in images.shape) or "a single value"
    raise StudyError(
        f"Images of {source} have to be pictures x height x width, or with 1, 3 or 4 channels beside, found {shape}."
    )
