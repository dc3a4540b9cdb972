//! The daemon: roles, supervision, signals, mail, control socket and both command lines.
