"""`status --metrics` is text that Prometheus takes, and it says what happened; `status` sums it up in one line."""

import re
import sys
from dataclasses import replace

import psutil
import pytest

from fake_project import Project, Watching, invert, wait_until
from impasto_daemon import cli
from impasto_daemon.commands.metrics import metrics_text
from impasto_daemon.commands.status import read_status
from impasto_daemon.executors import WorkerDied
from impasto_daemon.hints import Hints
from impasto_daemon.ledger import JobState, Ledger
from impasto_daemon.processing import Order, Refused, Report
from impasto_daemon.state import ledger_path
from impasto_daemon.tally import BUCKETS, Tally, read_tally
from impasto_daemon.watcher import FileChange

_SAMPLE = re.compile(r'(impasto_[a-z_]+)\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+)\} (\S+)')


def parse(text: str) -> dict[str, dict[str, float]]:
    """Values by metric, and then by its labels but for the project; each family is announced before it comes."""
    found: dict[str, dict[str, float]] = {}
    announced: dict[str, str] = {}
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            continue
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in announced
            announced[name] = kind
            continue
        sample = _SAMPLE.fullmatch(line)
        assert sample is not None, line
        name, labels, value = sample.groups()
        family = re.sub("_(bucket|sum|count)$", "", name) if "job_seconds" in name else name
        assert (family.endswith("_total")) == (announced[family] == "counter")
        rest = ",".join(label for label in labels.split(",") if not label.startswith("config="))
        found.setdefault(name, {})[rest] = float(value)
    return found


def metrics(project: Project) -> dict[str, dict[str, float]]:
    return parse(metrics_text(read_status(project.config)))


def test_what_was_done_is_told(project: Project) -> None:
    for name in ("a.png", "b.png"):
        project.draw(name, seed=ord(name[0]))

    def slow_and_short_of_memory(order: Order) -> Report:
        notes = ("cuda:0 ran out of memory: done in smaller parts",)
        made = replace(invert(order), seconds=2.0, notes=notes, retries=3)
        return made if order.source.name == "a.png" else Refused(order.ticket, "input", "no good")

    project.once(slow_and_short_of_memory)
    assert project.variant(project.textures / "a.png").notes == (
        "cuda:0 ran out of memory: done in smaller parts",
    )
    found = metrics(project)
    assert found["impasto_jobs"]['state="done"'] == 1
    assert found["impasto_jobs"]['state="failed"'] == 1
    assert found["impasto_job_seconds_count"][""] == 1
    assert found["impasto_job_seconds_sum"][""] == 2.0
    assert found["impasto_failures_total"][""] == 1
    assert found["impasto_out_of_memory_retries_total"][""] == 3
    assert found["impasto_scans_total"][""] >= 1
    assert found["impasto_up"][""] == 0


def test_the_histogram_s_buckets_hold_all_below_their_bound(project: Project) -> None:
    tally = Tally()
    for seconds in (0.05, 0.1, 0.2, 25.0, 5000.0):
        tally.add_job(seconds, 0)
    project.service().end()
    buckets = parse(metrics_text(replace(read_status(project.config), tally=tally)))[
        "impasto_job_seconds_bucket"
    ]
    assert buckets['le="0.1"'] == 2
    assert buckets['le="10.0"'] == 3
    assert buckets['le="30.0"'] == 4
    assert buckets[f'le="{BUCKETS[-1]}"'] == 4
    assert buckets['le="+Inf"'] == 5


def test_counters_go_on_after_a_restart(project: Project) -> None:
    project.draw("a.png")
    project.once()
    project.draw("b.png", seed=2)
    project.once()
    assert metrics(project)["impasto_job_seconds_count"][""] == 2


def test_a_tally_of_another_version_begins_anew() -> None:
    assert read_tally({"jobs": 3}) == Tally()
    assert read_tally(None) == Tally()


