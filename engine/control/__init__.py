"""The Unix socket through which commands reach a running engine; it knows no command, handlers come by protocol."""

from engine.control.client import ask
from engine.control.place import socket_path
from engine.control.server import Handlers, Request, answering

__all__ = ["Handlers", "Request", "answering", "ask", "socket_path"]
