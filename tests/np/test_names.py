"""Every name of MXNet 2's documents is there, or says by name why it is not."""

import pytest

from regluon import np, npx
from regluon.core.errors import NotSupportedError

NAMES = {
    "np": """
    NAN NINF NZERO NaN PINF PZERO abs absolute acos acosh add all allclose alltrue amax amin any append
    apply_along_axis apply_over_axes arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin
    argpartition argsort argwhere around array array_equal array_equiv array_split asarray asin asinh atan atan2
    atanh atleast_1d atleast_2d atleast_3d average bincount bitwise_and bitwise_invert bitwise_left_shift
    bitwise_not bitwise_or bitwise_right_shift bitwise_xor blackman bool bool_ boolean_dtypes broadcast_arrays
    broadcast_to can_cast cbrt ceil choose clip column_stack compress concat concatenate copy copysign corrcoef
    correlate cos cosh count_nonzero cov cross cumprod cumsum deg2rad degrees delete diag diag_indices_from
    diagflat diagonal diff digitize divide divmod dot dsplit dstack dtype e ediff1d einsum empty empty_like
    equal exp expand_dims expm1 extract eye fabs fill_diagonal finfo fix flatnonzero flip fliplr flipud float16
    float32 float64 float_power floating_dtypes floor floor_divide fmax fmin fmod frexp from_dlpack full
    full_like gcd genfromtxt greater greater_equal hamming hanning heaviside histogram histogram2d
    histogram_bin_edges histogramdd hsplit hstack hypot i0 identity iinfo in1d indices inf inner insert int16
    int32 int64 int8 integer_dtypes interp intersect1d invert isclose isfinite isin isinf isnan isneginf
    isposinf ix_ kron lcm ldexp less less_equal lexsort linspace log log10 log1p log2 logaddexp logical_and
    logical_not logical_or logical_xor logspace matmul max maximum may_share_memory mean median meshgrid min
    min_scalar_type minimum mirr mod modf moveaxis msort multiply nan nan_to_num nanargmax nanargmin nancumprod
    nancumsum nanmax nanmedian nanmin nanpercentile nanprod nanquantile nanstd nansum nanvar ndarray ndim
    negative newaxis nonzero not_equal npv numeric_dtypes ones ones_like outer packbits pad partition percentile
    permute_dims pi piecewise pmt poly polyadd polydiv polyfit polyint polymul polysub polyval positive pow
    power ppmt prod product promote_types ptp pv quantile rad2deg radians rate ravel real reciprocal remainder
    repeat reshape resize result_type rint roll rollaxis roots rot90 round round_ row_stack searchsorted select
    set_printoptions setdiff1d setxor1d shape shares_memory sign signbit sin sinh size sometrue sort spacing
    split sqrt square squeeze stack std subtract sum swapaxes take take_along_axis tan tanh tensordot tile trace
    transpose trapz tri tril tril_indices tril_indices_from trim_zeros triu triu_indices triu_indices_from
    true_divide trunc uint16 uint32 uint64 uint8 union1d unique unique_all unique_inverse unique_values
    unpackbits unravel_index unwrap vander var vdot vsplit vstack where zeros zeros_like
    """,
    "npx": """
    Device activation add_n arange_like batch_dot batch_flatten batch_norm batch_norm_with_relu
    bipartite_matching box_decode box_encode box_iou box_nms broadcast_greater broadcast_like cast cond
    constraint_check contrib_calibrate_entropy contrib_quantize contrib_quantize_v2 convolution cpu cpu_pinned
    ctc_loss current_device deconvolution deformable_convolution digamma dropout embedding erf erfinv foreach
    from_dlpack from_numpy fully_connected gamma gammaln gather_nd gpu gpu_memory_info group_norm index_add
    index_update instance_norm interleaved_matmul_encdec_qk interleaved_matmul_encdec_valatt
    interleaved_matmul_selfatt_qk interleaved_matmul_selfatt_valatt intgemm_fully_connected intgemm_maxabsolute
    intgemm_prepare_data intgemm_prepare_weight intgemm_take_weight is_np_array is_np_default_dtype is_np_shape
    layer_norm leaky_relu load log_softmax masked_log_softmax masked_softmax modulated_deformable_convolution
    multibox_detection multibox_prior multibox_target nonzero norm num_gpus one_hot pad pick pooling
    quantized_act quantized_conv quantized_elemwise_add quantized_elemwise_mul quantized_embedding
    quantized_flatten quantized_fully_connected quantized_pooling quantized_reshape quantized_transpose relu
    requantize reset_np reshape reshape_like rnn roi_pooling round_ste save savez scalar_poisson sequence_last
    sequence_mask sequence_reverse set_np set_np_default_dtype shape_array sigmoid sign_ste sldwin_atten_context
    sldwin_atten_mask_like sldwin_atten_score slice slice_channel slice_like smooth_l1 softmax softsign
    stop_gradient sync_batch_norm tensor_poisson to_dlpack_for_read to_dlpack_for_write topk waitall while_loop
    """,
    "np.random": """
    beta chisquare choice exponential f gamma gumbel laplace logistic lognormal multinomial multivariate_normal
    normal pareto power rand randint randn rayleigh seed shuffle uniform weibull
    """,
    "np.linalg": """
    cholesky cond cross det diagonal eig eigh eigvals eigvalsh inv lstsq matrix_norm matrix_power matrix_rank
    matrix_transpose multi_dot norm outer pinv qr slogdet solve svd svdvals tensordot tensorinv tensorsolve
    trace vecdot vector_norm
    """,
    "np.ndarray": """
    T abs all any arccos arccosh arcsin arcsinh arctan arctanh argmax argmax_channel argmin argsort
    as_in_context as_in_ctx as_nd_ndarray as_np_ndarray asnumpy asscalar astype attach_grad backward
    broadcast_axes broadcast_like broadcast_to cbrt ceil clip context copy copyto cos cosh ctx cumsum degrees
    depth_to_space detach device diag diagonal dot drop_grad dtype exp expand_dims expm1 fix flatten flip floor
    grad item log log10 log1p log2 log_softmax mT max mean min nanprod nansum ndim nonzero norm one_hot
    ones_like pad pick prod radians rcbrt reciprocal relu repeat reshape reshape_like reshape_view rint round
    rsqrt shape shape_array sigmoid sign sin sinh size size_array slice slice_assign slice_assign_scalar
    slice_axis slice_like softmax softmin sort space_to_depth split split_v2 sqrt square squeeze std stype sum
    swapaxes take tan tanh tile to_device to_dlpack_for_read to_dlpack_for_write tolist topk tostype transpose
    trunc var wait_to_read zeros_like
    """,
    "npx.random": """
    bernoulli categorical normal_n seed uniform_n
    """,
}
PLACES = {
    "np": np,
    "npx": npx,
    "np.random": np.random,
    "np.linalg": np.linalg,
    "np.ndarray": np.ndarray,
    "npx.random": npx.random,
}