def test_dead_jobs_and_the_age_of_what_waits_are_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.draw("a.png")
    project.once(lambda order: Refused(order.ticket, "fault", "it broke"))
    assert metrics(project)["impasto_jobs"]['state="dead"'] == 1
    ledger = Ledger(ledger_path(project.config))
    (job,) = ledger.jobs()
    ledger.put_job(job.source, job.record, job.output, JobState.QUEUED, arrived=1_000_000.0)
    ledger.close()
    monkeypatch.setattr("impasto_daemon.commands.status.time.time", lambda: 1_000_900.0)
    assert metrics(project)["impasto_oldest_queued_seconds"][""] == 900


def test_changes_that_came_too_fast_are_counted(project: Project) -> None:
    service = project.service()
    service.begin()
    for change in (
        FileChange(project.textures, is_folder=True, is_overflow=True),
        FileChange(project.textures),
    ):
        hints = Hints()
        hints.put(change)
        service._take(hints)
    service.end()
    assert metrics(project)["impasto_overflows_total"][""] == 1


def test_a_project_s_name_may_hold_anything(project: Project) -> None:
    project.service().end()
    status = replace(read_status(project.config), config='C:\\my "game"\nfolder,up="2"')
    assert '{config="C:\\\\my \\"game\\"\\nfolder,up=\\"2\\""} 0' in metrics_text(status)


def test_the_command_prints_them(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project.draw("a.png")
    project.once()
    monkeypatch.setattr(sys, "argv", ["impasto", "status", "--metrics", "--config", str(project.config)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0
    assert parse(capsys.readouterr().out)["impasto_job_seconds_count"][""] == 1


def test_nothing_wrong_is_well(project: Project) -> None:
    project.draw("a.png")
    project.once()
    assert read_status(project.config).health == ()


def test_health_names_all_that_is_wrong(project: Project) -> None:
    project.draw("a.png")
    project.once(lambda order: Refused(order.ticket, "fault", "it broke"))
    status = replace(
        read_status(project.config), jobs={"dead": 1, "failed": 2, "queued": 3}, config_error="line 3"
    )
    assert status.health == (
        "the config is broken",
        "1 dead",
        "2 failed",
        "3 queued and no daemon is running",
    )


def test_a_worker_that_hung_is_told_of_for_a_day(project: Project) -> None:
    project.draw("a.png")
    orders: list[Order] = []

    def hang_once(order: Order) -> Report | WorkerDied:
        orders.append(order)
        return invert(order) if len(orders) > 1 else WorkerDied(-9, (order.ticket,), (), hung=True)

    project.once(hang_once)
    status = read_status(project.config)
    assert metrics(project)["impasto_hangs_total"][""] == 1
    assert status.health == ("a worker hung 0 min ago, and was ended",)
    assert replace(status, hung=7300.0).health == ("a worker hung 122 min ago, and was ended",)
    assert replace(status, hung=86_401.0).health == ()


def test_a_worker_that_died_has_not_hung(project: Project) -> None:
    project.draw("a.png")
    project.once(lambda order: WorkerDied(-9, (order.ticket,), ()))
    assert metrics(project)["impasto_hangs_total"][""] == 0
    assert read_status(project.config).health == ("1 dead",)


def test_a_daemon_that_does_nothing_though_much_waits_is_not_well(project: Project) -> None:
    project.service().end()
    status = replace(read_status(project.config), running=True, jobs={"queued": 3}, oldest=1200.0)
    assert status.health == ("3 queued, the oldest for 20 min, and none is running",)
    for well in (replace(status, paused=True), replace(status, oldest=5.0)):
        assert well.health == ()


def test_the_daemon_listens_on_no_port(project: Project) -> None:
    before = {one.laddr for one in psutil.Process().net_connections() if one.status == psutil.CONN_LISTEN}
    source = project.draw("a.png")
    with Watching(project):
        wait_until(lambda: project.is_ready(source))
        now = {one.laddr for one in psutil.Process().net_connections() if one.status == psutil.CONN_LISTEN}
    assert now <= before
