"""The record index: what the messages tell of patients, visits, orders and results, as a fold over stored events."""
