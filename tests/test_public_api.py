"""Laws of the package itself: its names are there when they are used, and cost nothing before."""

import subprocess
import sys

import pytest

import bcdr_sim


def test_importing_the_package_imports_no_library() -> None:
    """A program that asks for the version pays for nothing else."""
    code = "import sys, bcdr_sim; print(sorted({'numpy', 'pydantic', 'yaml', 'simpy', 'typer'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", bcdr_sim.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(bcdr_sim, name) is not None
    assert name in dir(bcdr_sim)


def test_a_name_that_is_none_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulation'"):
        bcdr_sim.simulation  # noqa: B018
