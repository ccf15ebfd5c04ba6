"""The command-centre API, its event stream and its page."""
