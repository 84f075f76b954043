"""Times operators of MXNet or of regluon's ``nd`` face, which are called the same way."""

import detection_arrays
import network_arrays
import other_arrays
import quantized_arrays
from library import wait
from timing import serve

cases = (detection_arrays, network_arrays, other_arrays, quantized_arrays)
serve({name: case for module in cases for name, case in module.CASES.items()}, wait)
