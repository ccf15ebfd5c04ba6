"""The foot of a thing in the picture: the pixel whose ground is looked for."""

from __future__ import annotations

from dataclasses import dataclass

EDGE_PX = 1.0
"""A box this close to the frame's edge may go on outside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foot:
    """Where a thing stands in the picture: pixels from the top left corner."""

    u_px: float
    v_px: float
    sigma_px: float = 8.0
    """One standard deviation, each of u and v."""
    touches_edge: bool = False
    """Whether the true foot may lie outside the picture."""


def foot_of(  # noqa: PLR0917 - a box, then a picture size
    box_x0: float, box_y0: float, box_x1: float, box_y1: float, width_px: int, height_px: int
) -> Foot:
    """The middle of a box's bottom edge.

    A plume leans: its source lies anywhere under the box, so sigma is a tenth of the box's width,
    and never less than the 8 px of the error budget. The top may leave the picture, the bottom
    and the sides may not.
    """
    return Foot(
        u_px=(box_x0 + box_x1) / 2,
        v_px=box_y1,
        sigma_px=max(8.0, 0.1 * (box_x1 - box_x0)),
        touches_edge=box_x0 <= EDGE_PX
        or box_x1 >= width_px - EDGE_PX
        or box_y1 >= height_px - EDGE_PX,
    )
