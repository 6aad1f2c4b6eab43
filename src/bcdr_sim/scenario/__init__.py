"""The scenario file as a model: what could happen, to whom, and what is expected of it."""
