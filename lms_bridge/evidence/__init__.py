"""From causes to evidence: the one pure function that worker and rebuild both call, and attainment over its rows."""
