"""Is the simulator right? Cases with a known answer, run through the same engine as everybody's scenarios."""
