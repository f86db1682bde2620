"""Use cases: one function, one transaction each. Doors call these; these call the store and the core."""
