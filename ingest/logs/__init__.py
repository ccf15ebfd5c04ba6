"""Flight logs as drone operators have them: one reader per format, chosen by content."""
