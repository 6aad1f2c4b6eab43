"""`python -m bcdr_sim`: the command `bcdr-sim`, with its exit code."""

import sys

from bcdr_sim.cli import main

if __name__ == "__main__":
    sys.exit(main())
