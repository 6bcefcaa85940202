"""Weights are found where they should be, verified always, and their absence says what to do."""

import hashlib
import os
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from impasto_engine.errors import WeightsCorruptError, WeightsError, WeightsMissingError
from impasto_engine.weights import PackageSource, UrlSource, WeightsFile, WeightsStore

CONTENT = b"weights" * 1000
PACKAGE = PackageSource("fake-net", "fake_net_weights", "models/net.bin")


def registered(
    *sources: PackageSource | UrlSource, name: str = "net.bin", content: bytes = CONTENT
) -> WeightsFile:
    return WeightsFile(name, hashlib.sha256(content).hexdigest(), len(content), "MIT", "a test", sources)


def ignore(done: int, total: int) -> None:
    pass


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package that must not be imported; the path of its file."""
    package = tmp_path / "site" / "fake_net_weights"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "models" / "net.bin").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return package / "models" / "net.bin"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a local server, and the folder it serves."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    folder = tmp_path / "served"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}", folder
        http.shutdown()
        thread.join()


def test_package_file_is_found_without_importing_the_package(tmp_path: Path, installed: Path) -> None:
    assert WeightsStore(tmp_path / "models").find(registered(PACKAGE)) == installed
    assert "fake_net_weights" not in sys.modules


def test_models_folder_goes_before_the_package(tmp_path: Path, installed: Path) -> None:
    (tmp_path / "net.bin").write_bytes(CONTENT)
    assert WeightsStore(tmp_path).find(registered(PACKAGE)) == tmp_path / "net.bin"


def test_missing_weights_say_which_file_where_and_every_way_to_get_it(tmp_path: Path) -> None:
    file = registered(
        PackageSource("fake-net", "not_installed_here", "net.bin"), UrlSource("https://example.org/net")
    )
    with pytest.raises(WeightsMissingError) as raised:
        WeightsStore(tmp_path / "models").find(file)
    text = str(raised.value)
    for part in (
        file.sha256,
        str(tmp_path / "models" / "net.bin"),
        "pip install fake-net",
        "impasto weights fetch net.bin",
        "impasto weights import FILE",
    ):
        assert part in text


def test_fetch_is_not_proposed_for_weights_without_an_address(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissingError) as raised:
        WeightsStore(tmp_path).find(registered(PackageSource("fake-net", "not_installed_here", "net.bin")))
    assert "weights fetch" not in str(raised.value)


def test_changed_weights_are_refused_even_when_a_good_copy_is_installed(
    tmp_path: Path, installed: Path
) -> None:
    (tmp_path / "net.bin").write_bytes(b"changed")
    with pytest.raises(WeightsCorruptError, match=r"net\.bin.*expected"):
        WeightsStore(tmp_path).find(registered(PACKAGE))


def test_a_file_changed_after_it_was_verified_is_verified_again(tmp_path: Path) -> None:
    store, path = WeightsStore(tmp_path), tmp_path / "net.bin"
    path.write_bytes(CONTENT)
    store.find(registered())
    path.write_bytes(CONTENT[::-1])
    os.utime(path, ns=(1, 1))
    with pytest.raises(WeightsCorruptError):
        store.find(registered())


def test_fetch_downloads_verifies_and_reports_progress(tmp_path: Path, server: tuple[str, Path]) -> None:
    address, folder = server
    (folder / "net.bin").write_bytes(CONTENT)
    seen: list[tuple[int, int]] = []
    store = WeightsStore(tmp_path / "models")
    path = store.fetch(
        registered(UrlSource(f"{address}/net.bin")), lambda done, total: seen.append((done, total))
    )
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert store.find(registered()) == path
    assert [one.name for one in path.parent.iterdir()] == ["net.bin"]


def test_fetch_goes_on_to_the_next_address_when_one_does_not_answer(
    tmp_path: Path, server: tuple[str, Path]
) -> None:
    address, folder = server
    (folder / "net.bin").write_bytes(CONTENT)
    file = registered(UrlSource(f"{address}/gone.bin"), UrlSource(f"{address}/net.bin"))
    assert WeightsStore(tmp_path / "models").fetch(file, ignore).is_file()


def test_fetch_offline_names_the_address_and_the_other_ways(tmp_path: Path) -> None:
    file = registered(UrlSource((tmp_path / "nothing.bin").as_uri()))
    with pytest.raises(
        WeightsMissingError, match=r"could not be downloaded.*nothing\.bin.*impasto weights import"
    ):
        WeightsStore(tmp_path / "models").fetch(file, ignore)
    assert list((tmp_path / "models").iterdir()) == []


def test_fetch_without_an_address_says_so(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissingError, match="no download address"):
        WeightsStore(tmp_path).fetch(registered(PACKAGE), ignore)


@pytest.mark.parametrize("served", [b"other" * 1400, CONTENT[:-1], CONTENT + b"more"])
def test_fetch_keeps_nothing_of_a_wrong_download(
    tmp_path: Path, server: tuple[str, Path], served: bytes
) -> None:
    address, folder = server
    (folder / "net.bin").write_bytes(served)
    with pytest.raises(WeightsCorruptError, match="not it"):
        WeightsStore(tmp_path / "models").fetch(registered(UrlSource(f"{address}/net.bin")), ignore)
    assert list((tmp_path / "models").iterdir()) == []


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file in the folder's place")
    (tmp_path / "net").write_bytes(CONTENT)
    with pytest.raises(WeightsError, match="models"):
        WeightsStore(tmp_path / "models").import_file(tmp_path / "net", [registered()])


def test_import_recognizes_a_file_by_content_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "download (1)").write_bytes(CONTENT)
    store = WeightsStore(tmp_path / "models")
    known = [registered(name="other.bin", content=b"other"), registered()]
    path = store.import_file(tmp_path / "download (1)", known)
    assert path == tmp_path / "models" / "net.bin"
    assert store.import_file(path, known) == path
    assert store.find(registered()) == path


def test_import_of_an_unknown_file_lists_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "what.bin").write_bytes(b"?")
    with pytest.raises(WeightsCorruptError, match=r"what\.bin.*net\.bin"):
        WeightsStore(tmp_path / "models").import_file(tmp_path / "what.bin", [registered()])


def test_import_of_nothing_names_the_path(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissingError, match=r"nothing\.bin"):
        WeightsStore(tmp_path).import_file(tmp_path / "nothing.bin", [])
