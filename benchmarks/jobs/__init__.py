"""One benchmark of many jobs: TimeNet beside what people would take instead.

Each module is a job, or a few of one kind; `python -m benchmarks.jobs` runs them.
"""
