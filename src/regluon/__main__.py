"""``python -m regluon``: the same command line as ``regluon``."""

import sys

from regluon.cli import main

if __name__ == "__main__":
    sys.exit(main())
