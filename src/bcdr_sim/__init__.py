"""Discrete-event simulation of regional cloud outages, failover and the consent it needs."""
