"""Where a kernel runs: compiled loops on the CPU, plain torch on other devices and where nothing can be compiled."""

from torch import Tensor

from regluon.kernels import jit

__all__ = ["runs_compiled"]


def runs_compiled(data: Tensor) -> bool:
    """Say whether compiled loops serve an array; the same while a graph is traced, which then holds one of the two.

    Args:
        data: the array that the kernel works on.

    Returns:
        Whether it is on the CPU and loops can be compiled here.
    """
    return data.device.type == "cpu" and _can_compile()


def _can_compile() -> bool:
    return jit.available()


# The answer never changes while a process runs, so a traced graph may hold it as a constant. This is the mark that
# torch.compiler.assume_constant_result makes, which itself would load torch's compiler, a second of waiting.
vars(_can_compile)["_dynamo_marked_constant"] = True
