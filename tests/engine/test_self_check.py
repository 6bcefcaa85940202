"""The self-check runs every network there is and compares."""

from pathlib import Path

import pytest
import torch

from impasto_engine import self_check
from impasto_engine.errors import RequestError
from impasto_engine.request import EngineOptions, RestyleRequest
from impasto_engine.restyle import Restyler
from impasto_engine.self_check import check_networks
from impasto_engine.texture import FloatArray, Texture
from impasto_engine.upscaler import upscaler_names


def test_every_network_is_run_and_passes_on_the_cpu(tmp_path: Path) -> None:
    checks = list(check_networks(EngineOptions(tmp_path, "cpu", low_priority=False)))
    names = {"magenta, 26 styles", "magenta, style image", *upscaler_names(tmp_path)}
    assert {check.network for check in checks} == names
    assert all(check.passed and check.seconds > 0 and check.peak is None for check in checks)


class _Elsewhere:
    """Stands for a Restyler on another device: computes on the CPU."""

    def __init__(self, options: EngineOptions) -> None:
        self.device = torch.device("mps")
        self.real = Restyler(options)


def test_a_device_that_computes_something_else_does_not_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = self_check._measure

    def wrong_elsewhere(
        restyler: Restyler | _Elsewhere, texture: Texture, request: RestyleRequest
    ) -> tuple[FloatArray, float]:
        if isinstance(restyler, Restyler):
            return measure(restyler, texture, request)
        result, seconds = measure(restyler.real, texture, request)
        return result + 0.1, seconds

    made = iter([_Elsewhere(EngineOptions(tmp_path, "cpu")), Restyler(EngineOptions(tmp_path, "cpu"))])
    monkeypatch.setattr(self_check, "Restyler", lambda options: next(made))
    monkeypatch.setattr(self_check, "_measure", wrong_elsewhere)
    monkeypatch.setattr(self_check, "upscaler_names", lambda models: ())
    checks = list(check_networks(EngineOptions(tmp_path, "cpu", low_priority=False)))
    assert [(check.device, check.passed) for check in checks] == [("mps", False), ("mps", False)]
    assert all(abs(check.difference - 0.1) < 1e-3 for check in checks)


def test_an_absent_device_is_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="'mps' is not there"):
        next(check_networks(EngineOptions(tmp_path, "mps")))
