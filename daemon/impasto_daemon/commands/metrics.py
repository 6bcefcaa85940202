"""`status --metrics`: what Prometheus reads, as text (its exposition format, version 0.0.4).

The daemon itself listens on no port: a timer writes this to a file that node_exporter's textfile collector reads.
"""

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Literal

from impasto_daemon.commands.status import Status
from impasto_daemon.ledger import JobState
from impasto_daemon.tally import BUCKETS

Kind = Literal["gauge", "counter", "histogram"]


def metrics_text(status: Status) -> str:
    """Every line ends with a newline."""
    return "".join(f"{line}\n" for line in _lines(status))


def _lines(status: Status) -> Iterator[str]:
    tally, project = status.tally, {"config": status.config}
    yield from _one("up", "gauge", "1 while the daemon runs.", int(status.running), project)
    yield from _one("paused", "gauge", "1 while no new job is begun.", int(status.paused), project)
    broken = int(status.config_error is not None)
    yield from _one("config_broken", "gauge", "1 while an older config is in force.", broken, project)
    yield from _one("sources", "gauge", "Sources seen.", status.sources, project)
    yield from _head("jobs", "gauge", "Jobs by state; queued is the depth of the queue.")
    for state in JobState:
        yield _sample("jobs", status.jobs.get(state, 0), project | {"state": state})
    yield from _one(
        "oldest_queued_seconds", "gauge", "How long the oldest queued job has waited.", status.oldest, project
    )
    yield from _head("job_seconds", "histogram", "From decoded to encoded, of the jobs that were made.")
    for most, jobs in zip(BUCKETS, accumulate(tally.in_bucket), strict=True):
        yield _sample("job_seconds_bucket", jobs, project | {"le": str(most)})
    yield _sample("job_seconds_bucket", tally.jobs, project | {"le": "+Inf"})
    yield _sample("job_seconds_sum", round(tally.seconds, 3), project)
    yield _sample("job_seconds_count", tally.jobs, project)
    for name, text, value in (
        ("failures_total", "Jobs that ended badly.", tally.failures),
        ("scans_total", "Times that all folders were looked through.", tally.scans),
        ("overflows_total", "Times that changes came too fast to be told of.", tally.overflows),
        (
            "out_of_memory_retries_total",
            "Times a device ran out and a job went on with less.",
            tally.out_of_memory,
        ),
        ("hangs_total", "Workers that were ended for getting no further.", tally.hangs),
    ):
        yield from _one(name, "counter", text, value, project)


def _one(name: str, kind: Kind, text: str, value: float, labels: Mapping[str, str]) -> Iterator[str]:
    yield from _head(name, kind, text)
    yield _sample(name, value, labels)


def _head(name: str, kind: Kind, text: str) -> Iterator[str]:
    yield f"# HELP impasto_{name} {text}"
    yield f"# TYPE impasto_{name} {kind}"


def _sample(name: str, value: float, labels: Mapping[str, str]) -> str:
    shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"impasto_{name}{{{shown}}} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
