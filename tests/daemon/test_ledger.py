"""The ledger: claims in order, attempts, commands, and what survives a restart."""

import sqlite3
from pathlib import Path

import pytest

from impasto_daemon.errors import LedgerError
from impasto_daemon.ledger import Command, JobState, Ledger, Output, SeenSource
from impasto_daemon.manifest import Variant


def a_variant(variant_id: str = "night", fingerprint: str = "f1") -> Variant:
    return Variant(id=variant_id, rule="all", reason="because", fingerprint=fingerprint, status="pending")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite")


def test_jobs_are_claimed_in_order_and_count_their_attempts(ledger: Ledger) -> None:
    for name in ("a", "b"):
        put(ledger, name)
    first, second = ledger.claim(now=1e12), ledger.claim(now=1e12)
    assert first is not None
    assert second is not None
    assert [first.source.name, second.source.name] == ["a.png", "b.png"]
    assert first.attempts == 1
    assert ledger.claim(now=1e12) is None
    ledger.requeue(first.id)
    again = ledger.claim(now=1e12)
    assert again is not None
    assert again.attempts == 2


def test_of_jobs_for_the_same_picture_one_is_claimed_at_a_time(ledger: Ledger) -> None:
    for name in ("a", "b", "c"):
        put(ledger, name, fingerprint="other" if name == "c" else "same")
    claimed = [ledger.claim(now=0.0) for _ in range(3)]
    assert [job.source.name if job else None for job in claimed] == ["a.png", "c.png", None]
    assert claimed[0] is not None
    ledger.finish(claimed[0].id, JobState.DONE, a_variant(fingerprint="same"))
    second = ledger.claim(now=0.0)
    assert second is not None
    assert second.source.name == "b.png"


def test_a_job_waits_for_its_backoff(ledger: Ledger) -> None:
    ledger.put_job(Path("/w/a.png"), a_variant(), Path("/w/a.night.png"), JobState.QUEUED)
    job = ledger.claim(now=1e12)
    assert job is not None
    ledger.requeue(job.id, not_before=2e12)
    assert ledger.claim(now=1.9e12) is None
    assert ledger.claim(now=2e12) is not None


def test_a_refunded_attempt_is_not_counted(ledger: Ledger) -> None:
    ledger.put_job(Path("/w/a.png"), a_variant(), Path("/w/a.night.png"), JobState.QUEUED)
    job = ledger.claim(now=1e12)
    assert job is not None
    ledger.requeue(job.id, refund=True)
    again = ledger.claim(now=1e12)
    assert again is not None
    assert again.attempts == 1


def test_one_job_for_a_variant_however_often_it_is_put(ledger: Ledger) -> None:
    for fingerprint in ("f1", "f2"):
        ledger.put_job(
            Path("/w/a.png"), a_variant(fingerprint=fingerprint), Path("/w/o.png"), JobState.QUEUED
        )
    assert [job.fingerprint for job in ledger.jobs()] == ["f2"]


def test_retry_queues_what_ended_badly_and_names_the_sources(ledger: Ledger) -> None:
    for name, state in (("a", JobState.FAILED), ("b", JobState.DONE), ("c", JobState.BLOCKED)):
        ledger.put_job(Path(f"/w/{name}.png"), a_variant(), Path(f"/w/{name}.night.png"), state)
    assert ledger.retry([JobState.FAILED], Path("/w/c.png")) == []
    assert ledger.retry([JobState.FAILED, JobState.BLOCKED]) == [Path("/w/a.png"), Path("/w/c.png")]
    assert ledger.counts() == {JobState.QUEUED: 2, JobState.DONE: 1}


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    seen = SeenSource(Path("/w/a.png"), 10, 20, 30, "ab", "digest", "outcome")
    output = Output(Path("/w/a.night.png"), Path("/w/a.png"), "cd", None, 5, 6, edited=False)
    ledger.remember_source(seen)
    ledger.remember_output(output)
    ledger.set_fact("paused", True)
    ledger.send(Command("retry", ""))
    ledger.close()
    ledger = Ledger(tmp_path / "ledger.sqlite")
    assert ledger.source(Path("/w/a.png")) == seen
    assert ledger.output(output.path) == output
    assert ledger.fact("paused") is True
    assert ledger.take_commands() == [Command("retry", "")]
    assert ledger.take_commands() == []


def test_the_sources_of_a_folder_are_those_in_itself(ledger: Ledger) -> None:
    here = [Path("/w/a_b/ü.png"), Path("/w/a_b/煉瓦 %.png"), Path("/w/a_b/\U0001f9f1.png")]
    for path in (
        *here,
        Path("/w/a_b/c/x.png"),
        Path("/w/a_bc/x.png"),
        Path("/w/aXb/x.png"),
        Path("/w/x.png"),
    ):
        ledger.remember_source(SeenSource(path, 10, 20, 30, "ab", "digest", "outcome"))
    assert sorted(ledger.sources_in(Path("/w/a_b"))) == sorted(path.name for path in here)
    assert set(ledger.sources_in(Path("/w/a_b")).values()) == {(10, 20, 30, "digest")}
    assert sorted(ledger.folders()) == [
        Path("/w"),
        Path("/w/aXb"),
        Path("/w/a_b"),
        Path("/w/a_b/c"),
        Path("/w/a_bc"),
    ]
    assert ledger.sources_in(Path("/w/b")) == {}
    ledger.doubt_source(here[0])
    assert [ledger.source(path).digest for path in here[:2]] == ["", "digest"]  # type: ignore[union-attr]  # both are there


