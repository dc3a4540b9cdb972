//! keepalived.conf: text to tokens to tree with spans to typed [`model`] to diagnostics. Nothing below this
//! crate sees text.

pub mod model;
