"""Building blocks for Arrow columns: strings picked from pools, numbered ids, masked values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadhouse.demo.clock import Flags, Ints

Column = Any  # a NumPy array or an Arrow array; Arrow ships no type hints
Columns = dict[str, Column]


def pick(pool: Sequence[str | None] | pa.Array, index: Ints) -> pa.Array:
    """The pool's values at `index`; a negative index gives null."""
    values = pool if isinstance(pool, pa.Array) else pa.array(pool, pa.string())
    return values.take(pa.array(index, mask=np.asarray(index) < 0))


def numbered(prefix: str, numbers: Ints, width: int = 6) -> pa.Array:
    """Ids such as `lead-000042`; a negative number gives null."""
    digits = pa.array(numbers, mask=np.asarray(numbers) < 0).cast(pa.string())
    return glue(prefix, pc.utf8_lpad(digits, width, "0"))


def glue(*parts: str | pa.Array) -> pa.Array:
    """Concatenate texts row by row; a null part makes a null."""
    return pc.binary_join_element_wise(*[pa.scalar(part) if isinstance(part, str) else part for part in parts], "")


def hide(values: Column, hidden: Flags) -> pa.Array:
    """The values, null where `hidden`."""
    array = values if isinstance(values, pa.Array) else pa.array(values)
    return pc.if_else(pa.array(hidden), pa.scalar(None, array.type), array)


def choose(where: Flags, values: pa.Array, otherwise: pa.Array) -> pa.Array:
    """`values` where the flag is set, else `otherwise`."""
    return pc.if_else(pa.array(where), values, otherwise)


def weighted(rng: np.random.Generator, weights: Sequence[float], count: int) -> Ints:
    """`count` indices drawn with the given weights."""
    edges = np.cumsum(weights) / np.sum(weights)
    return np.searchsorted(edges, rng.random(count), side="right").astype(np.int64)


def weighted_by_row(rng: np.random.Generator, weights: Any, rows: Ints) -> Ints:
    """One index per element of `rows`, drawn with the weights of that row of the matrix."""
    edges = np.cumsum(weights, axis=1) / np.sum(weights, axis=1, keepdims=True)
    drawn = rng.random(len(rows))
    # All rows on one number line, so that one binary search serves every row.
    line = (edges + np.arange(len(edges))[:, None]).ravel()
    found = np.searchsorted(line, drawn + rows, side="right") - rows * edges.shape[1]
    return np.asarray(np.minimum(found, edges.shape[1] - 1), dtype=np.int64)


def with_copies(rng: np.random.Generator, columns: Columns, share: float) -> tuple[Columns, int]:
    """The columns with exact copies of some rows after them, and how many."""
    count = len(next(iter(columns.values())))
    copied = np.flatnonzero(rng.random(count) < share)
    rows = np.concatenate([np.arange(count), copied])
    taken = {name: pick_rows(values, rows) for name, values in columns.items()}
    return taken, len(copied)


def pick_rows(values: Column, rows: Ints) -> Column:
    """The values of a column at these rows."""
    return values.take(pa.array(rows)) if isinstance(values, pa.Array | pa.ChunkedArray) else np.asarray(values)[rows]
