"""De-identified copies of the record index for research: whatever is not proven safe stays behind."""
