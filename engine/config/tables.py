"""Where a site's code tables lie and what is said of each: a mistake elsewhere in the site keeps nobody from them."""

import os
from collections.abc import Mapping as Names
from dataclasses import dataclass
from pathlib import Path

from engine.config.bind import bind_configuration
from engine.config.references import Surroundings, resolve_references
from engine.config.settings import TableSettings
from engine.config.sources import Sources
from engine.documents import Entries
from engine.mapping.codes import CodeTable, load_table
from engine.problems import Problems


@dataclass(frozen=True, slots=True)
class TableSource:
    """One code table as config.yaml names it."""

    name: str
    path: Path
    file: str
    """As problems show it: from the folder of config.yaml."""
    settings: TableSettings

    @property
    def unknown(self) -> str:
        """What is done with an unknown code, as people write it."""
        unknown = self.settings.unknown
        return f"default '{unknown.default}'" if unknown.policy == "default" else unknown.policy

    @property
    def targets(self) -> str:
        """What its codes may be translated to, as people write it; '' where nothing is said."""
        wanted = self.settings.targets
        return "" if wanted is None else wanted.source or ", ".join(wanted.codes)

    def read(self, problems: Problems) -> CodeTable:
        """Return the table in its file; empty, and told, where that cannot be read."""
        text = Sources(self.path.parent, problems).text(self.path)
        return CodeTable.empty(self.name) if text is None else self.load(text, problems)

    def load(self, text: str, problems: Problems) -> CodeTable:
        """Return the table as it would be with *text* in its file."""
        return load_table(self.name, self.file, text, self.settings.unknown, problems)


def read_tables(config: Path) -> Names[str, TableSource]:
    """Return the tables that *config* (config.yaml or its folder) names, as far as it can be read."""
    file = config / "config.yaml" if config.is_dir() else config
    problems = Problems()
    sources = Sources(file.parent, problems)
    node = sources.document(file)
    entries = resolve_references(node, Surroundings(sources.folder, os.environ), problems) if node else None
    if not isinstance(entries, Entries):
        return {}
    tables = bind_configuration(entries, sources.folder, problems).tables
    return {name: TableSource(name, each.file, sources.name_of(each.file), each) for name, each in tables.items()}
