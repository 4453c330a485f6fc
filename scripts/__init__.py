"""One thin command line per rule: parse, call lib, write."""
