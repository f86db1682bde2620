"""LMS Bridge: an xAPI Learning Record Store that turns learning records into proven skill coverage."""

__version__ = "0.1.0"
