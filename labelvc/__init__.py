"""Version control for the labels of machine-learning datasets, alongside Git and DVC."""

__version__ = "0.1.0"
