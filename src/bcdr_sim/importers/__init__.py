"""Records of real systems in, scenarios out: lists of environments, tables of regions, announcements of outages.

What other programs export becomes a complete scenario that `bcdr-sim validate` accepts. Whatever the record does not say is
a default or an assumption, and the output names each. Nothing is fetched, and no text of a record is more than text.
"""
