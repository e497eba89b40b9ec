"""New App."""
