"""Feature extractors: inner outputs of a network, and layers built on top of them.

The network is a HybridBlock, a Symbol, or a name that ``cv.model_zoo.get_model`` knows. What is made of it is a
SymbolBlock that shares the network's Parameters. Outputs are named as the network's own graph names them, without its
prefix and without ``_output`` if one likes: ``relu4_3`` stands for ``vgg0_relu4_3_output``.
"""

from regluon.cv.nn.feature.expander import FeatureExpander
from regluon.cv.nn.feature.extractor import FeatureExtractor
from regluon.cv.nn.feature.pyramid import FPNFeatureExpander

__all__ = ["FPNFeatureExpander", "FeatureExpander", "FeatureExtractor"]
