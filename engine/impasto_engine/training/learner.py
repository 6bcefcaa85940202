"""Styles learned one after another, a little at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from impasto_engine.device import is_out_of_memory
from impasto_engine.display import display_of
from impasto_engine.errors import OutOfMemoryError
from impasto_engine.eye import Eye
from impasto_engine.learned_style import LearnedStyle, Network
from impasto_engine.networks.transform_body import StyledBody
from impasto_engine.request import StyleImage
from impasto_engine.rows import of_array
from impasto_engine.texture_io import read_texture
from impasto_engine.training import style_fit
from impasto_engine.training.crops import Open, cut
from impasto_engine.training.style_fit import StyleFit

_SEED = 0
_DONE = object()


@dataclass(frozen=True, slots=True, eq=False)
class Pupil:
    """starts: styles of the network that an image's may be learned from."""

    network: Network
    starts: Callable[[StyleImage], Sequence[StyledBody]]
    eye: Eye


class Learner:
    """done of total: steps over all images."""

    def __init__(
        self,
        device: torch.device,
        make: Callable[[], Pupil],
        images: Sequence[StyleImage],
        textures: Sequence[Open],
        keep: Callable[[StyleImage, LearnedStyle], None],
    ) -> None:
        """make: loads what it takes, once it is begun. keep: takes each style that is learned."""
        self.done = 0
        self.total = style_fit.STEPS * len(images)
        self._device = device
        self._make = make
        self._images = images
        self._textures = textures
        self._keep = keep
        self._work = self._learn()

    def advance(self, seconds: float) -> bool:
        """Goes on for about so long; True once all is learned and kept.

        Raises TextureReadError for a painting that cannot be read, RequestError where no texture can,
        WeightsError, OutOfMemoryError, and what `keep` raises; after that there is no going on.
        """
        until = time.monotonic() + seconds
        is_done = False
        # in a stage's inference mode no gradients flow, and its half precision is too coarse for them
        with (
            torch.inference_mode(False),
            torch.enable_grad(),
            torch.autocast(self._device.type, enabled=False),
        ):
            while not is_done:
                try:
                    is_done = next(self._work, _DONE) is _DONE
                except (RuntimeError, MemoryError) as error:
                    if not is_out_of_memory(error):
                        raise
                    said = (
                        f"{self._device} has no memory to learn a style in: close what else uses it ({error})"
                    )
                    raise OutOfMemoryError(said) from error
                if time.monotonic() >= until:
                    break
        return is_done

    def _learn(self) -> Iterator[None]:
        if not self._images:
            return
        crops = yield from cut(self._textures, torch.Generator().manual_seed(_SEED))
        pupil = self._make()
        for image in self._images:
            yield
            painting = of_array(display_of(read_texture(image.path)).rgb)
            fit = StyleFit(pupil.eye, pupil.starts(image), painting.picture.to(self._device), crops)
            for _ in fit.steps(_SEED):
                self.done = self.done + 1 if fit.losses else self.done
                yield
            self._keep(image, _learned(image, fit, pupil))


def _learned(image: StyleImage, fit: StyleFit, pupil: Pupil) -> LearnedStyle:
    gamma, beta = (one[0].float().cpu().numpy() for one in (fit.styled.gamma, fit.styled.beta))
    return LearnedStyle(
        network=pupil.network,
        gamma=gamma,
        beta=beta,
        encoder=pupil.eye.name,
        image=image.path.name,
        image_sha256=image.sha256,
        steps=len(fit.losses),
    )
