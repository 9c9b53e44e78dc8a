"""What the engine costs: CPU per message in its parts, and messages per second beside a hand-written limit."""
