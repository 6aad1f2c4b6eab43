"""What a study found, for people and programs."""
