"""View models of the pages: report content in, what a template draws out; no arithmetic is left to the templates."""
