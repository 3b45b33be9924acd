"""Water as it is reported and measured: gauges, inlets found open or blocked, streets closed."""
