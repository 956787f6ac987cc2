"""Logistic regression on few columns and many leads, by Newton's method with a ridge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadhouse.tuning.points_columns import Floats

# Far beyond what data can say; a column that separates the outcomes would otherwise run to infinity.
LARGEST_STEP = 3.0


def sigmoid(logits: Floats) -> Floats:
    """Return the probabilities of logits, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)), dtype=np.float64)


@dataclass(frozen=True)
class Logistic:
    """A fitted regression: `weights` (the first is the intercept's) and its penalised loss, minus the log likelihood."""

    weights: Floats
    loss: float
    logits: Floats


def fit_logistic(
    matrix: Floats,
    wins: Floats,
    counts: Floats,
    ridge: float,
    start: Floats,
    steps: int = 8,
    enough: float = 1e-4,
    offset: Floats | float = 0.0,
) -> Logistic:
    """Fit a matrix whose first column is all ones, beginning at `start`, until a step promises less loss than `enough`.

    `counts` says how many leads each row stands for, `ridge` weighs all weights but the intercept, `offset` is added to the
    logits as it is.
    """
    penalty = np.full(matrix.shape[1], ridge)
    penalty[0] = 1e-9
    weights = start.astype(np.float64)
    for _ in range(steps):
        chances = sigmoid(matrix @ weights + offset)
        slope = matrix.T @ (counts * (wins - chances)) - penalty * weights
        curve = (matrix * (counts * chances * (1.0 - chances))[:, None]).T @ matrix
        curve[np.diag_indices_from(curve)] += penalty + 1e-9
        step = np.linalg.solve(curve, slope)
        gain = float(slope @ step)
        step *= min(1.0, LARGEST_STEP / max(float(np.abs(step).max()), 1e-12))
        weights = weights + step
        if gain < enough:
            break
    logits = matrix @ weights + offset
    return Logistic(weights, loss_of(logits, wins, counts) + 0.5 * float(penalty @ (weights * weights)), logits)


def loss_of(logits: Floats, wins: Floats, counts: Floats) -> float:
    """Return minus the log likelihood of the outcomes."""
    return float(np.sum(counts * (np.logaddexp(0.0, logits) - wins * logits)))


def base_rates(logits: Floats, wins: Floats, counts: Floats, periods: NDArray[np.int64]) -> Floats:
    """Return for each lead its period's offset with which the logits foretell as many wins as there were in it."""
    offsets = np.zeros(int(periods.max(initial=0)) + 1)
    for _ in range(20):
        chances = sigmoid(logits + offsets[periods])
        # A tenth of a lead against the offset, for periods without a win.
        rest = np.bincount(periods, counts * (wins - chances), len(offsets)) - offsets / 10
        step = rest / (np.bincount(periods, counts * chances * (1.0 - chances), len(offsets)) + 0.1)
        offsets += np.clip(step, -1.0, 1.0)
        if float(np.abs(step).max()) < 1e-6:
            break
    return np.asarray(offsets[periods], dtype=np.float64)
