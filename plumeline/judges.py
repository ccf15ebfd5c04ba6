"""Who judges, where things are, and by which rules: the configured ones."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.placing import Placer
from alerts.watch import Rules
from detect.detection import Detector
from plumeline.config import Config
from plumeline.engines import make_detector


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """Who judges, and by which rules."""

    detector: Detector
    placer: Placer
    rules: Rules

    @classmethod
    def of(cls, config: Config) -> Judges:
        """The configured ones.

        Raises:
            ConfigError, BadPremises, DetectError: one of them cannot be had.
        """
        return cls(
            detector=make_detector(config.detector),
            placer=make_placer(config),
            rules=config.rules,
        )


def make_placer(config: Config) -> Placer:
    """Everything the station has set about its ground, premises and devices.

    Raises:
        ConfigError, BadPremises: the register, the elevation model or the geoid cannot be read.
    """
    return Placer(
        terrains=config.ground.flats(),
        relief=config.relief(),
        premises=config.premises(),
        equipment=config.equipment(),
        hidden_m=config.ground.hidden_m,
        no_image=config.no_image(),
    )
