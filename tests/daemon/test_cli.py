"""The command line as a person or a script meets it: exit codes, messages, and what never loads torch."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from fake_clock import FakeClock
from fake_project import Project
from impasto_daemon import cli
from impasto_daemon.config import load_config, validate_config
from impasto_daemon.exit_codes import code_of_failures
from impasto_daemon.lease import Lease
from impasto_daemon.lock import FolderLocks, hold_lock

REPO = Path(__file__).parents[2]


def impasto(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run a command in this process: exit code, standard output, standard error."""
    before = sys.argv
    sys.argv = ["impasto", *map(str, arguments)]
    try:
        with pytest.raises(SystemExit) as exit_info:
            cli.main()
    finally:
        sys.argv = before
    captured = capsys.readouterr()
    assert isinstance(exit_info.value.code, int)
    return exit_info.value.code, captured.out, captured.err


USAGE = (["nonsense"], ["once", "--nonsense"], ["apply"], ["apply", "x", "--scale", "big"])


@pytest.mark.parametrize("arguments", USAGE)
def test_usage_errors_exit_with_64(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert impasto(capsys, *arguments)[0] == 64


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = impasto(capsys, "--help")
    assert code == 0
    names = "init watch once apply learn validate explain status retry pause resume clean doctor schema styles demo"
    for name in (*names.split(), "weights", "plugins", "service"):
        assert name in out


def test_a_missing_config_exits_with_78_and_says_what_to_do(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, err = impasto(capsys, "once", "--config", tmp_path / "none.yaml")
    assert code == 78
    assert "none.yaml" in err
    assert "impasto init" in err


def test_a_broken_config_exits_with_78_and_names_the_line(
    capsys: pytest.CaptureFixture[str], project: Project
) -> None:
    project.config.write_text(project.config.read_text().replace("style: ink", "style: inc"))
    code, _, err = impasto(capsys, "validate", "--config", project.config)
    assert code == 78
    assert "config.yaml:8: rules[0].variants[0].style: unknown style 'inc'; did you mean 'ink'?" in err


def test_a_second_daemon_exits_with_75(capsys: pytest.CaptureFixture[str], project: Project) -> None:
    lock = hold_lock(project.config)
    try:
        for command in ("once", "clean"):
            code, _, err = impasto(capsys, command, "--config", project.config)
            assert code == 75
            assert "another impasto is running" in err
    finally:
        lock.release()


def test_a_daemon_of_another_config_with_the_same_folder_exits_with_75(
    capsys: pytest.CaptureFixture[str], project: Project
) -> None:
    project.draw("brick.png")
    locks = FolderLocks(project.folder / "other.yaml")
    locks.take(project.textures)
    for command in ("once", "watch", "clean"):
        code, _, err = impasto(capsys, command, "--config", project.config)
        assert code == 75
        who = f"pid {os.getpid()}, config {project.folder / 'other.yaml'}"
        assert err.strip() == f"{project.textures}: another impasto watches {project.textures} ({who})"
    assert project.names() == {"brick.png"}
    locks.release(project.textures)


def test_a_missing_input_exits_with_66(capsys: pytest.CaptureFixture[str], project: Project) -> None:
    code, _, err = impasto(capsys, "apply", project.folder / "none.png", "--style", "3")
    assert code == 66
    assert "none.png: no such file" in err
    code, _, err = impasto(capsys, "explain", project.folder / "none.png", "--config", project.config)
    assert code == 66
    picture = project.draw("a.png")
    code, _, err = impasto(capsys, "apply", picture, "--style", project.folder / "none.jpg")
    assert code == 66
    assert "a built-in style is a number from 0 to 25" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to do: give --style, --scale or both"),
        (
            ["--style", "3", "--stylizer", "learned"],
            "--style 3: not for learned, which takes images or model",
        ),
        (["--style", "3", "--stylizer", "magneta"], "unknown stylizer 'magneta'; there are: gatys, learned,"),
        (["--style", "26"], "no builtin 26, they are 0 to 25"),
        (["--style", "3", "--strength", "2"], "--strength 2.0 is not between 0 and 1"),
        (["--scale", "9"], "scale 9.0 is not between 1 and 8"),
        (["--scale", "2", "--model", "waifu"], "realesr-animevideov3"),
    ],
)
def test_apply_refuses_what_cannot_be(
    capsys: pytest.CaptureFixture[str], project: Project, arguments: list[str], message: str
) -> None:
    code, _, err = impasto(capsys, "apply", project.draw("a.png"), *arguments)
    assert code == 64
    assert message in err
    assert project.names() == {"a.png"}


