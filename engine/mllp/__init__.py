"""MLLP: bytes on sockets, both ways; knows no HL7 field.

``framing`` cuts a stream into payloads (no I/O), ``listener`` accepts senders and gives each frame to a handler,
``connection`` is one sender, ``client`` asks one peer and waits for its answer, ``tls`` makes the contexts for both.
"""
