"""Operators with numpy's rules: each is reached by an expression that MXNet has answered, or excused."""

import contextlib

import numpy as onp
import pytest

from regluon import np, npx
from regluon.core.errors import NotSupportedError
from regluon.nd import _internal as internal
from regluon.ops import registry
from tests.np.expressions import FAMILIES, answer, pool
from tests.np.test_random import MOMENTS

# Reached otherwise than by a function of mx.np.
EXCUSED = {
    "_np_reshape": "npx.reshape does what it does; graphs of MXNet 2 hold it",
    "_npi_advanced_indexing_multiple": "gather_nd; graphs of MXNet 2 hold it",
    "_npi_boolean_mask": "symbols alone are indexed by it; see tests/np/test_graph.py",
    "_npi_gather_nd": "gather_nd; graphs of MXNet 2 hold it",
    "_npi_matrix_rank": "held against numpy in this file",
    "_npi_pinv": "MXNet crashes; held against numpy in this file",
    "_npi_pinv_scalar_rcond": "MXNet crashes; held against numpy in this file",
    "_npi_eig": "signs of vectors are free; held against their definition in this file",
    **dict.fromkeys(
        """
        _npx_batch_norm_with_relu _npx_bipartite_matching _npx_box_decode _npx_box_encode _npx_contrib_quantize
        _npx_contrib_quantize_v2 _npx_ctc_loss _npx_deconvolution _npx_deformable_convolution
        _npx_interleaved_matmul_encdec_qk _npx_interleaved_matmul_encdec_valatt _npx_modulated_deformable_convolution
        _npx_multibox_detection _npx_multibox_target _npx_quantized_act _npx_quantized_conv _npx_quantized_elemwise_add
        _npx_quantized_elemwise_mul _npx_quantized_embedding _npx_quantized_flatten _npx_quantized_fully_connected
        _npx_quantized_pooling _npx_requantize _npx_sync_batch_norm
        """.split(),  # noqa: SIM905
        "the function of another operator, which has recordings",
    ),
    "_npx_digamma": "the derivative of gammaln, whose gradient is recorded",
    "_npi_shuffle": "draws; see tests/np/test_random.py",
}


@pytest.fixture(scope="module")
def reached():
    """Run every expression, and note which operators were asked for by name."""
    names: set[str] = set()
    plain = registry.Operator.__call__

    def noting(self, *args, **kwargs):
        names.add(self.name)
        return plain(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry.Operator, "__call__", noting)
        for text in [one for family in FAMILIES.values() for one in family]:
            arrays = {name: np.array(values, dtype=values.dtype) for name, values in pool().items()}
            with contextlib.suppress(RuntimeWarning):
                answer(text, {**arrays, "np": np, "npx": npx, "onp": onp})
        for text in MOMENTS:
            eval(text, {"np": np, "npx": npx, "SIZE": 2})
    return names


def test_every_operator_is_reached(reached) -> None:
    declared = {one.name for one in registry.operators() if one.name.startswith("_np")}
    assert declared - reached == set(EXCUSED)


def test_left_out_operators_say_why() -> None:
    names = [name for name in registry.left_out() if name.startswith("_np")]
    assert len(names) > 30
    for name in names:
        with pytest.raises(NotSupportedError, match=f"operator '{name}' is not supported: "):
            registry.find(name)


def matrices():
    arrays = pool()
    return np.array(arrays["a"]), np.array(arrays["m"]), arrays["a"].astype("float64"), arrays["m"].astype("float64")


def test_pseudo_inverses_and_ranks_are_numpys() -> None:
    a, m, plain_a, plain_m = matrices()
    for found in (np.linalg.pinv(a), np.linalg.pinv(a, 1e-6), np.linalg.pinv(a, np.array(1e-6))):
        onp.testing.assert_allclose(found.asnumpy(), onp.linalg.pinv(plain_a), rtol=1e-4)
    values = onp.linalg.svd(plain_m)[1]
    bound = float(values[1:].mean())
    assert np.linalg.matrix_rank(m, bound) == np.linalg.matrix_rank(m, np.array(bound)) == (values > bound).sum()
    assert np.linalg.matrix_rank(a[0]) == 1


def test_eigenvectors_are_stretched() -> None:
    _, m, _, _ = matrices()
    symmetric = m @ m.T
    for values, vectors in (np.linalg.eig(symmetric), np.linalg.eigh(symmetric), np.linalg.eigh(symmetric, "U")):
        onp.testing.assert_allclose((symmetric @ vectors).asnumpy(), (vectors * values).asnumpy(), atol=1e-4)
    onp.testing.assert_allclose(np.sort(np.linalg.eigvals(symmetric)).asnumpy(), values.asnumpy(), rtol=1e-4)
    assert np.linalg.eigvalsh(symmetric, upper=True).shape == (3,)


def test_parts_give_the_whole() -> None:
    a, m, plain_a, _ = matrices()
    u, values, v = np.linalg.svd(a)
    onp.testing.assert_allclose(((u * values) @ v).asnumpy(), plain_a, atol=1e-5)
    q, r = np.linalg.qr(m)
    onp.testing.assert_allclose((q @ r).asnumpy(), m.asnumpy(), atol=1e-5)
    assert (np.linalg.cholesky(m @ m.T + np.eye(3), upper=True) == np.linalg.cholesky(m @ m.T + np.eye(3)).T).all()
    onp.testing.assert_allclose(np.linalg.svdvals(a.T).asnumpy(), values.asnumpy(), rtol=1e-5)


def test_norms_are_numpys() -> None:
    a, _, plain, _ = matrices()
    for order in (None, "fro", "nuc", 1, -1, 2, -2, onp.inf, -onp.inf):
        found = np.linalg.norm(a, ord=order)
        assert found.item() == pytest.approx(onp.linalg.norm(plain, ord=order), rel=1e-5), order
        kept = np.linalg.norm(a[None], ord=order, axis=(1, 2), keepdims=True)
        assert kept.shape == (1, 1, 1)
    for order in (0, 1, 2, 3.5, onp.inf, -onp.inf):
        found = np.linalg.vector_norm(a, order, axis=1)
        onp.testing.assert_allclose(found.asnumpy(), onp.linalg.norm(plain, ord=order, axis=1), rtol=1e-5)
    assert np.linalg.matrix_norm(a).item() == pytest.approx(onp.linalg.norm(plain), rel=1e-5)
    assert np.linalg.matrix_transpose(a).shape == (3, 2)
    assert np.linalg.vecdot(a, a).tolist() == pytest.approx((plain**2).sum(1).tolist())


def test_bins_of_one_size_are_numpys() -> None:
    a, _, plain, _ = matrices()
    counts, bounds = np.histogram(a, 4, range=(-1, 1))
    assert counts.tolist() == onp.histogram(plain, 4, range=(-1, 1))[0].tolist()
    assert bounds.tolist() == [-1, -0.5, 0, 0.5, 1]


def test_other_operators_only_graphs_have() -> None:
    a = np.array([[1, 2], [3, 4]])
    assert internal._npi_advanced_indexing_multiple(a, np.array([[0, 1], [1, 0]], dtype="int64")).tolist() == [2, 3]
    assert internal._np_reshape(a, newshape=(4,)).tolist() == [1, 2, 3, 4]
