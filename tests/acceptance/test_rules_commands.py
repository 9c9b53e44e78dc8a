"""`engine rules` and `engine reload` on a site that has had several versions: looked at, compared, put back."""

import json
from pathlib import Path

import pytest

from engine.control import ask
from engine.errors import NotPossible
from engine.workbench.restoring import restoring
from tests.acceptance.site_process import SiteProcess, admission, site_at, wards_of
from tests.support.peers import send
from tests.support.reloads import replace_in

MAPPING = "mappings/by-ward.yaml"


async def _two_versions(site: SiteProcess) -> tuple[str, str]:
    """Decide a message by each of two versions while the engine runs; return both, the older first."""
    with site.running():
        await send(site.listener, admission(1))
        wards_of(site.folder, "W1", "W9")
        told = json.loads(site.run("reload", "--format", "json").out)
        assert told["result"] in {"switched", "unchanged"}
        await send(site.listener, admission(2, "W9"))
    rows = json.loads(site.run("rules", "list", "--format", "json").out)
    assert [row["messages"] for row in rows] == [1, 1]
    return rows[1]["rules"], rows[0]["rules"]


async def test_every_version_that_decided_is_listed_with_what_it_changed(tmp_path: Path) -> None:
    """Newest first; the first one has nothing to be compared with."""
    site = site_at(tmp_path / "site")
    older, newer = await _two_versions(site)

    lines = site.run("rules", "list").out.splitlines()

    assert [line.split()[0] for line in lines] == ["rules", newer[:12], older[:12]]
    assert lines[1].rstrip().endswith("table wards changed (+1 row: W9)")
    assert lines[2].rstrip().endswith("the first")


async def test_a_version_shows_its_files_and_differs_from_another(tmp_path: Path) -> None:
    """The texts are those that decided, whatever the files say now."""
    site = site_at(tmp_path / "site")
    older, _ = await _two_versions(site)
    (site.folder / "mappings/wards.csv").write_text("from,to\n", "utf-8")

    assert site.run("rules", "show", older[:8], "mappings/wards.csv").out == "from,to\nW1,WARD-W1\n"
    assert "routes/main.yaml" in site.run("rules", "show", older[:8]).out
    assert site.run("rules", "diff", older[:8]).out == "table wards changed\n  -1 row: W1\n"
    assert "-W1,WARD-W1" in site.run("rules", "diff", older[:8], "now", "--text").out.splitlines()
    assert site.run("rules", "show", "0123456789ab").code == 1
    assert site.run("rules", "show", "latest").code == 2


async def test_an_old_version_is_put_back_without_an_engine_and_the_trail_says_so(tmp_path: Path) -> None:
    """Files that it did not have are taken away; copies of all that was replaced are kept."""
    site = site_at(tmp_path / "site")
    older, newer = await _two_versions(site)

    done = site.run("rules", "restore", older[:8])

    assert (site.folder / "mappings/wards.csv").read_text("utf-8") == "from,to\nW1,WARD-W1\n"
    assert "no engine runs" in done.out
    kept = list((site.folder / "data/replaced").rglob("wards.csv"))
    assert [each.read_text("utf-8") for each in kept] == ["from,to\nW1,WARD-W1\nW9,WARD-W9\n"]
    assert site.run("rules", "diff", older, "now").out == "they say the same\n"
    assert site.run("rules", "restore", newer[:8]).code == 0
    assert "already" in site.run("rules", "restore", newer[:8]).out


async def test_what_nobody_has_kept_is_not_overwritten_unless_told(tmp_path: Path) -> None:
    """A change that never decided anything exists only in its file."""
    site = site_at(tmp_path / "site")
    older, _ = await _two_versions(site)
    replace_in(site.folder / MAPPING, "mapping: by-ward", "# half done\nmapping: by-ward")

    refused = site.run("rules", "restore", older[:8])
    text = (site.folder / MAPPING).read_text("utf-8")
    done = site.run("rules", "restore", older[:8], "--force")

    assert (refused.code, refused.err.splitlines()[0]) == (1, f"{MAPPING}: no version has it as it is now")
    assert "half done" in text
    assert done.code == 0
    assert "half done" not in (site.folder / MAPPING).read_text("utf-8")
    kept = (site.folder / "data/replaced").rglob("*.yaml")
    assert ["half done" in each.read_text("utf-8") for each in kept] == [True]


async def test_a_running_engine_takes_the_version_that_was_put_back(tmp_path: Path) -> None:
    """The files are written, and it decides by them at once."""
    site = site_at(tmp_path / "site")
    older, _ = await _two_versions(site)
    with site.running():
        done = site.run("rules", "restore", older[:8])
        status = ask(site.folder / "data/engine.db", "status", {})

    assert done.code == 0, done.err
    assert status["rules"] == older


def test_a_reload_without_an_engine_says_so(tmp_path: Path) -> None:
    """There is nobody to read anything."""
    done = site_at(tmp_path / "site").run("reload")

    assert done.code == 3
    assert "no engine is running" in done.err


@pytest.mark.parametrize("name", ["/etc/hosts", "../outside.yaml"])
def test_nothing_outside_the_site_is_ever_written(tmp_path: Path, name: str) -> None:
    """A version's names come from the store."""

    with pytest.raises(NotPossible, match="outside"):
        restoring(tmp_path, {name: "x"}, {}, lambda _name, _text: True)
