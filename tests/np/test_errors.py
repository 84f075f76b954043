"""What wrong use of ``mx.np`` and ``mx.npx`` is told."""

import re

import numpy as onp
import pytest
import torch

from regluon import autograd, nd, np, npx, th
from regluon.core.errors import MXNetError
from regluon.ops.registry import twin
from tests.np.expressions import answer, pool

WRONG = """
np.array('x') => array: object must be numbers of one shape, got 'x'
np.array([[1], [2, 3]]) => array: object must be numbers of one shape
np.empty_like(a, subok=True) => empty_like: subok and shape must not be given
np.meshgrid(c, nothing=1) => meshgrid: has no argument 'nothing'; it has indexing, sparse, copy
np.meshgrid(c, indexing='zz') => meshgrid: indexing must be one of 'xy', 'ij', got 'zz'
np.meshgrid(c, copy=False) => meshgrid: copy must be True, as in MXNet
np.result_type() => result_type: must be given at least one array or type, got none
np.zeros((2,), order='F') => zeros: order must be 'C', got 'F'
np.linspace(0, 1, axis=1) => linspace: axis must be 0, got 1
np.exp([1, 2]) => exp: inputs must be mx.np.ndarray, got list
np.exp(nd.ones((2,))) => exp: inputs must be mx.np.ndarray, got NDArray
np.concatenate([a, 1]) => concatenate: arrays must be a list of mx.np.ndarray, got
np.concatenate([]) => concatenate: arrays must be a list of mx.np.ndarray, got
np.add(a, b, where=t) => add: where must be True, got
np.exp(a, casting='no') => exp: has no option casting='no'
a + [1, 2, 3] => add: an operand must be mx.np.ndarray or a number, got list
a + nd.ones((2, 3)) => add: an operand must be mx.np.ndarray or a number, got NDArray
a == None => equal: an operand must be mx.np.ndarray or a number, got NoneType
np.clip(a, None, None) => clip: a_min and a_max must not both be None
a[np.array([1, 0, 1], dtype=bool)] => index: a mask must have the shape (2,) of the axes it is for, got (3,)
a[True] => index: must not be a single bool; use a mask of the array's sizes
a['x'] => index: must be ints, slices, `...`, None or arrays of ints, got str
a[5] => index: must be in [-2, 1] on axis 0, got 5
a[0, 0, 0] => index: must be at most one for each of 2 axes, got 3
np.linalg.norm(q, ord=1) => norm: axis must name 1 or 2 axes where ord is given, got (0, 1, 2, 3)
np.linalg.norm(c, ord='fro', axis=0) => norm: ord of vectors must be a number, got 'fro'
np.linalg.norm(a, ord=5) => norm: ord of matrices must be 'fro', 'nuc', 1, 2, inf or below 0 those, got 5
np.linalg.qr(m, mode='full') => qr: mode must be 'reduced', got 'full'
np.dot(a, [1]) => dot: an operand must be mx.np.ndarray, got list
np.tensordot(a, b, ((0,), (0,), (0,))) => tensordot: axes must be an int or 2 lists of axes
a.reshape(3, 2, nothing=1) => reshape: has no argument 'nothing'; it has newshape, order
a.reshape() => reshape: newshape must be given
a.astype('int32', casting='safe') => astype: casting must be left as it is
int.__index__(0) if False else range(c) => index: only an array of ints without axes can be an index
iter(s) => iter: an array without axes has no parts
'{:.2f}'.format(a) => format: an array with axes has no format '.2f'
a.copy(order='F') => copy: order must be 'C', got 'F'
a.__setitem__(0, nd.ones((3,))) => setitem: the value must be mx.np.ndarray, got NDArray; call as_np_ndarray() on it
a.__iadd__(np.ones((4, 2, 3))) => in-place arithmetic must keep the shape (2, 3), got (4, 2, 3)
onp.modf(a, out=(a, b)) => modf: out must be one array, got 2
np.set_printoptions(suppress=True) => set_printoptions: has only precision and threshold, got suppress
np.random.choice(a) => choice: a must have 1 axis, got shape (2, 3)
np.random.choice(3, p=[1, 0, 0]) => choice: p must be an array of chances, got list
np.random.choice(2, (3,), replace=False) => choice: a must be at least 1, and the size without replacement
np.random.multivariate_normal(c, w, tol=1) => multivariate_normal: check_valid and tol must be None
np.random.multinomial(2, [0.8, 0.9]) => multinomial: pvals must be one row of chances whose sum is at most 1
np.random.randint(5, 5) => randint: low must be below high, got 5 and 5
np.random.shuffle(s) => shuffle: data must have at least 1 axis, got none
np.random.normal(a, size=(4,)) => random: size must be one that the parameters' (2, 3) broadcasts to, got (4,)
th._internal._npi_normal(loc=None) => random: a parameter must be a number or an array, got neither
np.sum(a, where=t) => sum: where must be True, got
np.sum(a, axis=2) => sum: axis must be in [-2, 1], got 2
np.histogram(a, np.array([0.0, 1]), density=True) => histogram: normed, weights and density must not be given
np.histogram(a, 4) => histogram: bins must be an array of bounds, or an int together with a range
np.percentile(a, 5, overwrite_input=True) => percentile: overwrite_input must be None, got True
np.where(t, a) => where: x and y must be both given or both not
np.sort(a, stable='x') => sort: stable must be a bool, got 'x'
np.unravel_index(k, (2, 3), order='F') => unravel_index: order must be 'C', got 'F'
np.diff(a, prepend=1) => diff: prepend and append must be None, as in MXNet
np.pad(a, 1, mode='edge', constant_values=1) => pad: has no option constant_values for mode 'edge'
np.pad(a, 1, constant_values=(1, 2)) => pad: constant_values must be a number, got (1, 2)
np.split(a, 0) => split: the number of sections must be at least 1, got 0
np.delete(c, 5) => delete: obj must be in [-3, 2], got 5
np.insert(c, 5, 1) => insert: obj must be in [-3, 3], got 5
npx.relu(1) => relu: inputs must be mx.np.ndarray, got int
npx.relu(nd.ones((2,))) => relu: inputs must be mx.np.ndarray, got NDArray; call as_np_ndarray() on it
nd.add_n(a, nd.ones((2, 3))) => add_n: inputs must be all mx.np.ndarray or all NDArray, got both
npx.add_n(a, nd.ones((2, 3))) => _npx_add_n: inputs must be all mx.np.ndarray or all NDArray, got both
npx.random.bernoulli() => bernoulli: one of prob and logit must be given, got both or none
npx.set_np(shape=False) => set_np: shape must be True where array is, got False
npx.set_np(dtype=True) => set_np: dtype must be False, as numbers are float32 by default
npx.use_np(3) => use_np: must be put before a function or a class, got int
npx.save('nowhere', {'x': 3}) => save: arr must be mx.np.ndarrays, got int
np.add(a, np.ones((4,))) => add: operands must broadcast together, got shapes (2, 3) and (4,)
a & b => bitwise_and: operands must be ints or bools, got torch.float32
np.arange(0, 5, 0) => arange: step must not be 0, got 0
th._internal._npi_identity((2,)) => identity: shape must be of 2 sizes, got (2,)
npx.masked_softmax(a, c) => masked_softmax: mask must broadcast to (2, 3), got shape (3,)
npx.index_update(a, np.zeros((3, 1), dtype='int64'), c) => index_update: ind must be (D, *) for D of 2 axes at most
npx.constraint_check(t, 'must hold') => constraint_check: must hold
np.stack([a, i32]) => stack: arrays must have one dtype, got torch.float32, torch.int32; cast them
np.stack([a, c]) => stack: arrays must have one shape, got [(2, 3), (3,)]
np.concatenate([a, d]) => concatenate: arrays must have one shape but for axis 0, got [(2, 3), (3, 2)]
th._internal._npi_vstack() => vstack: arrays must be at least one, got none
th._internal._npi_atleast_1d() => atleast_1d: arrays must be at least one, got none
np.split(a, 2, axis=1) => split: sections must divide the size 3 of axis 1, got 2
np.linalg.inv(a) => inv: A must have square matrices, got shape (2, 3)
np.linalg.inv(i32[:, :2]) => inv: A must be float32 or float64, got torch.int32
np.linalg.inv(np.zeros((2, 2))) => inv: linalg.inv: The diagonal element 1 is zero
np.linalg.svd(d) => svd: A must have at most as many rows as columns, got shape (3, 2); transpose it
np.diag(q) => diag: data must have 1 or 2 axes, got shape (2, 3, 4, 2)
np.trace(c) => trace: data must have at least 2 axes, got shape (3,)
np.diag_indices_from(a) => diag_indices_from: data must be square with at least 2 axes, got (2, 3)
np.fill_diagonal(q, 1) => fill_diagonal: a must be a matrix, or have all sizes equal, got (2, 3, 4, 2)
a @ f64.T => matmul: b must be torch.float32 as a is, got torch.float64; cast one of them
np.dot(a, b) => dot: the last axis of a and axis 0 of b must agree, got (2, 3) and (2, 3)
s @ a => matmul: a and b must have axes, got shapes () and (2, 3); use *
a @ b => matmul: inner sizes must agree, got shapes (2, 3) and (2, 3)
np.tensordot(a, d, ((0,), (0,))) => tensordot: the summed axes must agree, got (0,) of (2, 3) and (0,) of (3, 2)
np.einsum('ij,jk', a, b) => einsum: subscripts must fit the arrays, got 'ij,jk'
np.cross(q, q, axis=2) => cross: vectors must have 2 or 3 elements, got 4 and 4
np.max(e) => max: an array of shape (0, 3) has no elements along axis None
np.repeat(a, [1, 2, 3], axis=0) => repeat: repeats must be one for each of 2 elements, got (1, 2, 3)
np.roll(a, (1, 2), axis=(0, 1, 1)) => roll: shift and axis must be as many, got (1, 2) and (0, 1, 1)
np.rot90(a, axes=(0,)) => rot90: axes must be 2, got (0,)
np.where(t, a, np.ones((4,))) => where: condition, x and y must broadcast, got shapes [(2, 3), (2, 3), (4,)]
np.take(e, k, axis=0) => take: a must have elements along axis 0, got shape (0, 3)
th._internal._npi_boolean_mask(th.np.ones((2,)), th.np.ones((3,))) => boolean_mask: index must have the sizes of data
np.unravel_index(c, (2, 3)) => unravel_index: data must be ints, got torch.float32
a.reshape((3, 2), order='F') => npx.reshape: order must be 'C', got 'F'
a.reshape(4, 4) => npx.reshape: newshape must fit the 6 elements of shape (2, 3), got (4, 4)
npx.reshape(a, (-2, -2, -2)) => npx.reshape: newshape must use up at most the axes of (2, 3), got (-2, -2, -2)
npx.reshape(a, (-3, 6)) => npx.reshape: -3 in newshape must stand at an axis of size 1, got size 2
npx.reshape(a, (-6, 2)) => npx.reshape: -6 in newshape must be followed by 2 sizes, got (-6, 2)
npx.reshape(a, (-6, 2, 2, -4)) => npx.reshape: -6 in newshape must part an axis of size 2, got 2, 2
np.transpose(a, (0,)) => transpose: axes must be one for each of 2 axes, got (0,)
np.moveaxis(a, (0, 1), 0) => moveaxis: source and destination must be as many, got (0, 1) and (0,)
np.rollaxis(a, 0, 5) => rollaxis: start must be in [-2, 2], got 5
np.squeeze(a, axis=0) => squeeze: axis must name axes of size 1, got axis 0 of shape (2, 3)
np.broadcast_to(a, (3,)) => broadcast_to: shape must be one that (2, 3) broadcasts to, got (3,)
np.linalg.lstsq(a, r) => lstsq: A must be (M, N) and B (M,) or (M, K), got (2, 3) and (10,)
np.linalg.tensorinv(m, ind=0) => tensorinv: ind must be an int >= 1, got 0
np.bincount(a) => bincount: data must be one row of ints, got shape (2, 3) of torch.float32
th._internal._npi_histogram(th.np.ones((2,)), bin_cnt=3) => histogram: bin_cnt must come with a range of 2 ends
np.diff(a, n=-1) => diff: n must be an int >= 0, got -1
np.interp(c, r, r, period=0) => interp: period must not be 0, got 0
np.polyval(a, c) => polyval: p must have 1 axis, got shape (2, 3)
th._internal._npi_pad(th.np.ones((2,)), ((1, 1), (1, 1))) => pad: pad_width must be 2 ints >= 0 for each of 1 axes
np.pad(a, 1, mode='reflect', reflect_type='odd') => pad: reflect_type must be 'even', got 'odd'
np.pad(e, 1, mode='edge') => pad: mode 'edge' needs elements on every axis that is padded, got none
np.exp(a, out=i32) => _npi_exp: out must have dtype torch.float32, got torch.int32
np.exp(a, out=c) => _npi_exp: out must have shape (2, 3), got (3,)
np.exp(a, out=3) => _npi_exp: out must be 1 NDArray(s), got 3
npx.cond(t, None, None) => cond: the condition must have one element, got shape (2, 3)
"""

