"""The warm networks: the device they run on, the memory they may take, and each loaded once."""

import torch

from impasto_engine.device import cap_memory, choose_device, memory_budget
from impasto_engine.esrgan import Esrgan, load_esrgan
from impasto_engine.registry import find_stylizer
from impasto_engine.request import EngineOptions
from impasto_engine.stylizer import Stylizer
from impasto_engine.weights import WeightsStore

_MOST_AT_ONCE = 5 << 29  # bytes of the machine's own memory: more makes nothing faster


class NetworkPool:
    """Stylizers and upscalers by name, on the device asked for and, once that has failed, on the CPU."""

    def __init__(self, options: EngineOptions) -> None:
        """Raises RequestError for a device that is not there."""
        self._options = options
        self.cache = options.cache
        self.device = choose_device(options.device)
        cap_memory(self.device, options.memory_limit)
        self._weights = WeightsStore(options.models)
        self._stylizers: dict[tuple[str, torch.device], Stylizer] = {}
        self._upscalers: dict[tuple[str, torch.device], Esrgan] = {}

    def budget(self, device: torch.device) -> int:
        """Bytes that a stage may take at once."""
        budget = memory_budget(device, self._options.memory_limit)
        return budget if device.type == "cuda" else min(budget, _MOST_AT_ONCE)

    def stylizer(self, name: str, device: torch.device) -> Stylizer:
        if (name, device) not in self._stylizers:
            self._stylizers[name, device] = find_stylizer(name).load(self._weights, device)
        return self._stylizers[name, device]

    def upscaler(self, name: str, device: torch.device) -> Esrgan:
        if (name, device) not in self._upscalers:
            self._upscalers[name, device] = load_esrgan(name, self._weights, device)
        return self._upscalers[name, device]
