"""Draws report content as Excel workbooks; the only importer of openpyxl."""
