"""Every conversation with another server, with time limits."""
