"""Networks whose inner maps detectors look at."""
