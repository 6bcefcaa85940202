"""The torch-free door into the engine: textures, roles, requests, and what stylizers and upscalers there are.

Names load when first used (SPEC 1), so that a command pays only for what it needs; __init__.pyi lists them.
The other doors load torch: `impasto_engine.restyle`, opened in the worker, and `impasto_engine.self_check`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