def test_apply_restyles_one_file_without_a_config(
    capsys: pytest.CaptureFixture[str], project: Project
) -> None:
    source = project.draw("brick.png", size=(20, 16))
    code, out, _ = impasto(capsys, "apply", source, "--style", "3", "--scale", "2", "--device", "cpu")
    assert code == 0
    with Image.open(source.with_name("brick.builtin3.png")) as result:
        assert result.size == (40, 32)
    assert "40x32" in out
    assert project.names() == {"brick.png", "brick.builtin3.png"}


def test_init_writes_a_config_that_is_valid_and_never_overwrites_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, state: Path
) -> None:
    del state
    folder = tmp_path / "new"
    assert impasto(capsys, "init", folder)[0] == 0
    assert validate_config(folder / "config.yaml").rules == 8
    assert (
        (folder / "config.yaml")
        .read_text()
        .startswith("# yaml-language-server: $schema=./impasto.schema.json")
    )
    assert json.loads((folder / "impasto.schema.json").read_text())["$schema"].endswith("2020-12/schema")
    (folder / "config.yaml").write_text("mine")
    code, _, err = impasto(capsys, "init", folder)
    assert code == 78
    assert "is not overwritten" in err
    assert (folder / "config.yaml").read_text() == "mine"


def test_explain_says_what_once_does(capsys: pytest.CaptureFixture[str], project: Project) -> None:
    source = project.draw("ui/brick_albedo.png")
    ignored = project.draw("ui/.hidden.png")
    code, out, _ = impasto(capsys, "explain", source, ignored, project.config, "--config", project.config)
    assert code == 0
    assert "role     base_color: name ends in 'albedo'" in out
    assert "rule     colour" in out
    assert "variant  ink -> brick_albedo.ink.png" in out
    assert f"{ignored}\n  ignored" in out
    assert "not in a watch folder" in out
    project.once()
    assert project.variant(source).maps[0].file == "brick_albedo.ink.png"
    _, out, _ = impasto(
        capsys, "explain", source.with_name("brick_albedo.ink.png"), "--config", project.config
    )
    assert "an output of impasto" in out


def test_status_is_read_by_people_and_scripts(capsys: pytest.CaptureFixture[str], project: Project) -> None:
    project.draw("a.png")
    (project.textures / "bad.png").write_text("no picture")
    project.once()
    code, out, _ = impasto(capsys, "status", "--config", project.config)
    assert code == 0
    assert "daemon not running, 2 sources seen" in out
    assert "1 done, 1 failed" in out
    _, out, _ = impasto(capsys, "status", "--json", "--config", project.config)
    document = json.loads(out)
    assert document["jobs"] == {"done": 1, "failed": 1}
    (trouble,) = document["troubles"]
    assert trouble["source"].endswith("bad.png")
    assert "bad.png" in trouble["error"]


def test_clean_takes_back_everything_but_what_was_edited(
    capsys: pytest.CaptureFixture[str], project: Project
) -> None:
    project.draw("a.png", seed=1)
    project.draw("b.png", seed=2)
    project.once()
    Image.new("RGB", (4, 4)).save(project.textures / "b.ink.png")
    before = project.names()
    code, out, _ = impasto(capsys, "clean", "--dry-run", "--config", project.config)
    assert code == 0
    assert "would delete" in out
    assert project.names() == before
    code, out, _ = impasto(capsys, "clean", "--config", project.config)
    assert code == 0
    assert "b.ink.png: edited by hand" in out
    assert project.names() == {"a.png", "b.png", "b.ink.png", "b.png.impasto"}


def test_commands_for_a_daemon_that_does_not_run_wait_for_the_next(
    capsys: pytest.CaptureFixture[str], project: Project
) -> None:
    code, out, _ = impasto(capsys, "pause", "--config", project.config)
    assert code == 0
    assert "no daemon is running" in out
    project.draw("a.png")
    assert project.once().done == 0
    impasto(capsys, "resume", "--config", project.config)
    assert project.once().done == 1


def test_schemas_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert "watch" in json.loads(impasto(capsys, "schema")[1])["properties"]
    assert "variants" in json.loads(impasto(capsys, "schema", "--manifest")[1])["properties"]


