use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, RawFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use linux::exec::{Inherited, Kept};
use linux::process;
use serde::{Deserialize, Serialize};
use types::Instant;

use super::{Answer, PATIENCE, ROUTER_PATIENCE, Request};

/// More clients than this at once are turned away.
const MAX_CLIENTS: usize = 64;
/// Of those so many are kept for root and for our own user: nobody else can shut them out.
const MAX_OTHERS: usize = 48;
/// No request is longer: the longest has a path in it, which is shorter (PATH_MAX, limits.h).
const MAX_REQUEST: usize = 8192;

/// The daemon's end. It does no waiting of its own: the supervisor's loop tells it what is readable.
#[derive(Debug)]
pub struct Server {
    listener: UnixListener,
    path: PathBuf,
    clients: BTreeMap<u64, Client>,
    next: u64,
}

#[derive(Debug)]
struct Client {
    stream: UnixStream,
    input: Vec<u8>,
    output: Vec<u8>,
    /// When it last asked or read something.
    active: Instant,
    /// It has asked for the status and waits.
    waiting: bool,
    /// It may ask for more than the status.
    trusted: bool,
    upgrade: Option<Upgrade>,
}

/// What a client waits for that has asked for an upgrade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Upgrade {
    /// For somebody to [take](Server::take_upgrade) the request.
    Asked { binary: Option<PathBuf> },
    /// For the answer.
    Taken,
}

/// A server on its way to another program in this process.
#[derive(Debug, Serialize, Deserialize)]
pub struct Handed {
    listener: RawFd,
    path: PathBuf,
    clients: Vec<HandedClient>,
    next: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct HandedClient {
    number: u64,
    fd: RawFd,
    input: Vec<u8>,
    output: Vec<u8>,
    active: Instant,
    waiting: bool,
    trusted: bool,
    upgrade: Option<Upgrade>,
}

impl Server {
    /// Listens at `path`, making its folder if need be. A socket that a dead daemon left there is replaced; one
    /// that somebody listens on is an error of kind `AddrInUse`.
    pub fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        if fs::symlink_metadata(path).is_ok() {
            if UnixStream::connect(path).is_ok() {
                return Err(io::ErrorKind::AddrInUse.into());
            }
            fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        listener.set_nonblocking(true)?;
        fs::set_permissions(path, Permissions::from_mode(0o666))?;
        Ok(Self { listener, path: path.to_owned(), clients: BTreeMap::new(), next: 0 })
    }

    /// For another program in this process.
    pub fn hand_over<'a>(&'a self, kept: &mut Kept<'a>) -> Handed {
        let client = |kept: &mut Kept<'a>, number: u64, client: &'a Client| HandedClient {
            number,
            fd: kept.keep(&client.stream),
            input: client.input.clone(),
            output: client.output.clone(),
            active: client.active,
            waiting: client.waiting,
            trusted: client.trusted,
            upgrade: client.upgrade.clone(),
        };
        Handed {
            listener: kept.keep(&self.listener),
            path: self.path.clone(),
            clients: self.clients.iter().map(|(number, c)| client(kept, *number, c)).collect(),
            next: self.next,
        }
    }

    /// Goes on where an earlier program in this process stopped.
    pub fn resume(handed: Handed, inherited: &mut Inherited) -> io::Result<Self> {
        let mut clients = BTreeMap::new();
        for HandedClient { number, fd, input, output, active, waiting, trusted, upgrade } in handed.clients {
            let stream = UnixStream::from(inherited.take(fd)?);
            let client = Client { stream, input, output, active, waiting, trusted, upgrade };
            clients.insert(number, client);
        }
        let listener = UnixListener::from(inherited.take(handed.listener)?);
        Ok(Self { listener, path: handed.path, clients, next: handed.next })
    }

    /// Everybody who is connected.
    pub fn clients(&self) -> Vec<u64> {
        self.clients.keys().copied().collect()
    }

