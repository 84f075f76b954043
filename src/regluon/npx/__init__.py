"""What MXNet 2 has beyond numpy: functions of neural networks, semantics, files; ``mx.npx``."""

from regluon.core.device import (
    Device,
    cpu,
    cpu_pinned,
    current_context,
    current_device,
    gpu,
    gpu_memory_info,
    num_gpus,
)
from regluon.nd.array import waitall
from regluon.np.random import seed
from regluon.npx import arrays, control_flow, files, functions, image, left_out, random, semantics
from regluon.npx.arrays import *  # noqa: F403
from regluon.npx.control_flow import *  # noqa: F403
from regluon.npx.files import *  # noqa: F403
from regluon.npx.functions import *  # noqa: F403
from regluon.npx.left_out import *  # noqa: F403
from regluon.npx.semantics import *  # noqa: F403

__all__ = [
    "Device",
    "cpu",
    "cpu_pinned",
    "current_context",
    "current_device",
    "gpu",
    "gpu_memory_info",
    "image",
    "num_gpus",
    "random",
    "seed",
    "waitall",
]
__all__ += arrays.__all__
__all__ += control_flow.__all__
__all__ += files.__all__
__all__ += functions.__all__
__all__ += left_out.__all__
__all__ += semantics.__all__
