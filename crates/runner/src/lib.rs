//! Runs that go on without their caller.
