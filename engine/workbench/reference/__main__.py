"""Writes the reference pages: ``python -m engine.workbench.reference --folder docs/reference``."""

import argparse
import sys
from pathlib import Path

from engine.workbench.reference import PAGES, page


def main() -> None:
    """Write each page whose text is another now, and name it."""
    parser = argparse.ArgumentParser(prog="python -m engine.workbench.reference")
    parser.add_argument("--folder", type=Path, default=Path("docs/reference"), help="where the pages are")
    folder = parser.parse_args().folder.resolve()
    for name in PAGES:
        file = folder / name
        text = page(name, folder)
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
