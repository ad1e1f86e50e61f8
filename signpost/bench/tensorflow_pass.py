"""Prints the median milliseconds of one pass of the encoder through TensorFlow: the baseline for ONNX."""

from __future__ import annotations

import time

import numpy as np

from signpost.bench.messages import MIX, SHORT
from signpost.learning.training.tunable_encoder import TunableEncoder


def main() -> None:
    """Measure the same messages as ``parts``."""
    encoder = TunableEncoder()
    for text in (SHORT[1], SHORT[0], MIX[-1]):
        each = []
        for _ in range(53):
            started = time.perf_counter()
            encoder.encode([text])
            each.append(time.perf_counter() - started)
        print(len(encoder.windows(text)[0].ids), float(np.median(each[3:])) * 1000)


if __name__ == "__main__":
    main()
