"""Incidents: the rules that make them, the events that tell their story, their words."""
