"""A corpus of good, bad and odd events of every feed; each case says what has to become of it."""