def test_of_two_sources_with_one_output_the_first_owns_it(ledger: Ledger) -> None:
    ledger.put_job(Path("/w/a.jpg"), a_variant(), Path("/w/a.night.png"), JobState.QUEUED)
    ledger.put_job(Path("/w/a.png"), a_variant(), Path("/w/a.night.png"), JobState.BLOCKED)
    assert ledger.owner_of(Path("/w/a.night.png")) == Path("/w/a.jpg")
    assert ledger.owner_of(Path("/w/b.night.png")) is None


def test_jobs_are_found_by_what_they_make(ledger: Ledger) -> None:
    ledger.put_job(Path("/w/a.png"), a_variant(), Path("/w/a.night.png"), JobState.DONE)
    ledger.put_job(Path("/w/b.png"), a_variant(), Path("/w/b.night.png"), JobState.QUEUED)
    ledger.put_job(Path("/w/c.png"), a_variant(fingerprint="f2"), Path("/w/c.night.png"), JobState.DONE)
    assert [job.source.name for job in ledger.jobs_with("f1", JobState.DONE)] == ["a.png"]
    assert [job.source.name for job in ledger.jobs_with("f1", JobState.QUEUED)] == ["b.png"]


def test_a_failed_transaction_leaves_nothing(ledger: Ledger) -> None:
    def put_and_fail() -> None:
        with ledger.transaction():
            ledger.put_job(Path("/w/a.png"), a_variant(), Path("/w/o.png"), JobState.QUEUED)
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        put_and_fail()
    assert ledger.jobs() == []


def test_a_file_that_is_no_ledger_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_text("this is not a database, however long one looks at it" * 10)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite.*rebuilt from the sidecars"):
        Ledger(path)


def test_drafts_that_are_done_can_be_told_and_queued_once_more(ledger: Ledger) -> None:
    for name, draft in (("a", True), ("b", False), ("c", True)):
        record = a_variant().model_copy(update={"draft": draft})
        state = JobState.QUEUED if name == "c" else JobState.DONE
        ledger.put_job(Path(f"/w/{name}.png"), record, Path(f"/w/{name}.night.png"), state)
    (draft_job,) = ledger.drafts()
    assert draft_job.source.name == "a.png"
    ledger.redo(draft_job.id)
    assert ledger.drafts() == []
    claimed = ledger.claim(now=1e12)
    assert claimed is not None
    assert (claimed.id, claimed.attempts, claimed.record.draft) == (draft_job.id, 1, True)


def test_a_job_that_may_have_broken_the_worker_is_a_suspect_until_it_ends(ledger: Ledger) -> None:
    ledger.put_job(Path("/w/a.png"), a_variant(), Path("/w/a.night.png"), JobState.QUEUED)
    assert not ledger.has_suspects()
    for is_suspect in (False, True):
        job = ledger.claim(now=1e12)
        assert job is not None
        assert ledger.has_suspects() is is_suspect
        ledger.requeue(job.id)
        assert ledger.has_suspects()
    ledger.finish(job.id, JobState.DEAD, a_variant())
    assert not ledger.has_suspects()


def test_jobs_are_found_by_style_and_stylizer(ledger: Ledger) -> None:
    for name, style, stylizer in (
        ("a", "night", "learned"),
        ("b", "night", "magenta"),
        ("c", "ink", "learned"),
    ):
        record = a_variant().model_copy(update={"style": style, "stylizer": stylizer})
        ledger.put_job(Path(f"/w/{name}.png"), record, Path(f"/w/{name}.out.png"), JobState.QUEUED)
    assert [job.source.name for job in ledger.jobs_in_style("night", "learned")] == ["a.png"]


def test_a_ledger_of_an_older_version_is_begun_anew(tmp_path: Path) -> None:
    """The sidecars know all that was made: what counts is that it opens."""
    path = tmp_path / "ledger.sqlite"
    Ledger(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE jobs RENAME COLUMN arrived TO enqueued")
        connection.execute("PRAGMA user_version=1")
    connection.close()
    put(Ledger(path), "a")


def put(ledger: Ledger, name: str, arrived: float = 0.0, fingerprint: str | None = None) -> None:
    source, output = Path(f"/w/{name}.png"), Path(f"/w/{name}.night.png")
    record = a_variant(fingerprint=fingerprint or f"of {name}")
    ledger.put_job(source, record, output, JobState.QUEUED, arrived=arrived)


def test_who_comes_last_does_not_wait_for_all_that_came_before(ledger: Ledger) -> None:
    for number in range(20):
        put(ledger, f"{number}", arrived=100.0 + number)
    put(ledger, "0", arrived=200.0)  # exported once more
    claimed = [job.source.stem for _ in range(8) if (job := ledger.claim(now=0.0))]
    assert claimed == ["0", "1", "2", "19", "3", "4", "5", "18"]


def test_what_an_earlier_run_left_running_or_waiting_is_due_again(ledger: Ledger) -> None:
    for name in "ab":
        put(ledger, name)
    waiting, running = ledger.claim(now=0.0), ledger.claim(now=0.0)
    assert waiting is not None
    assert running is not None
    ledger.requeue(waiting.id, not_before=1e9)  # by a clock that stands at another time now
    ledger.recover()
    again = [ledger.claim(now=0.0), ledger.claim(now=0.0)]
    assert [(job.source.name, job.attempts) for job in again if job] == [("a.png", 2), ("b.png", 1)]


def test_a_sidecar_is_owed_until_it_has_been_told(ledger: Ledger) -> None:
    put(ledger, "a")
    job = ledger.claim(now=0.0)
    assert job is not None
    assert ledger.untold() == []
    ledger.finish(job.id, JobState.DONE, a_variant())
    assert ledger.untold() == [Path("/w/a.png")]
    ledger.told(Path("/w/a.png"))
    assert ledger.untold() == []
    ledger.drop_job(job.id)
    assert ledger.untold() == [Path("/w/a.png")]
