"""Networks that find objects, by name."""

from regluon.cv.model_zoo.registry import get_model, get_model_list, register_model
from regluon.cv.model_zoo.ssd import SSD, ssd_128_small

__all__ = ["SSD", "get_model", "get_model_list", "register_model", "ssd_128_small"]
