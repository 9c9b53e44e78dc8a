"""How the command line names an address: ``HOST:PORT``."""

import typer

from engine.config.values import Address, Wrong, read_address


def address_of(text: str) -> Address:
    """Return the address that *text* names; a wrong one is a wrong use of the command."""
    try:
        return read_address(text)
    except Wrong as error:
        raise typer.BadParameter(str(error)) from None