    /// Somebody who wants an upgrade, and to which file; said once.
    pub fn take_upgrade(&mut self) -> Option<(u64, Option<PathBuf>)> {
        self.clients.iter_mut().find_map(|(number, client)| {
            let Some(Upgrade::Asked { binary }) = &mut client.upgrade else { return None };
            let binary = binary.take();
            client.upgrade = Some(Upgrade::Taken);
            Some((*number, binary))
        })
    }

    /// Answers one client, who has to be served again, unless it has its answer already.
    pub fn answer_upgrade(&mut self, number: u64, answer: &Answer) {
        if let Some(client) = self.clients.get_mut(&number)
            && client.upgrade.take().is_some()
        {
            client.say_answer(answer);
        }
    }

    /// Readable when a client knocks.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }

    /// Lets one client in and returns its number; `None` when nobody is left to let in.
    pub fn accept(&mut self, now: Instant) -> Option<u64> {
        let (stream, _) = self.listener.accept().ok()?;
        let trusted = process::peer_is_trusted(&stream);
        // Turned away: closing says it.
        if !self.has_room(trusted) || stream.set_nonblocking(true).is_err() {
            return None;
        }
        let number = self.next;
        self.next += 1;
        let (input, output) = (Vec::new(), Vec::new());
        let client = Client { stream, input, output, active: now, waiting: false, trusted, upgrade: None };
        self.clients.insert(number, client);
        Some(number)
    }

    fn has_room(&self, trusted: bool) -> bool {
        let others = || self.clients.values().filter(|client| !client.trusted).count();
        self.clients.len() < MAX_CLIENTS && (trusted || others() < MAX_OTHERS)
    }

