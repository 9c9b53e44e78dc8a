"""From bytes on a socket to a committed decision and its answer."""
