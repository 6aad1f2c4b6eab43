"""Discrete-event simulation of regional cloud outages, failover and the consent it needs."""

__version__ = "0.1.0"
