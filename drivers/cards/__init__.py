"""One file per card application."""
