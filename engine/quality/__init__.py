"""Possible duplicates among the patients of the record index: found, scored with reasons, decided by people."""
