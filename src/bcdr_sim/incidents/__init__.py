"""Recorded outages: 27 of them as scenarios, replayed as of then, and compared with what was published.

`record` holds the facts and the published numbers, `scenarios/` the encodings, `policies/` the rules that were in force.
`replaying` plays one, `readings` says how a published number is read from a timeline, `scoring` compares, `what_if` plays
every outage under every policy. Expectations stand in the record, encodings in scenario files: a score cannot be raised
without showing in one of them.
"""
