"""Operators of MXNet's ``contrib``: detection, resizing, quantisation."""
