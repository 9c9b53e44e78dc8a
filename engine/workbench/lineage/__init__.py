"""Lineage: which rules read or write a field, and where what stands in it goes. From the compiled rules alone."""
