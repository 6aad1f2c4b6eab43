"""A dask cluster as a pool: the same chunks on other machines.

dask's port takes whatever code it is sent and asks nobody who they are, unless it speaks TLS with certificates of both
sides. So an address is `tls://`, or on this machine; any other only if somebody says that the network is trusted.

Source: dask documentation, "Security" and "TLS/SSL"; the certificates come from dask's own configuration
(`distributed.comm.tls`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.experiment.pools import GivenPool

CONNECT_S = 15
"""How long to wait for the scheduler. Assumption: one that is up answers at once."""
RETRIES = 5
"""How often dask itself plays a chunk again after a worker has died."""


@contextmanager
def cluster_pool(address: str, *, trusts_network: bool = False) -> Iterator[GivenPool]:
    """Connect to a scheduler, `tls://host:port` or `tcp://127.0.0.1:port`, and give its workers as a pool.

    Raises:
        InputError: the address is not safe, dask is not installed, or nobody answers there.
    """
    checked = _checked(address, trusts_network=trusts_network)
    try:
        from distributed import Client
        from distributed.security import Security
    except ImportError:
        raise _refusal("needs dask: pip install 'bcdr-sim[cluster]'") from None
    security = Security()
    if checked.startswith("tls:") and security.get_connection_args("client").get("ssl_context") is None:
        raise _refusal("tls:// needs certificates: set distributed.comm.tls in dask's configuration")
    try:
        client = Client(checked, timeout=CONNECT_S, set_as_default=False, security=security)
    except (OSError, ValueError, TypeError) as error:
        raise _refusal(f"no scheduler answers at {checked}: {error}") from error
    try:
        width = sum(client.nthreads().values())
        if width == 0:
            raise _refusal(f"the cluster at {checked} has no workers")
        yield GivenPool(client.get_executor(retries=RETRIES, pure=False), width)
    finally:
        client.close()


def _checked(address: str, *, trusts_network: bool) -> str:
    whole = address if "://" in address else f"tcp://{address}"
    try:
        parts = urlsplit(whole)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _refusal(f"is tls://HOST:PORT; got '{address}': {error}") from None
    if parts.scheme not in ("tls", "tcp") or not host or not port:
        raise _refusal(f"is tls://HOST:PORT, or tcp://127.0.0.1:PORT on this machine; got '{address}'")
    if parts.scheme == "tcp" and not trusts_network and not _is_this_machine(host):
        raise _refusal(
            f"'{address}' would send code without encryption or authentication; use tls://{host}:{port}, or --insecure "
            "on a network that you trust"
        )
    return whole


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refusal(message: str) -> InputError:
    return InputError([Problem("--cluster", 0, 0, 0, message)])
