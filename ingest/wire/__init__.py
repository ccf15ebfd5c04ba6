"""One file per dialect: bytes of a message in, records out. Pure."""