def test_weights_are_listed_verified_and_refused_by_name(
    capsys: pytest.CaptureFixture[str], project: Project
) -> None:
    code, out, _ = impasto(capsys, "weights", "verify", "--config", project.config)
    assert code == 0
    assert out.count(": right") >= 9
    code, out, _ = impasto(capsys, "weights", "list", "--config", project.config)
    assert code == 0
    code, _, err = impasto(capsys, "weights", "fetch", "nothing.bin", "--config", project.config)
    assert code == 64
    assert "arbitrary_predict.onnx" in err
    code, _, err = impasto(capsys, "weights", "import", project.draw("a.png"), "--config", project.config)
    assert code == 69
    assert "none of the known weights" in err


def test_doctor_tells_whose_turn_it_is_on_a_share(
    capsys: pytest.CaptureFixture[str], project: Project
) -> None:
    project.rewrite("- folder: textures", "- { folder: textures, polling: always }")
    lease = Lease(project.textures, Path("/easel/config.yaml"), FakeClock())
    told = []
    for change in (lambda: None, lease.look, lease.release):
        change()
        _, out, _ = impasto(capsys, "doctor", "--config", project.config)
        (line,) = [line for line in out.splitlines() if "shared with other machines" in line]
        told.append(line.rpartition("machines: ")[2])
    nobody = "nobody has its lease"
    host = f"host {socket.gethostname()}, pid {os.getpid()}, config /easel/config.yaml"
    assert told == [nobody, f"its lease is with {host}, if that one lives", nobody]


def test_doctor_finds_this_machine_fit_and_a_missing_folder_not(
    capsys: pytest.CaptureFixture[str], project: Project
) -> None:
    code, out, _ = impasto(capsys, "doctor", "--config", project.config)
    assert code == 0, out
    assert "file system" in out
    assert "cpu" in out
    assert "for microast, which no rule uses" in out
    project.config.write_text(project.config.read_text().replace("folder: textures", "folder: nowhere"))
    code, out, _ = impasto(capsys, "doctor", "--config", project.config)
    assert code == 65
    assert "nowhere" in out


@pytest.mark.parametrize("command", [["--help"], ["validate"], ["status"], ["explain", "textures/a.png"]])
def test_quick_commands_load_no_torch(project: Project, command: list[str]) -> None:
    project.draw("a.png")
    code = (
        "import sys; from impasto_daemon import cli; sys.argv = ['impasto', *sys.argv[1:]]\n"
        "try:\n    cli.main()\nexcept SystemExit as end:\n"
        "    assert not end.code, end.code\n    heavy = {'torch', 'spandrel', 'onnx'} & set(sys.modules)\n"
        "    sys.exit(str(heavy) if heavy else 0)"
    )
    roots = os.pathsep.join(str(REPO / root) for root in ("daemon", "engine"))
    done = subprocess.run(
        [sys.executable, "-c", code, *command], cwd=project.folder, env=os.environ | {"PYTHONPATH": roots},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_example_config_reads(project: Project) -> None:
    """config.yaml at the top of the project is what `init` writes."""
    (project.folder / "config.yaml").write_text((REPO / "config.yaml").read_text())
    assert [rule.name for rule in load_config(project.config).rules][-1] == "everything else"


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        (set(), 0),
        ({"input"}, 65),
        ({"fault"}, 65),
        ({"input", "write"}, 73),
        ({"input", "write", "weights"}, 69),
        ({"config", "input"}, 78),
    ],
)
def test_the_exit_code_tells_of_what_can_be_mended_first(kinds: set[str], code: int) -> None:
    assert code_of_failures(frozenset(kinds)) == code


def test_learn_exits_with_a_code_that_tells(capsys: pytest.CaptureFixture[str], project: Project) -> None:
    code, _, err = impasto(capsys, "learn", "nigth", "--config", project.config)
    assert code == 66
    assert "nigth: no such picture, and no style of the config: ink" in err
    code, _, err = impasto(capsys, "learn", "ink", "--config", project.config)
    assert code == 64
    assert "no picture to learn from" in err
    output = project.folder / "none" / "night.safetensors"
    picture = project.draw("night.png")
    code, _, err = impasto(capsys, "learn", picture, "--output", output, "--config", project.config)
    assert code == 73
