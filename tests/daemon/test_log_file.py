"""The log of a daemon that runs as a service: one JSON object a line, and never more than its share of the disk."""

import json
import logging
from pathlib import Path

import pytest

from impasto_daemon.commands.running import run_watch
from impasto_daemon.errors import ConfigError
from impasto_daemon.live import Event, JsonLines
from impasto_daemon.log_file import LogFile


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_events_and_warnings_are_lines_of_one_file(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "daemon.log"
    with LogFile(path) as log:
        JsonLines(log.write).happened(Event("ready", "brick.png", "ink", seconds=1.5))
        logging.getLogger("impasto_daemon.watcher").warning("%s: cannot be watched", "brick%s.png")
    event, warning = lines(path)
    assert (event["kind"], event["file"], event["seconds"]) == ("ready", "brick.png", 1.5)
    assert (warning["kind"], warning["message"]) == ("warning", "brick%s.png: cannot be watched")


def test_a_percent_sign_in_a_name_is_only_a_sign(tmp_path: Path) -> None:
    with LogFile(tmp_path / "daemon.log") as log:
        JsonLines(log.write).happened(Event("ready", "100%d.png"))
    assert lines(tmp_path / "daemon.log")[0]["file"] == "100%d.png"


def test_the_log_rotates_and_old_ones_go(tmp_path: Path) -> None:
    with LogFile(tmp_path / "daemon.log", most_bytes=1000) as log:
        for number in range(500):
            log.write(json.dumps({"number": number}))
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["daemon.log", *(f"daemon.log.{n}" for n in range(1, 5))]
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())
    assert lines(tmp_path / "daemon.log")[-1] == {"number": 499}


def test_what_ends_the_daemon_is_in_its_log(tmp_path: Path, state: Path) -> None:
    with pytest.raises(ConfigError):
        run_watch(tmp_path / "none.yaml", tmp_path / "daemon.log")
    (line,) = lines(tmp_path / "daemon.log")
    assert (line["kind"], line["message"]) == ("error", "the daemon ends")
    assert "no such file" in str(line["trace"])


def test_a_daemon_with_a_log_tells_of_its_work_there(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class EndsAtOnce:
        def __init__(self, _config: object, _ledger: object, observer: JsonLines) -> None:
            self._observer = observer

        def watch(self) -> None:
            self._observer.happened(Event("config", message="watching"))

        def stop(self) -> None: ...

    (tmp_path / "config.yaml").write_text("watch: [{ folder: . }]\nrules: []\n")
    monkeypatch.setattr("impasto_daemon.commands.running.Service", EndsAtOnce)
    run_watch(tmp_path / "config.yaml", tmp_path / "daemon.log")
    assert lines(tmp_path / "daemon.log")[0]["message"] == "watching"
