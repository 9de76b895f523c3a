"""The chart's Grafana dashboards, as Python: see `__main__`."""
