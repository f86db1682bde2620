"""The demo company: invented people, courses and statements that show every case the product must get right.

Everything here is a pure function of a day and a seed, apart from `feed`, which plays the LMSs over HTTP. All dates are
written for 2026-06-30 and shifted so that the day asked for takes its place.
"""
