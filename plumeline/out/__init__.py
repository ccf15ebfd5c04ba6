"""Ways out: what leaves the station, to whom, and how it is known that it arrived."""
