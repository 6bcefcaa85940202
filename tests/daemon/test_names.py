"""What sources and outputs are called: odd names, names that two would write, names that change."""

import os
from pathlib import Path

from PIL import Image

from fake_project import Project


def test_of_two_sources_with_one_output_the_second_is_refused(project: Project) -> None:
    project.draw("brick.png")
    Image.open(project.textures / "brick.png").save(project.textures / "brick.jpg")
    summary = project.once()
    assert (summary.done, summary.failed) == (1, 1)
    errors = [project.variant(project.textures / name).error for name in ("brick.png", "brick.jpg")]
    (error,) = [error for error in errors if error]
    assert "brick.jpg" in error
    assert "brick.png" in error


def test_a_name_that_is_no_text_is_left_alone_and_told_of(project: Project) -> None:
    good = project.draw("brick.png")
    odd = os.fsencode(project.textures) + b"/\xff\xfe.png"
    with Path(os.fsdecode(odd)).open("wb") as file:
        file.write(good.read_bytes())
    assert project.once().done == 1
    (warning,) = [event for event in project.recorder.events if event.kind == "warning"]
    assert "UTF-8" in warning.message
    assert Path(os.fsdecode(odd)).exists()


def test_names_with_spaces_brackets_and_other_scripts_are_names(project: Project) -> None:
    sources = [
        project.draw(f"{name}.png", seed=i)
        for i, name in enumerate(("a [red] b", "Ziegel ü", "煉瓦", "q'uo\"te"))
    ]
    assert project.once().done == len(sources)
    assert all(project.variant(source).maps[0].file == f"{source.stem}.ink.png" for source in sources)


def test_variants_that_swap_their_names_swap_their_files(project: Project) -> None:
    source = project.draw("brick.png")
    variants = "[{ style: ink, output: '{stem}.a{ext}' }, { style: ink, id: faint, output: '{stem}.b{ext}' }]"
    project.rewrite("[{ style: ink }]", variants)
    assert project.once().done == 2
    project.rewrite(variants, variants.replace(".a{", ".x{").replace(".b{", ".a{").replace(".x{", ".b{"))
    summary = project.once()
    assert (summary.done, summary.failed) == (2, 0)
    files = {variant.id: variant.maps[0].file for variant in project.manifest(source).variants}
    assert files == {"ink": "brick.b.png", "faint": "brick.a.png"}
    assert project.manifest(source).retired == ()


def test_a_variant_that_gets_another_id_keeps_its_file(project: Project) -> None:
    source = project.draw("brick.png")
    project.rewrite("{ style: ink }", "{ style: ink, output: '{stem}.done{ext}' }")
    project.once()
    project.rewrite("{ style: ink,", "{ style: ink, id: night,")
    assert project.once().failed == 0
    assert [made.file for made in project.variant(source).maps] == ["brick.done.png"]
    assert project.manifest(source).retired == ()


def test_the_second_source_gets_the_output_once_the_first_is_gone(project: Project) -> None:
    sources = [project.draw("brick.png"), project.textures / "brick.jpg"]
    Image.open(sources[0]).save(sources[1])
    project.once()
    first, second = sorted(sources, key=lambda source: project.variant(source).error is not None)
    first.unlink()
    project.once()
    project.once()
    assert project.is_ready(second)
    assert project.manifest(first).variants == ()
    assert {"brick.ink.png", second.name} <= project.names()
