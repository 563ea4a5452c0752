"""The doors: wiring and start, HTTP, the institution's pages, the command line, the link between node and hub, the demo."""
