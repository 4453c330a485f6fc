"""One module per experiment: configuration in, plain result out."""
