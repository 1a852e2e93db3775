"""Measures contenders on clips and cases, and reports the results."""
