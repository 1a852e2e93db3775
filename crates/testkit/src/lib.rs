//! Fakes and contract suites for tests.
