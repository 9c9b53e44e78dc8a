"""500 routes and 200 mappings: loaded, checked, and one file of them changed. Bounds are for busy machines."""

from pathlib import Path
from time import process_time

from engine.config.loading import load
from engine.config.memory import Memory
from engine.reloading import Prepared, Preparing
from engine.workbench.check import read_site
from engine.workbench.trials import run_cases
from tests.support.large_sites import large_site
from tests.support.reloads import replace_in

LOAD_SECONDS, RELOAD_SECONDS = 5.0, 1.0
"""Of processor time: what other programs take of the machine is no fault of a site's size."""


def test_a_large_site_is_loaded_and_checked_within_five_seconds(tmp_path: Path) -> None:
    """Every file read and compiled, every case run."""
    config = large_site(tmp_path)

    begun = process_time()
    site = read_site(config)
    assert site.settings is not None, site.report.problems
    trials = run_cases(site.cases, site.settings.rules, site.settings.rules.routes)
    took = process_time() - begun

    print(f"\nloaded and checked, {len(trials.results)} cases run: {took:.2f} s")  # noqa: T201
    assert (len(trials.results), trials.failed) == (500, 0)
    assert took < LOAD_SECONDS


def test_one_file_of_a_large_site_is_in_force_within_a_second(tmp_path: Path) -> None:
    """Only what changed is compiled; all cases are run again."""
    config, memory = large_site(tmp_path), Memory()
    running = load(config, memory)
    preparing = Preparing(memory)
    preparing.prepare(running)
    changes = {
        "routes/route-0007.yaml": ("'A99'", "'A98'"),
        "mappings/map-7.yaml": ("a test patient", "a test"),
        "mappings/tables/codes-7.csv": ("C1,D1-7", "C1,E1-7"),
    }
    for file, (old, new) in changes.items():
        replace_in(tmp_path / file, old, new)

        begun = process_time()
        found = preparing.prepare(running)
        took = process_time() - begun

        print(f"\n{file}: {took:.2f} s")  # noqa: T201
        assert isinstance(found, Prepared)
        assert [each.fate.value for each in found.differences] == ["changed"]
        assert took < RELOAD_SECONDS
        running = found.settings
