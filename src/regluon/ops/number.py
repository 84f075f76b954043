"""Numbers as MXNet keeps them."""

__all__ = ["single"]


def single(number: float) -> float:
    """Round a number to float32, in which MXNet keeps most attributes; float64 data can tell.

    In plain arithmetic (Dekker's splitting), which compilers of graphs can follow. What float32 does not hold as a
    normal number is left as it is.

    Args:
        number: any float.

    Examples:
        >>> single(0.3)
        0.30000001192092896
    """
    if not 1e-37 < abs(number) < 1e38:
        return number
    scaled = number * 536870913.0  # 2 ** 29 + 1: float32 has 29 bits less
    return scaled - (scaled - number)
