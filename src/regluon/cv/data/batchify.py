"""Batches out of samples: GluonCV's ``batchify`` functions on numpy arrays.

Arrays, NDArrays and tensors keep their dtype; lists and numbers become int64 or float32. (GluonCV makes NDArrays, and
float32 ones of whatever ``Stack`` and ``Append`` get.)
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from regluon.core.array import as_numpy
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.cv.data.map_sizes import MapSizes

__all__ = ["Append", "FasterRCNNTrainBatchify", "Pad", "Stack", "Tuple"]


class Stack:
    """Put samples of one shape on a new first axis.

    Examples:
        >>> Stack()([[1, 2, 3], [4, 5, 6]])
        array([[1, 2, 3],
               [4, 5, 6]])
    """

    def __call__(self, data: Sequence[Any]) -> np.ndarray:
        """Stack ``B`` samples ``(*S)`` into ``(B, *S)``."""
        arrays = _arrays("Stack", data)
        shapes = {array.shape for array in arrays}
        if len(shapes) > 1:
            raise ShapeError(f"Stack: data must be samples of one shape (Pad takes several), got {sorted(shapes)}")
        return np.stack(arrays)


class Pad:
    """Fill samples up to the longest and put them on a new first axis.

    Args:
        axis: the axis along which samples differ in length, or several of them.
        pad_val: what to fill with; -1 for the labels of a detector.
        num_shards: into how many parts the batch is split, one for a device; each is filled up by itself.
        ret_length: also return how long the samples were.

    Examples:
        >>> Pad(pad_val=-1)([[1, 2, 3], [4]])
        array([[ 1,  2,  3],
               [ 4, -1, -1]])
        >>> Pad(ret_length=True)([[1, 2, 3], [4]])[1]
        array([3, 1], dtype=int32)
    """

    def __init__(
        self,
        axis: int | Sequence[int] = 0,
        pad_val: float = 0,
        num_shards: int = 1,
        ret_length: bool = False,
    ) -> None:
        axes = [axis] if isinstance(axis, int) else axis
        if not isinstance(axes, (list, tuple)) or not all(isinstance(one, int) for one in axes):
            raise ArgumentTypeError(f"Pad: axis must be an int or several, got {axis!r}")
        if num_shards < 1:
            raise ArgumentError(f"Pad: num_shards must be at least 1, got {num_shards}")
        self._axis = axis
        self._axes = tuple(axes)
        self._pad_val = pad_val
        self._num_shards = num_shards
        self._ret_length = ret_length

    def __call__(self, data: Sequence[Any]) -> Any:
        """Fill up and stack ``B`` samples.

        Args:
            data: arrays that differ in shape along ``axis`` alone.

        Returns:
            ``(B, ...)``, or a list of ``num_shards`` such arrays, the first ones larger where ``B`` does not divide.
            With ``ret_length``, a pair of that and the int32 lengths: ``(B,)``, or ``(B, axes)`` for several axes,
            in a list likewise.
        """
        arrays = _arrays("Pad", data)
        if self._num_shards > len(arrays):
            raise ArgumentError(f"Pad: num_shards must be at most the {len(arrays)} samples, got {self._num_shards}")
        axes = self._positive_axes(arrays)
        larger, smaller = divmod(len(arrays), self._num_shards)[::-1]
        ends = np.cumsum([smaller + 1] * larger + [smaller] * (self._num_shards - larger)).tolist()
        shards = [arrays[start:end] for start, end in zip([0, *ends], ends, strict=False)]
        padded = [self._fill(shard) for shard in shards]
        lengths = [np.array([[array.shape[axis] for axis in axes] for array in shard], np.int32) for shard in shards]
        if isinstance(self._axis, int):
            lengths = [length[:, 0] for length in lengths]
        if self._num_shards == 1:
            return (padded[0], lengths[0]) if self._ret_length else padded[0]
        return (padded, lengths) if self._ret_length else padded

    def _positive_axes(self, arrays: list[np.ndarray]) -> tuple[int, ...]:
        rank = arrays[0].ndim
        if any(not -rank <= axis < rank for axis in self._axes):
            raise ShapeError(f"Pad: axis must be among the {rank} axes of a sample, got {self._axis}")
        axes = tuple(axis % rank for axis in self._axes)
        fixed = {tuple(extent for axis, extent in enumerate(array.shape) if axis not in axes) for array in arrays}
        if len(fixed) > 1 or {array.ndim for array in arrays} != {rank}:
            shapes = sorted({array.shape for array in arrays})
            raise ShapeError(f"Pad: data must differ in shape along axis {self._axis} alone, got {shapes}")
        return axes

    def _fill(self, arrays: list[np.ndarray]) -> np.ndarray:
        longest = np.max([array.shape for array in arrays], axis=0)
        filled = np.full((len(arrays), *longest), self._pad_val, np.result_type(*arrays))
        for row, array in zip(filled, arrays, strict=True):
            row[tuple(slice(extent) for extent in array.shape)] = array
        return filled


class Append:
    """Keep samples of any shape in a list.

    Args:
        expand: give each a batch axis of length 1.
        batch_axis: where that axis goes.

    Examples:
        >>> Append()([[1, 2, 3], [4]])
        [array([[1, 2, 3]]), array([[4]])]
    """

    def __init__(self, expand: bool = True, batch_axis: int = 0) -> None:
        self._expand = expand
        self._batch_axis = batch_axis

    def __call__(self, data: Sequence[Any]) -> list[np.ndarray]:
        """Make a list of ``B`` arrays."""
        arrays = _arrays("Append", data)
        return [np.expand_dims(array, self._batch_axis) for array in arrays] if self._expand else arrays


class Tuple:
    """Batch every part of a sample by a function of its own; the functions may be ``Tuple`` again.

    Args:
        fn: the function of the first part, or a list of all functions.
        args: the functions of the other parts.

    Examples:
        >>> images, labels = Tuple(Stack(), Pad(pad_val=-1))([([1, 2], [3]), ([4, 5], [6, 7])])
        >>> labels
        array([[ 3, -1],
               [ 6,  7]])
    """

    def __init__(self, fn: Callable[..., Any] | Sequence[Callable[..., Any]], *args: Callable[..., Any]) -> None:
        functions: Sequence[Any] = fn if isinstance(fn, (list, tuple)) else (fn, *args)
        if functions is fn and args:
            raise ArgumentError("Tuple: functions must come one by one or all in one list, got both")
        self._functions: tuple[Any, ...] = tuple(functions)
        for function in self._functions:
            if not callable(function):
                raise ArgumentTypeError(f"Tuple: functions must be callable, got {function!r}")

    def __call__(self, data: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
        """Batch ``B`` samples of as many parts as there are functions."""
        for sample in data:
            if len(sample) != len(self._functions):
                raise ShapeError(f"Tuple: samples must have {len(self._functions)} parts, got {len(sample)}")
        return tuple(function([sample[part] for sample in data]) for part, function in enumerate(self._functions))


class FasterRCNNTrainBatchify:
    """Batch samples to train a Faster R-CNN with: pictures, labels, and targets of the proposals.

    GluonCV's ``FasterRCNNTrainBatchify``. Pictures of a shard are filled up with 0 to one size, labels with -1, and
    targets, which come as one array ``(H, W, ...)`` for each feature map, to the size of that picture's maps.

    Args:
        net: the network, whose ``features`` tell how large feature maps are.
        num_shards: into how many parts the batch is split, one for a device.
    """

    def __init__(self, net: Any, num_shards: int = 1) -> None:
        self._sizes = MapSizes(net)
        self._num_shards = num_shards
        self._images = Pad((1, 2), num_shards=num_shards)
        self._labels = Pad(pad_val=-1, num_shards=num_shards)

    def __call__(self, data: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
        """Batch ``B`` samples as ``FasterRCNNDefaultTrainTransform`` makes them.

        Returns:
            Pictures ``(B, 3, H, W)`` and labels ``(B, M, K)``, each a list with ``num_shards`` above 1; then tuples of
            shards of targets: classes ``(B, N)``, box offsets and masks ``(B, N, 4)``.
        """
        for sample in data:
            if len(sample) != 5:
                raise ShapeError(f"FasterRCNNTrainBatchify: samples must have 5 parts, got {len(sample)}")
        images, labels, *targets = zip(*data, strict=True)
        pictures, shards = self._images(images), []
        start = 0
        for shard in pictures if self._num_shards > 1 else [pictures]:
            sizes = self._sizes(*shard.shape[2:])
            part = slice(start, start + len(shard))
            fills = ((-1, (-1,)), (0, (-1, 4)), (0, (-1, 4)))
            shards.append([
                np.stack([_filled(maps, sizes, fill, shape) for maps in one[part]])
                for one, (fill, shape) in zip(targets, fills, strict=True)
            ])  # fmt: skip
            start += len(shard)
        return pictures, self._labels(labels), *zip(*shards, strict=True)


def _filled(maps: Sequence[Any], sizes: Sequence[tuple[int, int]], fill: float, shape: tuple[int, ...]) -> np.ndarray:
    """Fill the maps ``(H, W, K)`` of a sample up to sizes, and join them as rows."""
    rows = []
    for (height, width), values in zip(sizes, map(as_numpy, maps), strict=True):
        whole = np.full((height, width, values.shape[2]), fill, np.float32)
        whole[: values.shape[0], : values.shape[1]] = values
        rows.append(whole.reshape(shape))
    return np.concatenate(rows)


def _arrays(who: str, data: Sequence[Any]) -> list[np.ndarray]:
    if not len(data):
        raise ArgumentError(f"{who}: data must be at least one sample, got none")
    return [_array(sample) for sample in data]


def _array(sample: Any) -> np.ndarray:
    array = as_numpy(sample)
    listed = isinstance(sample, (list, tuple, float))
    return array.astype(np.float32) if listed and array.dtype == np.float64 else array
