"""Tracks and incidents as files other programs read: values in, bytes out, one module a format."""