LEFT_OUT = {
    "np": """mirr npv pmt ppmt pv rate""",
    "npx": """
    contrib_calibrate_entropy intgemm_fully_connected intgemm_maxabsolute intgemm_prepare_data intgemm_prepare_weight
    intgemm_take_weight quantized_reshape quantized_transpose rnn sldwin_atten_context sldwin_atten_mask_like
    sldwin_atten_score tensor_poisson
    """,
}

# Of MXNet's machinery rather than of its documents.
NOT_THERE = {
    "np.ndarray": "handle log_sigmoid mish writable",
    "np.linalg": "reduce",
    "npx": "check_call get_cuda_compute_capability",
    "npx.random": "multinomial",
}


@pytest.mark.parametrize("place", NAMES)
def test_every_name_is_there(place: str) -> None:
    assert [name for name in NAMES[place].split() if not hasattr(PLACES[place], name)] == []


@pytest.mark.parametrize(("place", "name"), [(place, name) for place in LEFT_OUT for name in LEFT_OUT[place].split()])
def test_what_is_left_out_says_so(place: str, name: str) -> None:
    with pytest.raises(NotSupportedError, match=name):
        getattr(PLACES[place], name)(np.ones((1,)))


@pytest.mark.parametrize(("place", "name"), [(place, name) for place in NOT_THERE for name in NOT_THERE[place].split()])
def test_what_is_not_there_is_named(place: str, name: str) -> None:
    with pytest.raises(AttributeError, match=name):
        getattr(PLACES[place], name)


@pytest.mark.parametrize("module", [np, npx, np.random, np.linalg, npx.random, npx.image])
def test_all_names_what_is_there(module) -> None:
    assert len(set(module.__all__)) == len(module.__all__)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


@pytest.mark.parametrize("module", [np, npx, np.random, np.linalg, npx.random, npx.image])
def test_every_function_is_documented(module) -> None:
    functions = [getattr(module, name) for name in module.__all__ if name not in LEFT_OUT.get(module.__name__[8:], "")]
    assert [one.__name__ for one in functions if callable(one) and not (one.__doc__ or "").strip()] == []
