"""Reproducing: from an observation that a proof shows to a scenario in which a run shows what is wrong there.

Layers: `fault` says which decisions are wrong, and puts them right; `past` how an environment came to where it is found;
`staging` builds the scenario; `telling` finds what tells a run of the policy from one that is right; `reproducing` tries.
"""
