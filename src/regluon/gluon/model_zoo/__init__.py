"""MXNet's model zoo: networks that classify pictures, and their weights."""

from regluon.gluon.model_zoo import model_store, vision

__all__ = ["model_store", "vision"]
