"""What each model of terminal is made of and which job it does, as data."""
