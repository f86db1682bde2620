"""Every SQL of the product: tables, migrations, and one function per question, named as the question."""
