"""`python -m bcdr_sim`: the command `bcdr-sim`."""

from bcdr_sim.cli import main

if __name__ == "__main__":
    main()
