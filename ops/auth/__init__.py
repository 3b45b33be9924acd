"""Who may do what: accounts, sessions, permissions, and the record of what was done."""
