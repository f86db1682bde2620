"""Coverage: what is required of whom, what is met, where the gaps are, on whom a skill hangs, what runs out."""
