"""Where the networks run: the device, the memory it may use, and the process's manners beside an editor."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from impasto_engine.errors import DeviceMissingError

if TYPE_CHECKING:  # torch loads only in the worker, and numpy where there are pixels
    import torch

    from impasto_engine.texture import FloatArray

DevicePreference = Literal["auto", "cuda", "mps", "cpu"]

# What is left is for the editor beside, for the result, and for fragmentation.
CUDA_SHARE = 0.8
MEMORY_SHARE = 0.5

# glibc's <malloc.h>
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -2, -3, -8
_TUNED_THRESHOLD, _EXACT_THRESHOLD = 1 << 30, 4 << 20  # bytes


@dataclass(slots=True)
class _Heap:
    """What was asked of glibc in this process: it cannot be asked back."""

    is_tuned: bool = False


_heap = _Heap()


def available_devices() -> tuple[str, ...]:
    """The kinds of device torch can use here, best first; "cpu" is always there."""
    import torch

    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return tuple(name for name, there in found.items() if there)


def choose_device(preference: DevicePreference) -> torch.device:
    """The device asked for; "auto" takes CUDA, else MPS, else the CPU.

    Raises DeviceMissingError for one that is not there, naming those that are.
    """
    import torch

    available = available_devices()
    name = available[0] if preference == "auto" else preference
    if name not in available:
        raise DeviceMissingError(f"device {name!r} is not there; this machine has: {', '.join(available)}")
    return torch.device(name)


def memory_budget(device: torch.device, limit: int | None) -> int:
    """Bytes the engine may use on `device` now; the artist's `limit` wins where it is smaller.

    MPS shares the machine's memory, so it counts as the CPU does.
    """
    import torch

    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        budget = int(free * CUDA_SHARE)
    else:
        import psutil

        budget = int(psutil.virtual_memory().available * MEMORY_SHARE)
    return budget if limit is None else min(budget, limit)


def cap_memory(device: torch.device, limit: int | None) -> None:
    """Let this process take no more than `limit` bytes of a CUDA device: what asks for more runs out of memory."""
    import torch

    if device.type == "cuda" and limit is not None:
        _, total = torch.cuda.mem_get_info(device)
        torch.cuda.set_per_process_memory_fraction(min(1.0, limit / total), device)


@contextmanager
def inference_context(device: torch.device, *, half: bool = True) -> Iterator[None]:
    """No gradients, and fp16 autocast on CUDA; `half` false for networks that overflow in fp16."""
    import torch

    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode())
        if device.type == "cuda":
            stack.enter_context(torch.autocast("cuda", dtype=torch.float16, enabled=half))
        yield


def computes_in_bfloat16(device: torch.device) -> bool:
    """Whether in circuits of its own, as CUDA from Ampere on: what imitates it is slow."""
    import torch

    return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


def encoder_context(device: torch.device, *, bfloat16: bool) -> AbstractContextManager[object]:
    """For an encoder's pass, gradients and all: bfloat16 has float32's range, so that no slope is lost for its
    size. What is float64 stays so.
    """
    import torch

    enabled = bfloat16 and computes_in_bfloat16(device)
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=enabled)


def to_device(array: FloatArray, device: torch.device) -> torch.Tensor:
    """The array as a tensor on `device`; through pinned memory to CUDA, so that the copy overlaps."""
    import torch

    tensor = torch.from_numpy(array)
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch ran out: CUDA and MPS have a class for it, the CPU's allocator only a message."""
    import torch

    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    message = str(error)
    return isinstance(error, RuntimeError) and any(
        words in message for words in ("not enough memory", "DefaultCPUAllocator", "out of memory")
    )


def is_device_lost(error: BaseException) -> bool:
    """Whether a GPU has failed in a way after which it fails whatever else this process asks of it."""
    signs = ("CUDA error", "HIP error", "cuDNN error", "CUBLAS_STATUS_", "CUDNN_STATUS_")
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in signs)


def release_memory(device: torch.device) -> None:
    """Give cached blocks back before what takes blocks of other sizes."""
    import torch

    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
    elif sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def tune_allocator() -> bool:
    """Keep glibc from returning every large tensor to the kernel: page faults dominate eager torch otherwise.

    Call it before the worker's first allocation. False where the C library is another or took only a part.
    """
    mallopt = _mallopt()
    if mallopt is None:
        return False
    settings = (
        (M_MMAP_THRESHOLD, _TUNED_THRESHOLD),
        (M_TRIM_THRESHOLD, 2**31 - 1),
        (M_TOP_PAD, 64 << 20),
        (M_ARENA_MAX, 1),  # other threads' arenas hold 64 MiB at most, and map and unmap what is larger
    )
    taken = [mallopt(parameter, value) == 1 for parameter, value in settings]
    _heap.is_tuned = taken[0]
    return all(taken)


@contextmanager
def exact_blocks() -> Iterator[None]:
    """For what must stay small rather than be quick: large tensors of many sizes leave holes in glibc's heap that
    cost as much again, so each gets pages of its own. As glibc does by itself where its heap is not tuned.
    """
    mallopt = _mallopt()
    if mallopt is None or not _heap.is_tuned:
        yield
        return
    mallopt(M_MMAP_THRESHOLD, _EXACT_THRESHOLD)
    try:
        yield
    finally:
        mallopt(M_MMAP_THRESHOLD, _TUNED_THRESHOLD)


def _mallopt() -> Callable[[int, int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "mallopt", None)


def lower_priority() -> None:
    """Step behind the editor: below normal on Windows, niceness 10 elsewhere."""
    import psutil

    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        process.nice(max(10, process.nice()))
