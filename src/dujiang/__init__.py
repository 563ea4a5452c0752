"""Dujiang: a trusted health-data asset platform; hospitals keep their records at home and still share their value."""

__version__ = "0.1.0"
