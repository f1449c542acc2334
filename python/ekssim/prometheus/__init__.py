"""The real Prometheus at work on the series of a run: a server over backfilled data, and rules judged by it."""
