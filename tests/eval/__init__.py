"""How right we are, measured on real material that the project does not carry."""
