//! The Internet checksum (RFC 1071) and its pseudo-headers.
