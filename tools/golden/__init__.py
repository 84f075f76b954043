"""The tables of cases that are put to real MXNet, and the machinery that records its answers."""
