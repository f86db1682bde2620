"""Reports: what they say (`content`), and how it is drawn as workbook (`excel`) and page (`dashboard`)."""
