use std::os::unix::net::UnixDatagram;

use super::Facility;

/// Where every syslog daemon of Linux listens.
const SOCKET: &str = "/dev/log";

/// Datagrams to the local syslog daemon. A daemon that is away or slow costs lines, never time.
#[derive(Debug)]
pub(super) struct Syslog {
    facility: Facility,
    idents: (String, String),
    pid: u32,
    socket: Option<UnixDatagram>,
}

impl Syslog {
    pub(super) fn new(facility: Facility, idents: (&str, &str)) -> Self {
        Self { facility, idents: owned(idents), pid: std::process::id(), socket: connect() }
    }

    pub(super) fn rename(&mut self, idents: (&str, &str)) {
        self.idents = owned(idents);
    }

    /// Sends a line; once more after reconnecting, since syslog daemons are restarted.
    pub(super) fn send(&mut self, severity: u8, from_router: bool, text: &str) {
        let ident = if from_router { &self.idents.1 } else { &self.idents.0 };
        let datagram = datagram(self.facility, severity, ident, self.pid, text);
        let sent = |socket: &UnixDatagram| match socket.send(&datagram) {
            Ok(_) => true,
            Err(e) => e.kind() == std::io::ErrorKind::WouldBlock,
        };
        if !self.socket.as_ref().is_some_and(sent) {
            self.socket = connect();
            self.socket.as_ref().map(sent);
        }
    }
}

fn owned((supervisor, router): (&str, &str)) -> (String, String) {
    (supervisor.to_owned(), router.to_owned())
}

fn connect() -> Option<UnixDatagram> {
    let socket = UnixDatagram::unbound().ok()?;
    socket.set_nonblocking(true).ok()?;
    socket.connect(SOCKET).ok()?;
    Some(socket)
}

/// Without a time: it would have to be local time, and every syslog daemon puts its own in its place.
fn datagram(facility: Facility, severity: u8, ident: &str, pid: u32, text: &str) -> Vec<u8> {
    format!("<{}>{ident}[{pid}]: {text}", u16::from(facility.code()) * 8 + u16::from(severity)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_datagram_of_rfc_3164() {
        let bytes = datagram(Facility::DAEMON, 6, "Keepalived_vrrp", 42, "(VI_1) Entering MASTER STATE");
        assert_eq!(bytes, b"<30>Keepalived_vrrp[42]: (VI_1) Entering MASTER STATE");
    }
}
