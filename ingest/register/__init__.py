"""Premises registers as offices keep them, one file format a module; `table` tells them apart."""
