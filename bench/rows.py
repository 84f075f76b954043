"""What is measured, on which systems, and how many times as fast as the faster peer it is to be."""

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["GROUPS", "Group"]


@dataclass(frozen=True)
class Group:
    """Cases that the same systems are asked for.

    Attributes:
        title: heading of its table.
        bars: for each case the least ratio.
        commands: for each system the command that starts its worker; regluon's own comes first.
        seconds: how long a round asks for one case.
        rounds: how often each system is asked, in turns.
    """

    title: str
    bars: dict[str, float]
    commands: dict[str, list[str]]
    seconds: float = 0.1
    rounds: int = 3
    environment: dict[str, str] = field(default_factory=dict)


def commands(
    ours: list[str], mxnet: list[str] | None = None, torchvision: list[str] | None = None
) -> dict[str, list[str]]:
    """Give the systems that are here: a peer is left out if no variable names its Python."""
    found = {"regluon": [sys.executable, *ours]}
    for system, variable, script in (
        ("MXNet 1.9.1", "REGLUON_BENCH_MXNET", mxnet),
        ("torchvision", "REGLUON_BENCH_TORCHVISION", torchvision),
    ):
        if script is not None and os.environ.get(variable):
            found[system] = [os.environ[variable], *script]
    return found


OPERATORS = {
    "box_nms 5,000": 4,
    "box_nms 20,000": 4,
    "box_nms 8 x 1,000": 4,
    "bipartite_matching 8 x 8732 x 50": 150,
    "MultiBoxTarget 16 x 8732": 15,
    "MultiBoxDetection 8 x 21 x 8732": 2.5,
    "MultiProposal 2 x 22,800": 2.5,
    "DeformableConvolution": 2,
    "DeformableConvolution and gradients": 4,
    "ModulatedDeformableConvolution": 2,
    "ModulatedDeformableConvolution and gradients": 4,
    "PSROIPooling 300": 2,
    "DeformablePSROIPooling 300": 3,
    "ROIAlign 300 x 64": 2,
    **dict.fromkeys(
        (
            "ROIAlign 300 x 64 and gradients",
            "RROIAlign 300 x 64",
            "PSROIPooling 300 and gradients",
            "DeformablePSROIPooling 300 and gradients",
            "MultiBoxPrior 64 x 64 x 4",
            "Proposal 22,800",
            "box_iou 8732 x 100",
            "box_encode 8 x 8732",
            "box_decode 8 x 8732",
            "AdaptiveAvgPooling2D 4 x 64 x 128 x 128",
            "AdaptiveAvgPooling2D and gradients",
            "BilinearResize2D 4 x 64 x 128 x 128",
            "BilinearResize2D and gradients",
            "CTCLoss 100 x 16 x 80",
            "CTCLoss 100 x 16 x 80 and gradients",
            "quadratic 1,000,000",
            "quadratic 1,000,000 and gradients",
            "gradientmultiplier 1,000,000 and gradients",
            "round_ste 1,000,000",
            "sign_ste 1,000,000",
            "isnan 1,000,000",
            "isinf 1,000,000",
            "isfinite 1,000,000",
            "arange_like 1,000,000",
            "index_array 1,000 x 1,000",
            "allclose 1,000,000",
            "index_copy 1,000 of 10,000 x 64",
            "boolean_mask 10,000 x 64",
            "SparseEmbedding 3,200 x 128",
            "div_sqrt_dim 96 x 128 x 128",
            "interleaved_matmul_selfatt_qk",
            "interleaved_matmul_selfatt_qk and gradients",
            "interleaved_matmul_selfatt_valatt",
            "interleaved_matmul_selfatt_valatt and gradients",
            "interleaved_matmul_encdec_qk",
            "interleaved_matmul_encdec_valatt",
            "SyncBatchNorm 8 x 64 x 56 x 56",
            "BatchNormWithReLU 8 x 64 x 56 x 56",
            "foreach 100 steps",
            "while_loop 50 steps",
            "cond",
            "rand_zipfian 1,000",
            "calibrate_entropy 2,001 bins",
            "quantize 8 x 64 x 56 x 56",
            "quantize_v2 8 x 64 x 56 x 56",
            "quantize_v2 8 x 64 x 56 x 56 calibrated",
            "dequantize 8 x 64 x 56 x 56",
            "requantize 8 x 64 x 56 x 56",
            "quantized_conv 64 x 56 x 56, 3 x 3",
            "quantized_conv 256 x 14 x 14, 3 x 3",
            "quantized_conv 256 x 28 x 28, 1 x 1",
            "quantized_fully_connected 64 x 1024 x 1000",
            "quantized_pooling max 8 x 64 x 56 x 56",
            "quantized_pooling avg 8 x 64 x 56 x 56",
            "quantized_act 8 x 64 x 56 x 56",
            "quantized_flatten 8 x 64 x 56 x 56",
            "quantized_concat 2 x 8 x 64 x 56 x 56",
            "quantized_batch_norm 8 x 64 x 56 x 56",
            "quantized_embedding 3,200 x 128",
        ),
        1,
    ),
}

# How much of MXNet's time these may take.
NETWORKS = {
    "resnet50_v1 forward": 1 / 0.6,
    "resnet50_v1 training step": 1 / 0.7,
    "ssd_300_vgg16_atrous_voc": 1 / 0.6,
    "ssd_512_resnet50_v1_voc": 1 / 0.65,
    "yolo3_darknet53_voc": 1 / 0.65,
    "faster_rcnn_resnet50_v1b_voc": 1 / 0.65,
    "center_net_resnet18_v1b_voc": 1 / 0.65,
    "ssd_300_vgg16_atrous_voc training step": 1 / 0.65,
}
# How many times as fast as in float32 prediction is to be under torch.autocast, where the processor has bfloat16.
HALVES = dict.fromkeys((f"{name} in bfloat16" for name in NETWORKS if "training" not in name), 1.5)


def _cases(script: str) -> list[str]:
    # Read, not imported: what names them loads the system that it measures.
    return re.findall(r'^    "(.+?)": ', (Path(__file__).parent / script).read_text(), re.MULTILINE)


GROUPS = {
    "networks": Group(
        "Networks",
        NETWORKS,
        commands(["worker_networks.py", "regluon"], ["worker_networks.py", "mxnet"]),
    ),
    "halves": Group(
        "Networks in bfloat16",
        HALVES,
        {
            "regluon": [sys.executable, "worker_networks.py", "bfloat16"],
            "regluon in float32": [sys.executable, "worker_networks.py", "regluon"],
        },
    ),
    "operators": Group(
        "Operators",
        OPERATORS,
        commands(["worker_arrays.py", "regluon"], ["worker_arrays.py", "mxnet"], ["worker_torchvision.py"]),
        # Its quantised operators in the dialect of MXNet's CPU build, as that is the peer.
        environment={"REGLUON_QUANTIZE_DIALECT": "onednn"},
    ),
    "network operators": Group(
        "Operators of networks",
        dict.fromkeys(_cases("network_arrays.py"), 1),
        commands(["worker_arrays.py", "regluon"], ["worker_arrays.py", "mxnet"]),
        rounds=2,
    ),
}
