"""One module per section: results in, numbers and tables out."""
