"""A small frame with a column of each kind, and what the encoder makes of frames."""

import numpy as np
import pandas as pd

from skdeepcluster.compose import table_encoder


def small_frame():
    """Forty rows, one column of each kind."""
    n = np.arange(40)
    return pd.DataFrame(
        {
            "amount": np.sin(n) * 100,
            "ward": np.array(["A", "B", "C"])[n % 3],
            "smoker": n % 4 == 0,
            "day": pd.Timestamp("2024-01-31") + pd.to_timedelta(n * n, unit="D"),
        }
    )


def encoded(frame, **params):
    encoder = table_encoder(**params).set_output(transform="pandas")
    return encoder.fit_transform(frame)
