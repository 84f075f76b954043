"""What a parameter file holds."""

from dataclasses import dataclass

import numpy as np

__all__ = ["ParamsFile"]


@dataclass(frozen=True, slots=True)
class ParamsFile:
    """Everything read from one parameter file.

    Attributes:
        arrays: the arrays, in the file's order.
        names: their names, or None if the file is a plain list.
        notes: one sentence for each thing that did not come back as it was stored.
        np_shape: whether the file was written under MXNet's np-shape switch, where ``()`` is a scalar.
    """

    arrays: tuple[np.ndarray, ...]
    names: tuple[str, ...] | None
    notes: tuple[str, ...] = ()
    np_shape: bool = False

    @property
    def data(self) -> dict[str, np.ndarray] | list[np.ndarray]:
        """The arrays by name, or as a list if they have none; of two with one name, the later."""
        return list(self.arrays) if self.names is None else dict(zip(self.names, self.arrays, strict=True))
