"""Values that somebody else computed, as text for people and other programs."""
