"""Data sets: where they come from, fetching, file formats, prepared arrays, splits, embedded samples."""
