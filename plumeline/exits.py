"""Exit codes of the command line, and which error ends with which."""

from __future__ import annotations

from alerts.errors import AlertsError
from alerts.export.errors import ExportError
from casework.errors import CaseworkError
from detect.errors import DetectError
from geo.errors import GeoError
from ingest.errors import BadLog, IngestError
from plumeline.broker import BrokerError
from plumeline.config import ConfigError
from plumeline.flights import BadFlight
from plumeline.guard import PackageClash
from plumeline.out.channels import BadPartner
from plumeline.publisher import PublishError
from store.errors import StoreError

EXIT_NO, EXIT_USAGE, EXIT_RECORD, EXIT_NETWORK = 1, 2, 3, 4

EXITS: tuple[tuple[type[Exception], int], ...] = (
    (ConfigError, EXIT_USAGE),
    (BadPartner, EXIT_USAGE),
    (AlertsError, EXIT_USAGE),
    (BadLog, EXIT_USAGE),
    (BadFlight, EXIT_USAGE),
    (CaseworkError, EXIT_USAGE),
    (GeoError, EXIT_USAGE),
    (DetectError, EXIT_USAGE),
    (ExportError, EXIT_USAGE),
    (PackageClash, EXIT_USAGE),
    (StoreError, EXIT_RECORD),
    (BrokerError, EXIT_NETWORK),
    (PublishError, EXIT_NETWORK),
    (IngestError, EXIT_NETWORK),
    (OSError, EXIT_NETWORK),
)
