"""The widened base model, in the format of each contender."""
