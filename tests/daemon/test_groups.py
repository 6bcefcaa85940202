"""Files that belong together, from end to end with a fake network: each is done once, and all when one changes."""

from itertools import count
from pathlib import Path

import pytest
from PIL import Image

from fake_project import FakeExecutor, PowerCutError, Project, Watching, invert, wait_until
from impasto_daemon.bookkeeping import Bookkeeping
from impasto_daemon.clock import SystemClock
from impasto_daemon.commands.explain import explain_files
from impasto_daemon.config import load_config
from impasto_daemon.dispatch import Dispatch
from impasto_daemon.intake import Intake
from impasto_daemon.journal import Journal
from impasto_daemon.ledger import Ledger
from impasto_daemon.manifest import sidecar_path
from impasto_daemon.plan import Plans
from impasto_daemon.processing import Order, Refused, Report
from impasto_daemon.state import ledger_path
from impasto_daemon.survey import survey
from ordered import done, names, refs, requests


def draw_tiles(project: Project, count: int = 3) -> list[Path]:
    return [project.draw(f"rock.{1001 + i}.png", seed=i) for i in range(count)]


def flat(path: Path, color: tuple[int, int, int] = (128, 128, 255)) -> Path:
    Image.new("RGB", (16, 12), color).save(path)
    return path


def test_a_udim_set_dropped_in_file_by_file_gives_each_tile_exactly_one_job(project: Project) -> None:
    tiles = [project.textures / f"rock.{1001 + i}.png" for i in range(3)]
    ledger = Ledger(ledger_path(project.config))
    with Watching(project):
        single = project.draw("brick.png", seed=9)
        for i, tile in enumerate(tiles):
            project.draw(tile.name, seed=i)
            wait_until(lambda tile=tile: ledger.source(tile) is not None)
        assert not names(*tiles) & set(done(project))
        assert single.name in done(project)  # it waits for nobody
        wait_until(lambda: all(project.is_ready(tile) for tile in tiles))
    ledger.close()
    assert {request.group for name, request in requests(project).items() if name != single.name} == {
        refs(*tiles)
    }


def test_tiles_are_no_circles_and_frames_are_a_sequence(project: Project) -> None:
    draw_tiles(project)
    for index in range(3):
        project.draw(f"walk_{index}.png", seed=10 + index)
    project.once()
    asked = requests(project)
    assert asked["rock.1001.png"].wrap == ("clamp", "clamp")
    assert not asked["rock.1001.png"].is_sequence
    assert asked["walk_0.png"].wrap == ("auto", "auto")
    assert asked["walk_0.png"].is_sequence


def test_a_tile_that_comes_later_and_one_that_goes_have_the_set_done_again(project: Project) -> None:
    tiles = draw_tiles(project)
    with Watching(project):
        wait_until(lambda: all(project.is_ready(tile) for tile in tiles))
        fourth = project.draw("rock.1011.png", seed=11)
        wait_until(lambda: project.is_ready(fourth) and len(project.orders) == 7)
        tiles[0].unlink()
        wait_until(lambda: len(project.orders) == 10)
    last = {order.source: order.request.group for order in project.orders}
    assert last[fourth] == last[tiles[1]] == refs(*tiles[1:], fourth)
    assert done(project) == {tiles[0].name: 2, tiles[1].name: 3, tiles[2].name: 3, fourth.name: 2}
    assert project.once().done == 0


def test_a_group_shares_what_a_single_picture_and_an_upscale_have_no_use_for(project: Project) -> None:
    frames = [project.draw(f"walk_{i:02}.png", seed=i) for i in range(1, 4)]
    names = ("brick.png", "run_01.png", "run_02.png")
    singles = [project.draw(name, seed=7 + number) for number, name in enumerate(names)]
    normals = [flat(project.textures / f"walk_normal_{i:02}.png", (128, 128, 255 - i)) for i in range(1, 4)]
    assert project.once().failed == 0
    asked = requests(project)
    assert {asked[frame.name].group for frame in frames} == {refs(*frames)}
    assert all(asked[path.name].group == () for path in (*singles, *normals))


def test_a_changed_member_has_all_done_again_once_each(project: Project) -> None:
    tiles = draw_tiles(project)
    single = project.draw("brick.png", seed=9)
    project.once()
    before = project.variant(single)
    project.draw(tiles[1].name, seed=50)
    assert project.once().done == 3
    assert {request.group for request in requests(project).values()} == {refs(*tiles)}
    assert project.variant(single) == before


