"""Times operators of MXNet or of regluon's ``nd`` face, which are called the same way."""

import detection_arrays
import other_arrays
import quantized_arrays
from library import wait
from timing import serve

serve({**detection_arrays.CASES, **other_arrays.CASES, **quantized_arrays.CASES}, wait)
