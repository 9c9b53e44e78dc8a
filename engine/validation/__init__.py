"""What a message should be like: the standard's rules compiled per version, profiles, and what a finding means."""
