"""Receive: the xAPI 1.0.3 and 2.0 (IEEE 9274.1.1) statement model, validation, queries and formats; pure."""
