"""One place from many views: errors that views share are estimated, not averaged away.

A robust maximum a posteriori bundle. Unknown are the place, how far the ground there differs from
the terrain's height, and of each device what its sensors are constantly wrong by: position,
height, yaw, pitch, roll. What a pose's sigmas allow for is split into such a bias and into noise
that is new in every view; the biases begin at zero with that sigma. A drone that passes sees the
place from sides on which a bias shows, so the bias is found; one that hovers learns nothing, and
its ellipse stays as large as its biases make it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.bundle import CAMERA, NOISE_PX, STEPS, Bundle, Mask, View, nearby
from geo.geodesy import Array, ecef

HUBER = 2.0
"""Sigmas beyond which a view's pull grows no more; 14 % of good views lie beyond."""
GATE2 = 13.8
"""Squared sigmas beyond which a view shows something else: 0.1 % of good ones (chi-square, 2)."""
AGREE = 2 / 3
"""The least share of views that may outvote the rest; with less, all stay and widen the ellipse."""

_ROUNDS = 30
_STILL_M = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """The place (WGS84), its covariance in metres squared, east and north, and what it rests on."""

    lat_deg: float
    lon_deg: float
    ground_m: float
    """Of the terrain there, in the last view's datum."""
    range_m: float
    """Slant distance from the last view's camera."""
    cov_ee_m2: float
    cov_en_m2: float
    cov_nn_m2: float
    used: int
    """Views that agree; the others show something else and have no say."""


def fuse(views: Sequence[View]) -> Fused | None:
    """The place that all views show, None where the ones that meet the ground do not tell.

    Gauss-Newton on pixel residuals in the tangent plane, Huber loss, then a chi-square gate and
    the rest once more. The covariance is the place's own once the biases are integrated out; it
    is widened where the views agree worse than their errors say, and by the lean of plumes.
    """
    bundle = Bundle.of(views) if views else None
    if bundle is None:
        return None
    keep = bundle.met
    fit = _fit(bundle, keep)
    if fit is None:
        return None
    good = keep & (fit.distance2 <= GATE2)
    if AGREE * np.sum(keep) <= np.sum(good) < np.sum(keep):
        keep, fit = good, _fit(bundle, good) or fit
    return _answer(bundle, fit, keep)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """The bundle made linear about a state: S columns, N views."""

    state: Array
    residual: Array
    """(N, 2): pixels in sigmas of their noise, observed less expected."""
    design: Array
    """(N, 2, S): what the state does to the expected ones."""
    weight: Array
    """(N): Huber's; 0 for a view that is left out."""

    @property
    def distance2(self) -> Array:
        """(N): squared sigmas."""
        distance2: Array = np.sum(self.residual**2, axis=-1)
        return distance2

    @property
    def information(self) -> Array:
        """The inverse of the state's covariance: the views', and the prior of all but the place."""
        prior = np.ones(len(self.state))
        prior[:2] = 0.0
        seen: Array = np.einsum("n,nps,npt->st", self.weight, self.design, self.design)
        return seen + np.diag(prior)

    @property
    def slope(self) -> Array:
        """Which way the state becomes more likely."""
        pull: Array = np.einsum("n,nps,np->s", self.weight, self.design, self.residual)
        pull[2:] -= self.state[2:]
        return pull

    @property
    def cost(self) -> float:
        """Huber's loss and the prior's."""
        far = np.sqrt(self.distance2)
        loss = np.where(far <= HUBER, far**2, 2 * HUBER * far - HUBER**2)
        return float(np.sum(loss[self.weight > 0]) + np.sum(self.state[2:] ** 2))


