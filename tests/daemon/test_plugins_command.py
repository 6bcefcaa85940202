"""`impasto plugins`: companions go where their editors look, and nothing of the user's is lost by it."""

import json
import sys
import zipfile
from pathlib import Path

import pytest

from impasto_daemon import cli
from impasto_daemon.commands.companions import CompanionName, find_companion, plugins_folder
from impasto_daemon.commands.plugin_install import install_companion
from impasto_daemon.commands.plugin_pack import pack_companions
from impasto_daemon.commands.plugin_record import RECORD_NAME
from impasto_daemon.errors import InstallError

FILES = {
    "python/impasto_sidecars/__init__.py": "core",
    "python/impasto_sidecars/__pycache__/gate.cpython-311.pyc": "compiled",
    "blender/impasto/blender_manifest.toml": 'schema_version = "1.0.0"\nid = "impasto"\n',
    "blender/impasto/__init__.py": "bpy",
    "godot/addons/impasto/plugin.cfg": "[plugin]\n",
    "godot/addons/impasto/editor/dock.gd": "@tool\n",
    "unity/package.json": '{"name": "dev.impasto.companion"}',
    "unity/package.json.meta": "guid: 1\n",
    "unity/Editor/Window.cs": "class Window {}\n",
    "unreal/Impasto/Impasto.uplugin": "{}",
    "unreal/Impasto/Content/Python/init_unreal.py": "import unreal\n",
}
PLACES = {
    "blender": ("extensions/user_default/impasto", "impasto_sidecars/__init__.py"),
    "godot": ("addons/impasto", "editor/dock.gd"),
    "unity": ("Packages/dev.impasto.companion", "Editor/Window.cs"),
    "unreal": ("Plugins/Impasto", "Content/Python/impasto_sidecars/__init__.py"),
}


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "plugins" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "plugins"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder that is a project of every editor."""
    folder = tmp_path / "game"
    for name in ("Assets", "ProjectSettings", "config"):
        (folder / name).mkdir(parents=True)
    (folder / "Game.uproject").write_text("{}")
    (folder / "project.godot").write_text('config_version=5\n\n[application]\n\nconfig/name="Game"\n')
    return folder


def install(name: CompanionName, project: Path | None, plugins: Path) -> str:
    return "\n".join(install_companion(name, project, plugins))


def names_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def impasto(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    before = sys.argv
    sys.argv = ["impasto", "plugins", *map(str, arguments)]
    try:
        with pytest.raises(SystemExit) as exit_info:
            cli.main()
    finally:
        sys.argv = before
    captured = capsys.readouterr()
    assert isinstance(exit_info.value.code, int)
    return exit_info.value.code, captured.out + captured.err


@pytest.mark.parametrize("name", tuple(CompanionName))
def test_each_goes_where_its_editor_looks_and_says_what_to_do_next(
    name: CompanionName, plugins: Path, project: Path
) -> None:
    told = install(name, project, plugins)
    place, file = PLACES[name]
    assert (project / place / file).is_file()
    assert str(project / place) in told
    assert "next: " in told
    assert not [path for path in project.rglob("*") if path.suffix in (".pyc", ".tmp")]


@pytest.mark.parametrize("name", tuple(CompanionName))
def test_what_is_not_such_a_project_is_refused_and_stays_as_it_is(
    name: CompanionName, plugins: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(FileNotFoundError, match="other"):
        install(name, tmp_path / "other", plugins)
    assert names_below(tmp_path / "other") == set()


def test_a_second_run_writes_nothing(plugins: Path, project: Path) -> None:
    install(CompanionName.UNREAL, project, plugins)
    assert "0 files written, 3 were the same" in install(CompanionName.UNREAL, project, plugins)


def test_an_upgrade_removes_what_the_older_version_had_but_nothing_of_the_users(
    plugins: Path, project: Path
) -> None:
    install(CompanionName.GODOT, project, plugins)
    addon = project / "addons" / "impasto"
    (addon / "mine.gd").write_text("mine")
    (addon / "editor" / "dock.gd.uid").write_text("uid://made-by-godot")
    (plugins / "godot/addons/impasto/editor/dock.gd").unlink()
    (plugins / "godot/addons/impasto/panel.gd").write_text("new")
    (plugins / "godot/addons/impasto/plugin.cfg").write_text("[plugin]\nversion=2\n")
    assert "1 of the older version removed" in install(CompanionName.GODOT, project, plugins)
    assert names_below(addon) == {"plugin.cfg", "panel.gd", "mine.gd", "editor/dock.gd.uid", RECORD_NAME}
    assert (addon / "plugin.cfg").read_text() == "[plugin]\nversion=2\n"


def test_an_edited_file_stops_an_upgrade_before_anything_is_changed(plugins: Path, project: Path) -> None:
    install(CompanionName.UNITY, project, plugins)
    window = project / "Packages/dev.impasto.companion/Editor/Window.cs"
    window.write_text("class Window { int mine; }\n")
    (plugins / "unity/package.json").write_text('{"name": "dev.impasto.companion", "version": "2"}')
    with pytest.raises(InstallError, match=r"Editor/Window\.cs: edited"):
        install(CompanionName.UNITY, project, plugins)
    assert "mine" in window.read_text()
    assert "version" not in (project / "Packages/dev.impasto.companion/package.json").read_text()


def test_an_edited_file_that_an_upgrade_no_longer_has_stays(plugins: Path, project: Path) -> None:
    install(CompanionName.UNITY, project, plugins)
    window = project / "Packages/dev.impasto.companion/Editor/Window.cs"
    window.write_text("mine")
    (plugins / "unity/Editor/Window.cs").unlink()
    assert "Editor/Window.cs: no longer part of it, but edited" in install(
        CompanionName.UNITY, project, plugins
    )
    assert window.read_text() == "mine"


def test_files_that_the_editor_rewrites_do_not_stop_an_upgrade(plugins: Path, project: Path) -> None:
    install(CompanionName.UNITY, project, plugins)
    meta = project / "Packages/dev.impasto.companion/package.json.meta"
    meta.write_text("guid: 1\ntimeCreated: 7\n")
    (plugins / "unity/Editor/Window.cs").write_text("class Window { int newer; }\n")
    told = install(CompanionName.UNITY, project, plugins)
    assert "1 files written" in told
    assert "edited" not in told
    assert "timeCreated" in meta.read_text()


def test_line_ends_that_a_checkout_rewrote_are_no_edit(plugins: Path, project: Path) -> None:
    install(CompanionName.UNREAL, project, plugins)
    start = project / "Plugins/Impasto/Content/Python/init_unreal.py"
    start.write_bytes(b"import unreal\r\n")
    (plugins / "unreal/Impasto/Content/Python/init_unreal.py").write_text("import unreal  # newer\n")
    install(CompanionName.UNREAL, project, plugins)
    assert start.read_text() == "import unreal  # newer\n"


def test_a_run_that_was_cut_off_is_taken_up_again(
    plugins: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(CompanionName.UNREAL, project, plugins)
    for file in ("Impasto.uplugin", "Content/Python/init_unreal.py"):
        (plugins / "unreal/Impasto" / file).write_text("newer")

    def full(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr("impasto_daemon.commands.plugin_install.record_of", full)
        with pytest.raises(OSError, match="no space"):
            install(CompanionName.UNREAL, project, plugins)
    install(CompanionName.UNREAL, project, plugins)
    assert (project / "Plugins/Impasto/Impasto.uplugin").read_text() == "newer"


def test_a_link_out_of_the_project_is_not_followed(plugins: Path, project: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (project / "Plugins").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InstallError, match="leads out of the project"):
        install(CompanionName.UNREAL, project, plugins)
    assert names_below(tmp_path / "elsewhere") == set()


def test_a_record_that_names_files_elsewhere_deletes_nothing(plugins: Path, project: Path) -> None:
    install(CompanionName.UNREAL, project, plugins)
    record = {"files": [{"file": "../../Game.uproject", "sha256": "0"}]}
    (project / "Plugins/Impasto" / RECORD_NAME).write_text(json.dumps(record))
    with pytest.raises(InstallError, match="outside its folder"):
        install(CompanionName.UNREAL, project, plugins)
    assert (project / "Game.uproject").is_file()


ENABLED = 'enabled=PackedStringArray("res://addons/impasto/plugin.cfg")'
OTHER = 'enabled=PackedStringArray("res://addons/other/plugin.cfg"'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("config_version=5\n", f"config_version=5\n\n[editor_plugins]\n\n{ENABLED}\n"),
        (f"[a]\r\n\r\nb=1\r\n\r\n[editor_plugins]\r\n\r\n{OTHER})\r\n\r\n[c]\r\n\r\nd=2\r\n", None),
        (
            f"[editor_plugins]\n\n{OTHER})\n",
            f'[editor_plugins]\n\n{OTHER}, "res://addons/impasto/plugin.cfg")\n',
        ),
        ("[editor_plugins]\n\nenabled=PackedStringArray()\n", f"[editor_plugins]\n\n{ENABLED}\n"),
        (f"[editor_plugins]\n\n{ENABLED}\n", f"[editor_plugins]\n\n{ENABLED}\n"),
        ("[editor_plugins]\n\n[z]\n\nd=2\n", f"[editor_plugins]\n\n{ENABLED}\n\n[z]\n\nd=2\n"),
    ],
)
def test_godots_list_of_plugins_gains_one_line_and_nothing_else_changes(
    before: str, after: str | None, plugins: Path, project: Path
) -> None:
    path = project / "project.godot"
    path.write_bytes(before.encode())
    install(CompanionName.GODOT, project, plugins)
    if after is None:
        after = before.replace('plugin.cfg")', 'plugin.cfg", "res://addons/impasto/plugin.cfg")')
    assert path.read_bytes().decode() == after
    install(CompanionName.GODOT, project, plugins)
    assert path.read_bytes().decode() == after


def test_a_list_of_plugins_that_is_not_understood_is_left_alone(plugins: Path, project: Path) -> None:
    text = '[editor_plugins]\n\nenabled=PackedStringArray(\n"res://addons/a(b)/plugin.cfg"\n)\n'
    (project / "project.godot").write_text(text)
    assert "tick impasto in Project Settings > Plugins" in install(CompanionName.GODOT, project, plugins)
    assert (project / "project.godot").read_text() == text


def test_without_a_project_the_newest_blender_that_ran_here_gets_the_extension(
    plugins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("BLENDER_USER_RESOURCES", raising=False)
    for version in ("3.6", "4.2", "4.10", "4.5"):
        (tmp_path / "blender" / version).mkdir(parents=True)
    install(CompanionName.BLENDER, None, plugins)
    assert (tmp_path / "blender/4.10/extensions/user_default/impasto/__init__.py").is_file()


def test_where_no_blender_ran_a_zip_is_made_and_it_says_to_drag_it(
    plugins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("BLENDER_USER_RESOURCES", raising=False)
    monkeypatch.chdir(tmp_path)
    assert "drag it onto Blender" in install(CompanionName.BLENDER, None, plugins)
    assert len(list(tmp_path.glob("impasto-blender-*.zip"))) == 1


def test_pack_makes_the_same_bytes_again_whenever_the_files_were_written(
    plugins: Path, tmp_path: Path
) -> None:
    pack_companions(tuple(CompanionName), plugins, tmp_path / "a")
    for path in plugins.rglob("*"):
        path.touch()
    pack_companions(tuple(CompanionName), plugins, tmp_path / "b")
    first, second = (sorted((tmp_path / name).iterdir()) for name in "ab")
    assert len(first) == 4
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


TOPS = {"blender": "", "godot": "addons/impasto/", "unity": "dev.impasto.companion/", "unreal": "Impasto/"}


@pytest.mark.parametrize("name", tuple(CompanionName))
def test_a_zip_unpacked_by_hand_is_upgraded_by_install(
    name: CompanionName, plugins: Path, project: Path, tmp_path: Path
) -> None:
    pack_companions((name,), plugins, tmp_path)
    place, file = PLACES[name]
    folder = project / place
    with zipfile.ZipFile(next(tmp_path.glob("*.zip"))) as archive:
        assert TOPS[name] + file in archive.namelist()
        for member in archive.namelist():
            target = folder / member.removeprefix(TOPS[name])
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(member))
    changed = dict(find_companion(name, plugins).files)
    next(path for inner, path in changed.items() if str(inner) == file).write_text("newer")
    assert "1 files written" in install(name, project, plugins)


@pytest.mark.parametrize("name", [one for one in CompanionName if (plugins_folder() / one).is_dir()])
def test_each_companion_that_lies_here_has_its_core_and_no_debris(name: CompanionName) -> None:
    inside = {str(inner) for inner, _ in find_companion(name, plugins_folder()).files}
    has_core = any(inner.endswith("impasto_sidecars/gate.py") for inner in inside)
    assert has_core == (name in (CompanionName.BLENDER, CompanionName.UNREAL))
    assert not [inner for inner in inside if "__pycache__" in inner or inner.endswith((".pyc", ".tmp"))]


def test_a_companion_that_is_missing_stops_pack_before_it_writes(plugins: Path, tmp_path: Path) -> None:
    (plugins / "unity" / "package.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"no package\.json"):
        pack_companions(tuple(CompanionName), plugins, tmp_path / "zips")
    assert not (tmp_path / "zips").exists()


def test_exit_codes_tell_what_was_wrong(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    assert impasto(capsys, "install", "maya", "--project", project)[0] == 64
    code, said = impasto(capsys, "install", "unreal")
    assert code == 64
    assert "--project" in said
    code, said = impasto(capsys, "install", "unreal", "--project", project / "Assets")
    assert code == 66
    assert ".uproject" in said
    assert impasto(capsys, "install", "unreal", "--project", project)[0] == 0
    (project / "Plugins/Impasto/Impasto.uplugin").write_text("mine")
    code, said = impasto(capsys, "install", "unreal", "--project", project)
    assert code == 73
    assert "nothing was changed" in said