    /// The client's descriptor, for the poller.
    pub fn client_fd(&self, number: u64) -> Option<BorrowedFd<'_>> {
        self.clients.get(&number).map(|c| c.stream.as_fd())
    }

    /// Whether the client has something to read that it does not read: wait for writability then.
    pub fn wants_write(&self, number: u64) -> bool {
        self.clients.get(&number).is_some_and(|c| !c.output.is_empty())
    }

    /// Reads from and writes to a client. `false`: it is gone, or has to go ([`remove`](Self::remove)).
    pub fn serve(&mut self, number: u64, now: Instant) -> bool {
        let serve = |client: &mut Client| client.flush(now) && client.read(now) && client.flush(now);
        self.clients.get_mut(&number).is_some_and(serve)
    }

    /// Forgets a client; take it from the poller before.
    pub fn remove(&mut self, number: u64) {
        self.clients.remove(&number);
    }

    /// Whether somebody waits for the status.
    pub fn is_awaited(&self) -> bool {
        self.clients.values().any(|c| c.waiting)
    }

    /// Answers everybody who waits for the status. Returns who has to be served again.
    pub fn answer(&mut self, answer: &Answer) -> Vec<u64> {
        let mut served = Vec::new();
        for (number, client) in self.clients.iter_mut().filter(|(_, c)| c.waiting) {
            client.waiting = false;
            client.say_answer(answer);
            served.push(*number);
        }
        served
    }

    /// Whether somebody has waited for the status for too long: a router that is stopped, or hangs, says nothing.
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.clients.values().any(|c| c.waiting && now.since(c.active) >= ROUTER_PATIENCE)
    }

    /// Clients that have been idle for too long.
    pub fn idle(&self, now: Instant) -> Vec<u64> {
        let idle =
            self.clients.iter().filter(|(_, c)| c.upgrade.is_none() && now.since(c.active) >= PATIENCE);
        idle.map(|(number, _)| *number).collect()
    }

    /// When [`is_overdue`](Self::is_overdue) or [`idle`](Self::idle) will find somebody.
    pub fn deadline(&self) -> Option<Instant> {
        let patience = |client: &Client| if client.waiting { ROUTER_PATIENCE } else { PATIENCE };
        self.clients.values().filter(|c| c.upgrade.is_none()).map(|c| c.active + patience(c)).min()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A socket that stays behind is replaced at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

impl Client {
    fn read(&mut self, now: Instant) -> bool {
        let mut chunk = [0; MAX_REQUEST];
        match self.stream.read(&mut chunk) {
            Ok(0) => return false,
            // Whoever asks and does not read could have us keep any number of answers.
            Ok(_) if !self.output.is_empty() => return false,
            Ok(n) => {
                self.active = now;
                self.input.extend_from_slice(&chunk[..n]);
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return false,
        }
        while let Some(end) = self.input.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.input.drain(..=end).collect();
            match serde_json::from_slice(&line) {
                Ok(Request::Status) => self.waiting = true,
                Ok(Request::Upgrade { .. }) if !self.trusted => {
                    self.refuse("only root and the user of the daemon may upgrade it");
                }
                Ok(Request::Upgrade { .. }) if self.upgrade.is_some() => {
                    self.refuse("the upgrade that you have asked for is under way");
                }
                Ok(Request::Upgrade { binary }) => self.upgrade = Some(Upgrade::Asked { binary }),
                Err(e) => self.refuse(&format!("not a request ({e}); try {{\"request\":\"status\"}}")),
            }
        }
        self.input.len() < MAX_REQUEST
    }

    fn refuse(&mut self, why: &str) {
        self.say_answer(&Answer::Error { error: why.to_owned() });
    }

    fn say_answer(&mut self, answer: &Answer) {
        let line = serde_json::to_string(answer).unwrap_or_else(|e| format!("{{\"error\":\"{e}\"}}"));
        self.output.extend_from_slice(line.as_bytes());
        self.output.push(b'\n');
    }

    fn flush(&mut self, now: Instant) -> bool {
        while !self.output.is_empty() {
            match self.stream.write(&self.output) {
                Ok(n) => {
                    self.active = now;
                    self.output.drain(..n);
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd as _;
    use std::time::Duration;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("vipd-control-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    fn line(stream: &mut UnixStream) -> String {
        let mut line = String::new();
        io::BufRead::read_line(&mut io::BufReader::new(stream), &mut line).unwrap();
        line
    }

    #[test]
    fn a_dead_daemons_socket_is_replaced_and_a_living_ones_respected() {
        let folder = folder("replace");
        let path = folder.join("deep/vipd.sock");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        drop(UnixListener::bind(&path).unwrap());
        let server = Server::open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o666);
        assert_eq!(Server::open(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(server);
        assert!(!path.exists());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn requests_in_pieces_nonsense_and_silence() {
        let folder = folder("requests");
        let path = folder.join("vipd.sock");
        let now = Instant::ZERO;
        let mut server = Server::open(&path).unwrap();
        let mut client = UnixStream::connect(&path).unwrap();
        let number = server.accept(now).unwrap();
        client.write_all(b"{\"request\":").unwrap();
        assert!(server.serve(number, now));
        assert!(!server.is_awaited());
        client.write_all(b"\"status\"}\n").unwrap();
        assert!(server.serve(number, now));
        assert!(server.is_awaited());
        assert!(!server.is_overdue(now + Duration::from_millis(4999)));
        assert_eq!(server.deadline(), Some(now + ROUTER_PATIENCE));
        assert!(server.is_overdue(now + ROUTER_PATIENCE));
        assert_eq!(server.answer(&Answer::Error { error: "busy".into() }), [number]);
        assert!(server.serve(number, now));
        assert_eq!(line(&mut client), "{\"error\":\"busy\"}\n");
        assert!(!server.is_awaited());

        client.write_all(b"GET / HTTP/1.0\n").unwrap();
        assert!(server.serve(number, now));
        assert!(line(&mut client).starts_with("{\"error\":\"not a request"));
        assert!(server.idle(now + Duration::from_secs(9)).is_empty());
        assert_eq!(server.idle(now + PATIENCE), [number]);
        client.write_all(&[b'x'; MAX_REQUEST]).unwrap();
        assert!(!server.serve(number, now), "no request is that long");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn another_program_goes_on_with_everybody() {
        let folder = folder("resume");
        let path = folder.join("vipd.sock");
        let now = Instant::ZERO;
        let mut server = Server::open(&path).unwrap();
        let mut client = UnixStream::connect(&path).unwrap();
        let number = server.accept(now).unwrap();
        client.write_all(b"{\"request\":\"upgrade\"}\n{\"requ").unwrap();
        assert_eq!(server.take_upgrade(), None);
        assert_eq!(server.idle(now + PATIENCE), [number], "nobody waits for what has not been read");
        assert!(server.serve(number, now));
        assert_eq!((server.take_upgrade(), server.take_upgrade()), (Some((number, None)), None));
        assert!(server.idle(now + PATIENCE).is_empty() && server.deadline().is_none(), "it is waited for");
        let mut kept = Kept::default();
        let mut handed = server.hand_over(&mut kept);
        // As execve(2) does it: the same sockets, with no mark that this program opened them.
        let again = |fd: RawFd| {
            linux::exec::duplicate(kept.descriptors().iter().find(|k| k.as_raw_fd() == fd).unwrap())
        };
        handed.listener = again(handed.listener).unwrap();
        handed.clients[0].fd = again(handed.clients[0].fd).unwrap();
        let text = serde_json::to_string(&handed).unwrap();
        std::mem::forget(server);
        let handed = serde_json::from_str(&text).unwrap();
        let mut server = Server::resume(handed, &mut Inherited::default()).unwrap();
        server.answer_upgrade(number, &Answer::Error { error: "no".into() });
        client.write_all(b"est\":\"status\"}\n").unwrap();
        assert!(server.serve(number, now) && server.is_awaited());
        assert_eq!(line(&mut client), "{\"error\":\"no\"}\n");
        UnixStream::connect(&path).unwrap();
        assert_eq!(server.accept(now), Some(number + 1));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn whoever_asks_and_does_not_read_is_no_client() {
        let folder = folder("unread");
        let path = folder.join("vipd.sock");
        let now = Instant::ZERO;
        let mut server = Server::open(&path).unwrap();
        let mut client = UnixStream::connect(&path).unwrap();
        let number = server.accept(now).unwrap();
        let long = Answer::Error { error: "x".repeat(100_000) };
        let mut ask = || {
            client.write_all(b"{\"request\":\"status\"}\n").unwrap();
            let stays = server.serve(number, now);
            server.answer(&long);
            stays
        };
        assert!((0..100).any(|_| !ask()), "more than ten megabytes wait");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn each_request_for_an_upgrade_is_answered_once() {
        let folder = folder("once");
        let path = folder.join("vipd.sock");
        let now = Instant::ZERO;
        let mut server = Server::open(&path).unwrap();
        let mut client = UnixStream::connect(&path).unwrap();
        let number = server.accept(now).unwrap();
        let longest = "x".repeat(4000);
        let request = format!("{{\"request\":\"upgrade\",\"binary\":\"/{longest}\"}}\n");
        client.write_all(request.repeat(2).as_bytes()).unwrap();
        assert!(server.serve(number, now));
        assert_eq!(server.take_upgrade(), Some((number, Some(format!("/{longest}").into()))));
        assert!(line(&mut client).contains("is under way"));
        for _ in 0..2 {
            server.answer_upgrade(number, &Answer::Error { error: "no".into() });
        }
        assert!(server.serve(number, now));
        drop(server);
        let mut rest = String::new();
        client.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "{\"error\":\"no\"}\n");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn too_many_clients_are_turned_away() {
        let folder = folder("many");
        let path = folder.join("vipd.sock");
        let mut server = Server::open(&path).unwrap();
        let mut clients = Vec::new();
        for _ in 0..MAX_CLIENTS {
            clients.push(UnixStream::connect(&path).unwrap());
            assert!(server.accept(Instant::ZERO).is_some());
        }
        let mut late = UnixStream::connect(&path).unwrap();
        assert_eq!(server.accept(Instant::ZERO), None);
        assert_eq!(late.read(&mut [0; 1]).unwrap(), 0);
        server.clients.values_mut().take(MAX_OTHERS).for_each(|client| client.trusted = false);
        assert!(!server.has_room(true), "full is full");
        server.clients.pop_last();
        assert!(server.has_room(true) && !server.has_room(false), "the last places are ours");
        fs::remove_dir_all(folder).unwrap();
    }
}