def _fit(bundle: Bundle, keep: Mask) -> _Fit | None:
    """The most likely state from the views to keep; None where a view cannot show any place."""
    fit = _linear(bundle, np.zeros(bundle.scale.shape[2]), keep)
    for _ in range(_ROUNDS):
        if fit is None:
            return None
        step = np.linalg.solve(fit.information, fit.slope)
        better = None
        while better is None and np.hypot(*step[:2]) > _STILL_M:
            tried = _linear(bundle, fit.state + step, keep)
            better = tried if tried is not None and tried.cost <= fit.cost else None
            step = step / 2
        if better is None:
            break
        fit = better
    return fit


def _linear(bundle: Bundle, state: Array, keep: Mask) -> _Fit | None:
    """The bundle about a state; None where the place is then behind or beyond a kept view."""
    shift = bundle.scale @ state
    steps = np.diag(STEPS)[:, None, :]
    with np.errstate(invalid="ignore"):
        seen = bundle.pixels(np.concatenate([shift[None], shift + steps, shift - steps]))
    if not np.all(np.isfinite(seen[:, keep])):
        return None
    change = (seen[1:10] - seen[10:]) / (2 * STEPS[:, None, None])
    change = np.where(keep[:, None, None], np.moveaxis(change, 0, -1), 0.0)  # (N, 2, 9)
    shaken = change[..., CAMERA] * bundle.noise[:, None, :]
    spread = shaken @ np.swapaxes(shaken, -1, -2) + bundle.foot_px[:, None, None] ** 2 * np.eye(2)
    root = np.linalg.cholesky(spread)
    off = np.where(keep[:, None], bundle.feet - seen[0], 0.0)
    residual = np.linalg.solve(root, off[..., None])[..., 0]
    design = np.linalg.solve(root, change @ bundle.scale)
    far = np.sqrt(np.sum(residual**2, axis=-1))
    weight = np.where(keep, np.minimum(1.0, HUBER / np.maximum(far, HUBER)), 0.0)
    return _Fit(state=state, residual=residual, design=design, weight=weight)


def _answer(bundle: Bundle, fit: _Fit, keep: Mask) -> Fused:
    """The place with its own part of the covariance, widened where the views disagree."""
    last = bundle.views[-1]
    lat, lon = nearby(bundle.lat_deg, bundle.lon_deg, fit.state[0], fit.state[1])
    ground_m = float(last.terrain.height_m(lat, lon))
    pose = last.pose
    apart = np.subtract(
        ecef(lat, lon, ground_m), ecef(pose.lat_deg, pose.lon_deg, pose.height_m)
    )  # fmt: skip
    free = 2 * np.sum(keep) - 2
    surplus = fit.cost - free - 2 * np.sqrt(2 * free)  # chance explains two sigmas of chi-square
    covariance = np.linalg.inv(fit.information)[:2, :2] * (1 + max(surplus, 0.0) / max(free, 1))
    lean2 = _lean_m(bundle, keep, lat, lon) ** 2
    return Fused(
        lat_deg=float(lat),
        lon_deg=float(lon),
        ground_m=ground_m,
        range_m=float(np.linalg.norm(apart)),
        cov_ee_m2=float(covariance[0, 0] + lean2),
        cov_en_m2=float(covariance[0, 1]),
        cov_nn_m2=float(covariance[1, 1] + lean2),
        used=int(np.sum(keep)),
    )


def _lean_m(bundle: Bundle, keep: Mask, lat_deg: Array, lon_deg: Array) -> float:
    """What feet are vaguer than `NOISE_PX`, in metres at the place: the median of the views'."""
    poses, views = bundle.poses, bundle.views
    place = np.stack(ecef(lat_deg, lon_deg, 0.0))
    camera = np.stack(ecef(poses.lat_deg, poses.lon_deg, 0.0), axis=-1)
    range_m = np.hypot(np.linalg.norm(camera - place, axis=-1), poses.height_m)
    vague_px = [max(view.foot.sigma_px**2 - NOISE_PX**2, 0.0) ** 0.5 for view in views]
    focal_px = [view.camera.fx_px for view in views]
    return float(np.median((range_m * vague_px / np.array(focal_px))[keep]))
