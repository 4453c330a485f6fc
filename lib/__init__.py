"""The code behind the report, in packages that import downwards only."""
