"""What every command does that starts an engine: load the site, or tell all that is wrong with it and end."""

from pathlib import Path

import typer

from engine.cli.exits import COULD_NOT_START
from engine.config.loading import Settings, load
from engine.config.memory import Memory
from engine.errors import ConfigurationProblems


def settings_or_exit(config: Path, memory: Memory | None = None) -> Settings:
    """Return the settings of *config*; with mistakes in them print every one, and exit with 3."""
    try:
        return load(config, memory)
    except ConfigurationProblems as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        typer.echo("engine: not started: mend the configuration, then try `engine check`", err=True)
        raise typer.Exit(COULD_NOT_START) from None
