//! From the environment to a pipeline.
