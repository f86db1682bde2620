"""Who: identities, persons, teams, memberships, roles, roster files, and who may see whom."""
