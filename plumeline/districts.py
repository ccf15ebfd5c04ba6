"""Which districts something belongs to: what an account of one district may see.

An incident belongs to the districts of all premises it may come from, so that a fire on a border
is seen on both sides; where none of them has one, to that of the device that saw it. A picture
belongs to the incidents it was taken around. A device belongs to its own district, or to the
station's. What belongs to no district is for those who see every one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from alerts.incident import Incident
from geo.premises import Premises


@dataclass(frozen=True, slots=True, kw_only=True)
class Districts:
    """The districts of one station's premises and devices."""

    station: str | None = None
    premises: Mapping[str, str] = field(default_factory=dict)
    """By id, of those whose district the register tells."""
    devices: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of_register(premises: Iterable[Premises]) -> Mapping[str, str]:
        """Those of a register's premises that have one."""
        return {one.premises_id: one.district for one in premises if one.district}

    def of_device(self, device_id: str | None) -> frozenset[str]:
        """Its own, or the station's."""
        own = self.devices.get(device_id or "", self.station)
        return frozenset() if own is None else frozenset({own})

    def of_premises(self, premises_id: str) -> frozenset[str]:
        """Theirs, or the station's."""
        own = self.premises.get(premises_id, self.station)
        return frozenset() if own is None else frozenset({own})

    def of_incident(self, incident: Incident) -> frozenset[str]:
        """Of all premises it may come from, else of the devices that saw it."""
        named = frozenset(self._named(incident))
        return named or frozenset().union(*map(self.of_device, incident.devices))

    def likeliest(self, incident: Incident) -> str | None:
        """The one it counts for: that of the likeliest premises, else of the device."""
        return next(self._named(incident), None) or min(self.of_incident(incident), default=None)

    def _named(self, incident: Incident) -> Iterator[str]:
        for one in incident.best.premises:
            if (district := self.premises.get(one.premises_id)) is not None:
                yield district


NO_DISTRICTS = Districts()
"""Of a station whose things belong to none: seen by those who see every one."""
