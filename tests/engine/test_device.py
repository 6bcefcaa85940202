"""Device choice and memory budget, with torch's answers about the machine replaced."""

import sys

import numpy as np
import psutil
import pytest
import torch

from impasto_engine import device as device_module
from impasto_engine.device import (
    cap_memory,
    choose_device,
    exact_blocks,
    inference_context,
    is_device_lost,
    is_out_of_memory,
    lower_priority,
    memory_budget,
    to_device,
    tune_allocator,
)
from impasto_engine.errors import RequestError

CPU = torch.device("cpu")


def have(monkeypatch: pytest.MonkeyPatch, *, cuda: bool, mps: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("cuda", "mps", "chosen"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_auto_takes_the_fastest_device_there_is(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, chosen: str
) -> None:
    have(monkeypatch, cuda=cuda, mps=mps)
    assert choose_device("auto").type == chosen


def test_an_absent_device_is_refused_with_those_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, cuda=False, mps=True)
    with pytest.raises(RequestError, match="'cuda' is not there; this machine has: mps, cpu"):
        choose_device("cuda")
    assert choose_device("cpu") == CPU


def test_cuda_budget_leaves_a_part_of_the_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (10_000, 80_000))
    assert memory_budget(torch.device("cuda"), None) == 8_000


def test_the_artists_cap_wins_only_where_it_is_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (10_000, 80_000))
    assert memory_budget(torch.device("cuda"), 500) == 500
    assert memory_budget(torch.device("cuda"), 9_000) == 8_000
    assert 0 < memory_budget(CPU, None) < psutil.virtual_memory().total
    assert memory_budget(CPU, 1000) == 1000


def test_inference_records_no_gradients_and_leaves_the_cpu_in_float32() -> None:
    weight = torch.ones(2, 2, requires_grad=True)
    with inference_context(CPU):
        result = weight @ weight
        assert torch.is_inference_mode_enabled()
        assert not torch.is_autocast_enabled("cuda")
    assert result.dtype is torch.float32
    assert not result.requires_grad


def test_to_device_keeps_the_values() -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert np.array_equal(to_device(array, CPU).numpy(), array)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), True),
        (RuntimeError("not enough memory: you tried to allocate 9 bytes"), True),
        (RuntimeError("MPS backend out of memory"), True),
        (MemoryError(), True),
        (RuntimeError("sizes do not match"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_out_of_memory_is_told_from_other_failures(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RuntimeError("CUDA error: device-side assert triggered\nCUDA kernel errors might be"), True),
        (RuntimeError("CUDA error: an illegal memory access was encountered"), True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`"), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), False),
        (RuntimeError("sizes do not match"), False),
        (ValueError("CUDA error"), False),
    ],
)
def test_a_lost_device_is_told_from_other_failures(error: Exception, expected: bool) -> None:
    assert is_device_lost(error) is expected


class Glibc:
    """glibc with a heap that nobody has tuned; thresholds: what was asked for, in order."""

    def __init__(self) -> None:
        self.thresholds: list[int] = []

    def mallopt(self, parameter: int, value: int) -> int:
        if parameter == device_module.M_MMAP_THRESHOLD:
            self.thresholds.append(value)
        return 1


def fresh_heap(monkeypatch: pytest.MonkeyPatch) -> Glibc:
    libc = Glibc()
    monkeypatch.setattr(device_module, "_heap", device_module._Heap())
    monkeypatch.setattr(device_module.ctypes, "CDLL", lambda name: libc)
    return libc


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt is glibc's")
def test_tuning_sets_every_threshold_and_says_when_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = {}
    monkeypatch.setattr(device_module, "_heap", device_module._Heap())

    class Libc:
        def mallopt(self, parameter: int, value: int) -> int:
            calls[parameter] = value
            return 0 if parameter == device_module.M_TRIM_THRESHOLD else 1

    monkeypatch.setattr(device_module.ctypes, "CDLL", lambda name: Libc())
    assert tune_allocator() is False
    assert calls == {-3: 1 << 30, -1: 2**31 - 1, -2: 64 << 20, -8: 1}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt is glibc's")
def test_blocks_are_exact_for_a_while_even_if_the_work_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    libc = fresh_heap(monkeypatch)
    tune_allocator()
    libc.thresholds.clear()
    with pytest.raises(ValueError, match="no"), exact_blocks():
        raise ValueError("no")
    assert libc.thresholds == [4 << 20, 1 << 30]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt is glibc's")
def test_a_heap_that_nobody_tuned_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    libc = fresh_heap(monkeypatch)
    with exact_blocks():
        pass
    assert libc.thresholds == []


def test_tuning_is_left_out_where_the_c_library_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_module.ctypes, "CDLL", lambda name: object())
    assert tune_allocator() is False
    with exact_blocks():
        pass
    monkeypatch.setattr(device_module.sys, "platform", "darwin")
    assert tune_allocator() is False


def test_the_machine_s_own_memory_goes_back_where_the_c_library_can_give_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trimmed = []

    class Libc:
        def malloc_trim(self, pad: int) -> int:
            trimmed.append(pad)
            return 1

    monkeypatch.setattr(device_module.sys, "platform", "linux")
    monkeypatch.setattr(device_module.ctypes, "CDLL", lambda name: Libc())
    device_module.release_memory(torch.device("cpu"))
    assert trimmed == [0]
    monkeypatch.setattr(device_module.ctypes, "CDLL", lambda name: object())
    device_module.release_memory(torch.device("cpu"))
    monkeypatch.setattr(device_module.sys, "platform", "darwin")
    device_module.release_memory(torch.device("cpu"))
    assert trimmed == [0]


def test_priority_steps_down_once_and_never_up(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    class Process:
        def nice(self, value: int | None = None) -> int:
            if value is not None:
                given.append(value)
            return 15

    monkeypatch.setattr("psutil.Process", Process)
    monkeypatch.setattr(device_module.sys, "platform", "linux")
    lower_priority()
    assert given == [15]


def test_the_artist_s_cap_is_set_on_cuda_and_on_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (6 * 2**30, 8 * 2**30))
    monkeypatch.setattr(
        torch.cuda, "set_per_process_memory_fraction", lambda fraction, device: given.append(fraction)
    )
    cuda = torch.device("cuda")
    cap_memory(cuda, 2 * 2**30)
    cap_memory(cuda, 16 * 2**30)
    cap_memory(cuda, None)
    cap_memory(CPU, 2 * 2**30)
    assert given == [0.25, 1.0]
