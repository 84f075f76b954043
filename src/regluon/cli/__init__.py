"""The command line. Importing it loads neither torch nor numpy, so that ``--help`` answers at once."""

from regluon.cli.app import main

__all__ = ["main"]
