"""What the engine tells of itself: alerts, the audit trail, the balance of its books."""
