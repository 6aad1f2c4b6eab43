"""Any file either loads or is refused with its place: `PYTHONPATH=src:tests python -m fuzzing loader --runs 20000`."""
