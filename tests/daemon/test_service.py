"""The daemon's loop from end to end, with a fake network: `once`, twice, and after every kind of change."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fake_clock import FakeClock
from fake_project import PowerCutError, Project, invert, pixels
from impasto_daemon import fingerprint
from impasto_daemon.hashing import hash_file
from impasto_daemon.intake import Intake
from impasto_daemon.manifest import sidecar_path, temp_path
from impasto_daemon.processing import Order, Report


def test_a_texture_travels_from_its_folder_to_its_manifest(project: Project) -> None:
    source = project.draw("walls/brick.png")
    before = source.read_bytes()
    summary = project.once()
    assert (summary.done, summary.failed, summary.failure_kinds) == (1, 0, frozenset())
    output = source.with_name("brick.ink.png")
    assert np.array_equal(pixels(output), 255 - pixels(source))
    assert source.read_bytes() == before
    variant = project.variant(source)
    assert (variant.status, variant.style, variant.rule, variant.device) == ("ready", "ink", "colour", "fake")
    assert "rule 'colour' matches '*' and role base_color" in variant.reason
    assert (variant.maps[0].file, variant.maps[0].bytes) == ("brick.ink.png", output.stat().st_size)
    assert (variant.maps[0].wrap_u, variant.maps[0].wrap_v) == ("repeat", "clamp")
    facts = project.manifest(source).source
    assert (facts.file, facts.width, facts.height, facts.role) == ("brick.png", 16, 12, "base_color")
    assert project.names() == {"brick.png", "brick.ink.png", "brick.png.impasto"}


def test_a_file_of_the_same_size_and_time_that_takes_the_place_of_another_is_seen(project: Project) -> None:
    """As those from one archive are, renamed while no daemon ran."""
    source, other = project.draw("brick.bmp", seed=1), project.draw("other.bmp", seed=2)
    for path in (source, other):
        os.utime(path, ns=(1, 1))
    assert source.stat().st_size == other.stat().st_size
    project.once()
    other.replace(source)
    project.once()
    assert np.array_equal(pixels(project.textures / "brick.ink.bmp"), 255 - pixels(source))
    assert project.manifest(source).source.sha256 == hash_file(source)


def test_maps_get_the_rule_of_their_role(project: Project) -> None:
    project.draw("brick_albedo.png")
    flat = np.full((12, 16, 3), (128, 128, 255), np.uint8)
    Image.fromarray(flat).save(project.textures / "brick_normal.png")
    project.once()
    requests = {order.source.name: order.request for order in project.orders}
    assert requests["brick_albedo.png"].style is not None
    assert requests["brick_normal.png"].style is None
    assert project.variant(project.textures / "brick_normal.png").id == "x2"
    assert project.manifest(project.textures / "brick_normal.png").source.material == "brick"


def test_a_rule_may_ask_for_several_variants(project: Project) -> None:
    source = project.draw("brick.png")
    project.rewrite("[{ style: ink }]", "[{ style: ink }, { style: ink, id: faint, strength: 0.3 }]")
    assert project.once().done == 2
    assert [variant.id for variant in project.manifest(source).variants] == ["ink", "faint"]
    assert project.names() == {"brick.png", "brick.ink.png", "brick.faint.png", "brick.png.impasto"}


def test_nothing_runs_twice(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    stamps = {path: path.stat().st_mtime_ns for path in project.textures.iterdir()}
    assert project.once().done == 0
    assert project.orders == []
    source.touch()
    assert project.once().done == 0
    assert project.orders == []
    stamps.pop(source)
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())


def test_a_changed_source_is_done_again(project: Project) -> None:
    source = project.draw("brick.png", seed=1)
    project.once()
    first = project.variant(source)
    project.draw("brick.png", seed=2)
    assert project.once().done == 1
    second = project.variant(source)
    assert second.fingerprint != first.fingerprint
    assert np.array_equal(pixels(project.textures / "brick.ink.png"), 255 - pixels(source))


def test_a_restart_picks_up_where_it_was(project: Project) -> None:
    for name in ("a", "b"):
        project.draw(f"{name}.png", seed=ord(name))

    def cut_at_b(order: Order) -> Report:
        if order.source.name == "b.png":
            raise PowerCutError
        return invert(order)

    with pytest.raises(PowerCutError):
        project.once(cut_at_b)
    assert project.once().failed == 0
    assert {"a.ink.png", "b.ink.png"} <= project.names()
    # a's report may have been on its way when the power went
    assert project.orders[-1].source.name == "b.png"
    assert not [name for name in project.names() if name.endswith(".tmp")]


def test_a_deleted_source_takes_its_outputs_with_it(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    made = project.variant(source).maps[0]
    source.unlink()
    project.once()
    assert project.names() == {"brick.png.impasto"}
    manifest = project.manifest(source)
    assert manifest.variants == ()
    assert [(gone.file, gone.sha256) for gone in manifest.retired] == [(made.file, made.sha256)]


def test_a_source_that_comes_back_is_done_again(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    source.unlink()
    project.once()
    project.draw("brick.png")
    assert project.once().done == 1
    assert project.manifest(source).retired == ()


def test_an_edited_rule_replaces_what_it_made(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    project.rewrite("{ style: ink }", "{ style: ink, output: '{stem}_{variant}{ext}' }")
    assert project.once().done == 1
    assert project.names() == {"brick.png", "brick_ink.png", "brick.png.impasto"}
    assert [gone.file for gone in project.manifest(source).retired] == ["brick.ink.png"]
    project.rewrite('match: ["*"]', 'match: ["other/*"]')
    assert project.once().done == 0
    assert project.names() == {"brick.png", "brick.png.impasto"}


def test_an_output_that_was_deleted_is_made_again(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    (project.textures / "brick.ink.png").unlink()
    assert project.once().done == 1
    assert (project.textures / "brick.ink.png").exists()
    assert project.variant(source).status == "ready"


def test_a_sidecar_that_was_deleted_is_written_again_without_any_work(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    before = project.variant(source)
    sidecar_path(source).unlink()
    assert project.once().done == 0
    assert project.orders == []
    assert project.variant(source) == before


def test_a_source_that_changes_meanwhile_is_done_again(project: Project) -> None:
    source = project.draw("brick.png", seed=1)
    changed = []

    def behave(order: Order) -> Report:
        made = invert(order)
        if not changed:
            changed.append(project.draw("brick.png", seed=2, size=(20, 12)))
        return made

    assert project.once(behave).done == 1
    assert len(project.orders) == 2
    assert np.array_equal(pixels(project.textures / "brick.ink.png"), 255 - pixels(source))
    assert not [name for name in project.names() if name.endswith(".tmp")]


def test_temp_files_of_a_killed_worker_are_swept(project: Project) -> None:
    project.draw("brick.png")
    (project.textures / ".brick.ink.png.0badcafe.impasto.tmp").write_bytes(b"half")
    (project.textures / ".someone.else.tmp").write_bytes(b"not ours")
    project.once()
    assert project.names() == {"brick.png", "brick.ink.png", "brick.png.impasto", ".someone.else.tmp"}


def test_a_new_version_of_what_serves_a_rule_does_its_outputs_again_and_no_others(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.draw("brick_albedo.png")
    Image.new("RGB", (16, 12), (128, 128, 255)).save(project.textures / "brick_normal.png")
    assert project.once().done == 2
    monkeypatch.setattr(fingerprint, "UPSCALER_VERSION", fingerprint.UPSCALER_VERSION + 1)
    assert project.once().done == 1
    assert [order.source.name for order in project.orders] == ["brick_normal.png"]


def test_a_sidecar_that_tells_of_a_failure_alone_does_not_outlive_its_source(
    project: Project, state: Path
) -> None:
    source = project.textures / "brick.png"
    source.write_bytes(b"no picture")
    assert project.once().failed == 1
    shutil.rmtree(state)
    source.unlink()
    project.once()
    assert project.manifest(source).variants == ()


def test_a_link_is_not_followed(project: Project) -> None:
    source = project.draw("brick.png")
    (project.textures / "loop").symlink_to(project.textures)
    (project.textures / "link.png").symlink_to(source)
    project.once()
    assert [order.source for order in project.orders] == [source]


def test_a_temp_file_that_nobody_can_be_writing_any_more_is_swept_in_a_running_daemon(
    project: Project,
) -> None:
    """As one that a worker left, which outlived its daemon."""
    source = project.draw("brick.png")
    project.once()
    clock = FakeClock()
    service = project.service(clock=clock)
    service.begin()
    fresh, stale = temp_path(source), temp_path(source)
    for temp, age in ((fresh, -300.0), (stale, 60.0)):
        temp.write_bytes(b"half")
        os.utime(temp, (clock.wall() - age, clock.wall() - age))
    clock.pass_by(400.0)
    while service.turn():
        pass
    service.end()
    assert (fresh.exists(), stale.exists()) == (True, False)


def test_a_slow_scan_comes_seldom(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause is a thousand times as long as the scan, so that a large project costs no more than a small one."""
    clock = FakeClock()
    service = project.service(clock=clock)
    scans: list[float] = []

    def scan_slowly(_self: Intake, *, at_start: bool = False) -> None:
        scans.append(clock.monotonic())
        clock.pass_by(2.0)

    monkeypatch.setattr(Intake, "reconcile", scan_slowly)
    service.begin()
    while clock.monotonic() < 5000.0:
        service.turn()
        clock.pass_by(20.0)
    service.end()
    assert scans == pytest.approx([0.0, 2002.0, 4004.0], abs=60.0)


def test_a_job_that_waits_has_no_sidecar_yet(project: Project) -> None:
    source = project.draw("brick.png")
    service = project.service(lambda order: None, FakeClock())
    service.begin()
    for _ in range(100):
        service.turn()
    service._scan()
    service.end()
    assert len(project.orders) == 1
    assert not sidecar_path(source).exists()
