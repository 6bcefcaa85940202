"""More changes than the kernel's queue holds, made while the daemon is stopped: `python tests/bench/overflow.py`.

Every file must be in the ledger, though the events of most were lost. Linux only.
"""

import argparse
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from fake_project import CONFIG, Project
from supervised import Supervised, known_sources

_SLOW_SCAN = 300.0  # found by then, it was not the slow scan that found them


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        os.environ |= {f"XDG_{kind}_HOME": f"{folder}/{kind}" for kind in ("STATE", "DATA", "CACHE")}
        project = Project(Path(folder, "game"))
        project.textures.mkdir(parents=True)
        project.config.write_text(CONFIG.replace('match: ["*"]', 'match: ["none/*"]'))
        supervised = Supervised(project)
        try:
            measure(project, supervised, asked.files)
        finally:
            supervised.end()


def measure(project: Project, supervised: Supervised, files: int) -> None:
    content = project.draw("first.png").read_bytes()
    for number in range(20):  # the other half of the folders comes while it is stopped
        (project.textures / f"set {number}").mkdir()
    process = supervised.wait_until_watching()
    process.suspend()
    for number in range(files):
        path = project.textures / f"set {number % 40}" / f"texture {number:05d} basecolor.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    started = time.monotonic()
    process.resume()
    while (known := known_sources(project)) < files + 1 and time.monotonic() - started < _SLOW_SCAN:
        time.sleep(1.0)
    log = (project.folder / "daemon.log").read_text()
    limit = Path("/proc/sys/fs/inotify/max_queued_events").read_text().strip()
    print(
        f"{files} files while stopped, the kernel holds {limit} events; overflow told:"
        f" {'some changes were not told' in log}; {known - 1} in the ledger after"
        f" {time.monotonic() - started:.0f} s; missing {files + 1 - known}"
    )


if __name__ == "__main__":
    main()
