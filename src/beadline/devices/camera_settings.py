"""Changing several camera settings at once."""

from collections.abc import Awaitable, Callable
from typing import Any

from ophyd_async.core import AsyncStatus, Device

from beadline.hardware import CameraSettings


class SettingsChanger(Device):
    """Sets several camera settings at once, where one alone would be refused (rate and exposure)."""

    def __init__(self, apply: Callable[..., Awaitable[None]], name: str = "") -> None:
        self._apply = apply
        super().__init__(name=name)

    @AsyncStatus.wrap
    async def set(self, changes: dict[str, Any]) -> None:
        """Set the named settings: frame_rate_hz, exposure_s, gain, roi_px."""
        await self._apply(**changes)


def settings_from_plain(plain: dict[str, Any]) -> CameraSettings:
    """Return camera settings from what a worker sent."""
    roi = plain.get("roi_px")
    return CameraSettings(**{**plain, "roi_px": None if roi is None else tuple(roi)})
