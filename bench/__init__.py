"""Measurements of speed and size: `make bench` prints every figure with its floor and reach, also where it falls short.

Everything is measured like for like in one run on one machine, the things compared in turns, and judged by ratios.
Absolute figures are orientation only.
"""
