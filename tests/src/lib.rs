//! Helpers of the network-namespace tests.
