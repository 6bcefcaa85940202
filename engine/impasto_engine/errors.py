"""Every error the engine raises on purpose.

EngineError
├── TextureError              a picture cannot be used as asked
│   ├── TextureReadError      missing, truncated, not a picture, too large
│   └── TextureWriteError     the folder or the format does not take it
├── WeightsError              a network's weights cannot be used
│   ├── WeightsMissingError   not installed; the message says what to put where
│   ├── WeightsCorruptError   the sha256 is not the registered one
│   └── WeightsRefusedError   pickled code, or an architecture nobody knows
├── RequestError              an unknown stylizer, upscaler or value; the message lists the valid ones
│   └── DeviceMissingError    this machine has no such device, or has lost it
└── OutOfMemoryError          not even the smallest tile fits the device
"""


class EngineError(Exception):
    """Root of the engine's errors; the message names the value, the place and what would be valid."""


class TextureError(EngineError):
    pass


class TextureReadError(TextureError):
    pass


class TextureWriteError(TextureError):
    pass


class WeightsError(EngineError):
    pass


class WeightsMissingError(WeightsError):
    pass


class WeightsCorruptError(WeightsError):
    pass


class WeightsRefusedError(WeightsError):
    pass


class RequestError(EngineError):
    pass


class DeviceMissingError(RequestError):
    pass


class OutOfMemoryError(EngineError):
    pass