CASES = [pytest.param(*line.split(" => "), id=line.split(" => ")[0]) for line in WRONG.strip().splitlines()]


@pytest.mark.parametrize(("text", "words"), CASES)
def test_wrong_use_is_named(text: str, words: str) -> None:
    arrays = {name: np.array(values, dtype=values.dtype) for name, values in pool().items()}
    with pytest.raises((MXNetError, TypeError), match=re.escape(words)):
        answer(text, {**arrays, "np": np, "npx": npx, "onp": onp, "nd": nd, "th": th})


def test_what_numpy_computes_is_refused_while_recording() -> None:
    with autograd.record(), pytest.raises(MXNetError, match=r"np\.cov: numpy computes it, so it has no gradient"):
        np.cov(np.ones((2, 2)))


def test_an_operator_is_named_once() -> None:
    with pytest.raises(ValueError, match="operator '_npx_relu' is registered twice"):
        twin("relu", "_npx_relu")


def test_a_file_that_is_no_array_is_refused(tmp_path) -> None:
    path = tmp_path / "broken.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00")
    with pytest.raises(MXNetError, match="must be an array of numbers in numpy's format"):
        npx.load(path)


def test_tensors_are_no_numbers() -> None:
    with pytest.raises(MXNetError, match=r"add: an operand must be mx\.np\.ndarray or a number, got str"):
        np.add(torch.ones(2), "x")
