"""The HTTP API of platforms, machines and gauges."""
