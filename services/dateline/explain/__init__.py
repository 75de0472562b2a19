"""One article explained to a person: what we say of it, each with the words that say so."""
