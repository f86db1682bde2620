"""What a report says: frozen content objects with units and footnotes; page and workbook draw the same."""