def test_a_restart_and_a_touched_member_run_nothing(project: Project) -> None:
    tiles = draw_tiles(project)
    project.once()
    fingerprints = [project.variant(tile).fingerprint for tile in tiles]
    assert project.once().done == 0
    tiles[1].touch()
    assert project.once().done == 0
    assert project.orders == []
    assert [project.variant(tile).fingerprint for tile in tiles] == fingerprints


def test_a_lost_ledger_is_rebuilt_without_any_work(project: Project) -> None:
    draw_tiles(project)
    project.draw("brick_albedo.png", seed=20)
    flat(project.textures / "brick_normal.png")
    assert project.once().done == 5
    ledger_path(project.config).unlink()
    assert project.once().done == 0
    assert project.orders == []


def test_a_broken_member_is_left_out_and_blocks_nobody(project: Project) -> None:
    tiles = draw_tiles(project)
    tiles[1].write_text("no picture")
    summary = project.once()
    assert (summary.done, summary.failed) == (2, 1)
    assert {request.group for request in requests(project).values()} == {refs(tiles[0], tiles[2])}
    assert project.once().done == 0
    project.draw(tiles[1].name, seed=1)
    assert project.once().done == 3
    assert {request.group for request in requests(project).values()} == {refs(*tiles)}


def test_a_member_that_fails_in_the_network_blocks_nobody(project: Project) -> None:
    tiles = draw_tiles(project)

    def refuse_second(order: Order) -> Report:
        return Refused(order.ticket, "input", "because") if order.source == tiles[1] else invert(order)

    summary = project.once(refuse_second)
    assert (summary.done, summary.failed) == (2, 1)
    assert project.is_ready(tiles[0])


def test_one_that_is_left_of_a_group_is_on_its_own_again(project: Project) -> None:
    tiles = draw_tiles(project, 2)
    project.once()
    tiles[0].unlink()
    assert project.once().done == 1
    (order,) = project.orders
    assert (order.source, order.request.group) == (tiles[1], ())


def test_an_ignored_member_is_none(project: Project) -> None:
    tiles = draw_tiles(project)
    project.once()
    (project.textures / ".impastoignore").write_text(tiles[2].name + "\n")
    assert project.once().done == 2
    assert {request.group for request in requests(project).values()} == {refs(*tiles[:2])}


def test_only_what_the_same_rule_takes_for_the_same_role_is_one_group(project: Project) -> None:
    frames = [project.draw(f"walk_{i}.png", seed=i) for i in range(1, 6)]
    odd = "  - { name: odd, match: [walk_5.png], variants: [{ style: ink }] }\n"
    project.rewrite("  - name: colour", odd + "  - name: colour")
    flat(frames[3])
    assert project.once().failed == 0
    asked = requests(project)
    assert asked["walk_1.png"].group == refs(*frames[:3])
    assert asked["walk_5.png"].group == asked["walk_4.png"].group == ()


def test_a_comment_in_an_override_parts_no_group(project: Project) -> None:
    override = project.textures / ".impasto.yaml"
    rules = "rules: [{ name: own, match: ['*'], variants: [{ style: ink }] }]\n"
    override.write_text(rules)
    tiles = draw_tiles(project)
    with Watching(project):
        wait_until(lambda: all(project.is_ready(tile) for tile in tiles))
        override.write_text("# walls\n" + rules)
        before = len(project.orders)
        project.draw(tiles[0].name, seed=70)
        wait_until(lambda: len(project.orders) >= before + 3)
    assert {order.request.group for order in project.orders[before:]} == {refs(*tiles)}


def test_a_folder_shares_where_the_variant_says_so(project: Project) -> None:
    project.rewrite(
        "[{ style: ink }]", "[{ style: ink, share: folder }, { style: ink, id: own, share: none }]"
    )
    walls = [project.draw(f"walls/{name}.png", seed=i) for i, name in enumerate(("brick", "stone", "tile_1"))]
    sprite = project.textures / "walls" / "moss.png"
    Image.effect_noise((16, 12), 90).convert("RGBA").save(sprite)
    other = project.draw("floors/wood.png", seed=8)
    assert project.once().failed == 0
    groups = {
        (order.source, order.metadata["impasto:fingerprint"]): order.request.group for order in project.orders
    }
    fingerprints = {
        path: [one.fingerprint for one in project.manifest(path).variants] for path in (*walls, other)
    }
    for wall in walls:
        assert [groups[wall, key] for key in fingerprints[wall]] == [refs(*sorted(walls)), ()]
    assert [groups[other, key] for key in fingerprints[other]] == [(), ()]
    project.draw("walls/stone.png", seed=60)
    assert project.once().done == 4  # its own two, and the shared one of each other wall
    assert project.once().done == 0


