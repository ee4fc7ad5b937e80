"""The notebook's own networks and training loop, line by line: what throughput is compared with.

Its networks are float32, ReLU before max-pooling; every image is a PIL picture that a `DataLoader` transforms anew each
time; the loss of every step is read.
"""

from __future__ import annotations

import time

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

BATCH_SIZE, LEARNING_RATE = 64, 0.001


class CNN(nn.Module):
    """Its convolutional network."""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.conv_layer = nn.Sequential(
            nn.Conv2d(1, 32, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2, 2),
            nn.Conv2d(32, 64, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2, 2),
        )
        self.fc_layer = nn.Sequential(nn.Linear(64 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10))

    def forward(self, x: Tensor) -> Tensor:
        """Map pictures (batch, 1, 28, 28) to logits (batch, 10)."""
        x = self.conv_layer(x)
        x = x.view(x.size(0), -1)
        return self.fc_layer(x)  # type: ignore[no-any-return]


class RNN(nn.Module):
    """Its recurrent network."""

    def __init__(self, input_size: int = 28, hidden_size: int = 128, num_layers: int = 2) -> None:
        """Build the layers."""
        super().__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Map pictures (batch, 1, 28, 28) to logits (batch, 10)."""
        x = x.squeeze(1)
        h0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size).to(x.device)
        c0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size).to(x.device)
        out, _ = self.lstm(x, (h0, c0))
        out = out[:, -1, :]
        return self.fc(out)  # type: ignore[no-any-return]


NETWORKS = {"cnn": CNN, "lstm": RNN}
"""By the space whose baseline each is."""


class Pictures(Dataset[tuple[Tensor, int]]):
    """Images as torchvision's MNIST gives them: a PIL picture, transformed anew each time."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        """Take images (n, 28, 28) uint8 and labels (n,)."""
        self.images, self.labels = images, labels
        self.transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """Return an image (1, 28, 28) float32 and its label."""
        picture = Image.fromarray(self.images[index].numpy())
        return self.transform(picture), int(self.labels[index])


def train(space: str, images: Tensor, labels: Tensor, *, epochs: int, device: str = "cpu") -> float:
    """Train one of its networks as the notebook does, with as many threads as PyTorch takes by default.

    Args:
        space: `cnn` or `lstm`.
        images: (n, 28, 28) uint8.
        labels: (n,) int64.
        epochs: How many.
        device: Where.

    Returns:
        Images per second.
    """
    loader = DataLoader(Pictures(images, labels), batch_size=BATCH_SIZE, shuffle=True)
    model = NETWORKS[space]().to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    model.train()
    began, running_loss = time.perf_counter(), 0.0
    for _ in range(epochs):
        for pictures, targets in loader:
            pictures, targets = pictures.to(device), targets.to(device)
            optimizer.zero_grad()
            loss = criterion(model(pictures), targets)
            loss.backward()
            optimizer.step()
            running_loss += loss.item() * pictures.size(0)
    return len(labels) * epochs / (time.perf_counter() - began)
