"""Measured values in one unit per kind of measurement, exactly, beside the value and unit as the source gave them."""
