"""What is learned: catalogue of learning objects, frameworks and their formats, rules, and the matching of records."""
