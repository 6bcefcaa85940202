"""Sources wait for those they lean on, by a clock of the test's own."""

from pathlib import Path

from impasto_daemon.gathering import Gathering
from impasto_daemon.neighbours import Tie
from impasto_daemon.survey import SourceContent, Survey

FOLDER = Path("/w")
NUMBER, MATERIAL = Tie("number", FOLDER, "walk_/.png"), Tie("material", FOLDER, "brick")
TILES = [FOLDER / f"walk_{i}.png" for i in range(3)]


def found(path: Path) -> Survey:
    return Survey(path, (1, 2), "hash", SourceContent())


def test_what_leans_on_nothing_waits_for_nothing() -> None:
    gathering = Gathering()
    gathering.wait(found(TILES[0]), frozenset())
    assert TILES[0] in gathering
    assert gathering.complete(0.0) == [found(TILES[0])]
    assert gathering.complete(0.0) == []
    assert len(gathering) == 0


def test_a_group_is_complete_when_all_have_arrived_and_it_was_quiet_for_two_seconds() -> None:
    gathering = Gathering()
    for now, path in enumerate(TILES):
        gathering.expect(path, (NUMBER,))
        gathering.stir((NUMBER,), now)
    for path in TILES[:2]:
        gathering.arrived(path)
        gathering.wait(found(path), frozenset({NUMBER}))
    assert gathering.complete(100.0) == []
    gathering.arrived(TILES[2])
    gathering.wait(found(TILES[2]), frozenset({NUMBER}))
    gathering.stir((NUMBER,), 100.0)
    assert gathering.complete(101.9) == []
    assert gathering.complete(102.0) == [found(path) for path in TILES]


def test_a_map_waits_for_its_material_only_while_that_is_on_its_way() -> None:
    gathering = Gathering()
    base, normal = FOLDER / "brick_albedo.png", FOLDER / "brick_normal.png"
    for path in (base, normal):
        gathering.expect(path, (MATERIAL,))
        gathering.stir((MATERIAL,), 0.0)
    gathering.arrived(normal)
    gathering.wait(found(normal), frozenset({MATERIAL}))
    assert gathering.complete(0.1) == []
    gathering.arrived(base)
    assert gathering.complete(0.1) == [found(normal)]


def test_a_file_announced_twice_arrives_once() -> None:
    gathering = Gathering()
    gathering.expect(TILES[0], (NUMBER,))
    gathering.expect(TILES[0], (NUMBER,))
    assert not gathering.is_at_rest((NUMBER,), 0.0)
    gathering.arrived(TILES[0])
    gathering.arrived(TILES[0])
    assert gathering.is_at_rest((NUMBER,), 0.0)


def test_what_is_gone_is_waited_for_no_longer() -> None:
    gathering = Gathering()
    gathering.wait(found(TILES[0]), frozenset({NUMBER}))
    gathering.drop(TILES[0])
    gathering.drop(TILES[0])
    assert gathering.complete(0.0) == []
