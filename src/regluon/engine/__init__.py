"""Train, predict, and the folder a run leaves behind.

Import the modules by name: the command line reads ``config`` for its help and must not load torch for it.
"""
