"""What is measured, how, and how it is told."""
