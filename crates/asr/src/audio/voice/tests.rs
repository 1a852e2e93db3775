//! Tests of the detector on sounds that are made.

mod survey;

use super::*;
