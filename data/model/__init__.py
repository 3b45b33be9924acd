"""The entities: frozen values that know no database and no page."""
