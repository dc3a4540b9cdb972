//! The health checkers of a real server.