def test_a_variant_may_share_with_nobody(project: Project) -> None:
    project.rewrite("{ style: ink }", "{ style: ink, share: none }")
    tiles = draw_tiles(project)
    project.once()
    assert all(request.group == () for request in requests(project).values())
    project.draw(tiles[0].name, seed=70)
    assert project.once().done == 1


def test_another_way_to_share_has_the_group_done_again(project: Project) -> None:
    draw_tiles(project)
    project.once()
    project.rewrite("{ style: ink }", "{ style: ink, share: none }")
    assert project.once().done == 3


def test_members_and_maps_of_a_material_have_the_seed_of_their_rule(project: Project) -> None:
    project.rewrite(
        "variants: [{ style: ink }]", "roles: [base_color, emissive]\n    variants: [{ style: ink, seed: 7 }]"
    )
    tiles = draw_tiles(project)
    maps = [project.draw(f"brick_{role}.png", seed=i) for i, role in enumerate(("albedo", "emissive"))]
    project.once()
    assert {project.variant(path).seed for path in (*tiles, *maps)} == {7}


@pytest.mark.parametrize("share", ["auto", "folder"])
def test_explain_agrees_with_the_manifest(project: Project, share: str) -> None:
    project.rewrite("{ style: ink }", f"{{ style: ink, share: {share} }}")
    sources = [*draw_tiles(project), project.draw("brick_albedo.png", seed=5)]
    sources.append(flat(project.textures / "brick_normal.png"))
    project.once()
    plans = Plans(load_config(project.config), ledger=None)
    for source in sources:
        (variant,) = plans.of_survey(survey(source)).variants
        assert variant.record.fingerprint == project.variant(source).fingerprint
    texts = list(explain_files(project.config, sources))
    ends = "rock.1001.png to rock.1003.png" if share == "auto" else "brick_albedo.png to rock.1003.png"
    assert f"one of {3 if share == 'auto' else 4} that share their statistics: {ends}" in texts[0]
    assert "wraps as brick_albedo.png does" in texts[4]


def test_a_job_that_is_held_back_is_not_begun_and_costs_no_attempt(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("impasto_daemon.dispatch._HOLD_SECONDS", 0.0)
    source = project.draw("rock.1001.png")
    ledger = Ledger(ledger_path(project.config))
    plans = Plans(load_config(project.config), ledger)
    journal = Journal(ledger, plans, project.recorder, lambda path: True)
    found = survey(source)
    Bookkeeping(ledger, journal).align(found, plans.of_survey(found), "digest")
    executor = FakeExecutor(lambda report: None, project, lambda order: None)
    dispatch = Dispatch(ledger, plans, journal, executor, tickets=count(1), clock=SystemClock())
    held = iter([True, False])
    dispatch.fill(lambda path: path == source and next(held))
    (order,) = project.orders
    (job,) = ledger.jobs_of(source)
    assert (order.source, job.attempts) == (source, 1)
    ledger.close()


def test_a_group_that_waits_when_the_power_goes_is_done_after_a_restart(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiles = draw_tiles(project)
    project.once()

    def cut(intake: Intake) -> None:
        if len(intake._gathering) == 3:
            raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(Intake, "plan_complete", cut)
        tiles[0].unlink()
        project.draw("rock.1011.png", seed=11)
        with pytest.raises(PowerCutError):
            project.once()
    assert project.once().done == 3
    assert {request.group for request in requests(project).values()} == {
        refs(*tiles[1:], project.textures / "rock.1011.png")
    }


@pytest.mark.parametrize("change", ["edited", "deleted"])
def test_a_member_that_changes_unseen_is_looked_at_again_and_no_job_spins(
    project: Project, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    monkeypatch.setattr("impasto_daemon.dispatch._SETTLE_SECONDS", 0.2)
    monkeypatch.setattr("impasto_daemon.intake._QUIET_SECONDS", 0.2)
    tiles = draw_tiles(project)
    changed: list[Path] = []

    def behave(order: Order) -> Report:
        if not changed:
            changed.append(project.draw(tiles[2].name, seed=80) if change == "edited" else tiles[2])
            if change == "deleted":
                tiles[2].unlink()
        stale = [ref.path for ref in order.request.group if ref not in refs(*present())]
        return Refused(order.ticket, "changed", "another by now", stale[0]) if stale else invert(order)

    def present() -> list[Path]:
        return [tile for tile in tiles if tile.exists()]

    assert project.once(behave).failed == 0
    last = {order.source: order.request.group for order in project.orders}
    assert all(project.is_ready(tile) and last[tile] == refs(*present()) for tile in present())
    assert len(project.orders) <= 2 * len(tiles)
    assert sidecar_path(tiles[0]).exists()
