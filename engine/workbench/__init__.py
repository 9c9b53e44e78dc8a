"""The analyst's tools: the pure core with other ends."""
