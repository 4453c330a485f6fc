"""The configuration's schema."""


def load_configuration(config, files):
    return config
