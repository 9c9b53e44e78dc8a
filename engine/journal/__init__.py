"""The journal: every message, every delivery and every decision, on disk before anything is acknowledged."""
