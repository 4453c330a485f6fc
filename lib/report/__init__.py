"""Results to a report: numbers, tables, templates, Markdown and HTML."""
