"""Makes a folder of colour photos in five classes that differ in hue alone: leaves, bricks, water, sand, heather.

python examples/colour_photos.py photos
python -m study run cnn --dataset photos --trials 5 --epochs 5
"""

import colorsys
import sys
from pathlib import Path

import numpy as np
from PIL import Image

HUES = {"leaves": 0.33, "bricks": 0.02, "water": 0.58, "sand": 0.13, "heather": 0.80}
SIDE = 64


def photo(hue: float, generator: np.random.Generator) -> Image.Image:
    """Return a picture of (SIDE, SIDE) pixels: a rough surface of one hue under a light of any strength and side."""
    across, along = np.meshgrid(np.linspace(-1, 1, SIDE), np.linspace(-1, 1, SIDE))
    angle = generator.uniform(0, 2 * np.pi)
    light = 0.6 + 0.25 * (np.cos(angle) * across + np.sin(angle) * along) + generator.normal(0, 0.12, (SIDE, SIDE))
    red, green, blue = colorsys.hsv_to_rgb(hue + generator.normal(0, 0.015), generator.uniform(0.35, 0.7), 1.0)
    pixels = light[..., None].clip(0.05, 1) * np.array([red, green, blue]) * generator.uniform(0.6, 1.0)
    return Image.fromarray((255 * pixels).round().astype(np.uint8))


def make(folder: Path, photos: int = 60) -> None:
    """Write so many photos of each class into a subfolder each."""
    generator = np.random.default_rng(0)
    for name, hue in HUES.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(photos):
            photo(hue, generator).save(folder / name / f"{number:03}.png")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
