"""The wiring: configuration, processes, command line, web. The only room with a clock."""
