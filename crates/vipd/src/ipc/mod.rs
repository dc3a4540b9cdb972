//! Typed messages between the roles.
//!
//! Two processes share a Unix *stream* socket pair, the child's end being its standard input. A frame is a
//! length (four bytes, little endian) and one message in postcard. A stream, because a model with thousands
//! of addresses is bigger than the largest datagram that the kernel lets through by default.
//!
//! Sending never blocks: what the peer does not take at once waits in a bounded buffer. What may be lost (log
//! lines, snapshots) is refused long before what may not (events), and both are counted.
//!
//! While a supervisor is replaced by another version of itself, its router lives on: before that the two
//! [switch](ToRouter::Switch) to JSON in the same frames.

mod frame;
mod messages;

use frame::encode_in;
pub use frame::{Decoder, FrameError, Language, encode};
pub use messages::{Ending, FromMailer, FromRouter, LogLine, MailJob, Start, ToMailer, ToRouter};

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Above this many waiting bytes, messages that may be lost are lost.
const LOSSY_LIMIT: usize = 256 * 1024;
/// Above this many waiting bytes, every message is lost: the peer has not read for a very long time.
const HARD_LIMIT: usize = 32 * 1024 * 1024;
/// What one call of [`Channel::fill`] reads at most, so that a chatty peer cannot hold up our timers.
const FILL_LIMIT: usize = 256 * 1024;

/// Whether a message may be dropped when the peer is slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// State depends on it.
    Sure,
    /// Good to have.
    Lossy,
}

/// One end of the connection between two roles, non-blocking.
#[derive(Debug)]
pub struct Channel {
    stream: UnixStream,
    decoder: Decoder,
    output: Vec<u8>,
    /// Bytes at the front of `output` that are sent already.
    sent: usize,
    lost: u64,
    language: Language,
}

/// What is on its way when a connection gets another owner.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct OnTheWay {
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Channel {
    /// Takes over one end of a Unix stream socket pair.
    pub fn new(fd: OwnedFd) -> io::Result<Self> {
        let stream = UnixStream::from(fd);
        stream.set_nonblocking(true)?;
        let (decoder, language) = (Decoder::default(), Language::Compact);
        Ok(Self { stream, decoder, output: Vec::new(), sent: 0, lost: 0, language })
    }

    /// The connection of an earlier program in this process, which has switched to plain language.
    pub fn inherit(fd: OwnedFd, on_the_way: OnTheWay) -> io::Result<Self> {
        let mut this = Self::new(fd)?;
        this.decoder.push(&on_the_way.input);
        this.output = on_the_way.output;
        this.speak(Language::Plain);
        this.listen(Language::Plain);
        Ok(this)
    }

    /// For [`inherit`](Self::inherit).
    pub fn on_the_way(&self) -> OnTheWay {
        OnTheWay { input: self.decoder.rest().to_vec(), output: self.output[self.sent..].to_vec() }
    }

    /// What is sent from now on is in this language.
    pub fn speak(&mut self, language: Language) {
        self.language = language;
    }

    /// The next message is in this language.
    pub fn listen(&mut self, language: Language) {
        self.decoder.set_language(language);
    }

    /// A channel and the descriptor for the other process.
    pub fn pair() -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) = UnixStream::pair()?;
        Ok((Self::new(ours.into())?, theirs.into()))
    }

    /// For the poller.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// Queues a message and sends as much as the peer takes.
    ///
    /// Fails only when the connection itself is broken; a message that found no room is counted instead
    /// ([`take_lost`](Self::take_lost)).
    pub fn send<M: Serialize>(&mut self, message: &M, delivery: Delivery) -> io::Result<()> {
        let limit = match delivery {
            Delivery::Sure => HARD_LIMIT,
            Delivery::Lossy => LOSSY_LIMIT,
        };
        if self.waiting() > limit {
            self.lost += 1;
            return self.flush();
        }
        encode_in(self.language, message, &mut self.output).map_err(io::Error::other)?;
        self.flush()
    }

    /// Sends what is waiting, as far as the peer takes it.
    pub fn flush(&mut self) -> io::Result<()> {
        while self.waiting() > 0 {
            match self.stream.write(&self.output[self.sent..]) {
                Ok(n) => self.sent += n,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        if self.waiting() == 0 {
            self.output.clear();
            self.sent = 0;
            self.output.shrink_to(LOSSY_LIMIT);
        } else if self.sent > LOSSY_LIMIT {
            self.output.drain(..self.sent);
            self.sent = 0;
        }
        Ok(())
    }

    /// Whether something is waiting for the peer to read: wait for writability then.
    pub fn wants_write(&self) -> bool {
        self.waiting() > 0
    }

    /// How many messages were lost since the last call.
    pub fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// Reads what is there, up to a bound. `Ok(false)`: the peer is gone, though messages may be left to
    /// [`next_message`](Self::next_message).
    pub fn fill(&mut self) -> io::Result<bool> {
        let mut chunk = [0; 8192];
        let mut total = 0;
        while total < FILL_LIMIT {
            match self.stream.read(&mut chunk) {
                Ok(0) => return Ok(false),
                Ok(n) => {
                    self.decoder.push(&chunk[..n]);
                    total += n;
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::ConnectionReset => return Ok(false),
                Err(e) => return Err(e),
            }
        }
        Ok(true)
    }

    /// The next whole message that [`fill`](Self::fill) has read.
    pub fn next_message<M: DeserializeOwned>(&mut self) -> Result<Option<M>, FrameError> {
        self.decoder.next_message()
    }

    /// Sends everything that is waiting, blocking for it: for the last words before an exit.
    pub fn finish(mut self, patience: std::time::Duration) -> io::Result<()> {
        self.stream.set_nonblocking(false)?;
        self.stream.set_write_timeout(Some(patience))?;
        let rest = self.output.split_off(self.sent);
        self.stream.write_all(&rest)
    }

    fn waiting(&self) -> usize {
        self.output.len() - self.sent
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both() -> (Channel, Channel) {
        let (a, fd) = Channel::pair().unwrap();
        (a, Channel::new(fd).unwrap())
    }

    #[test]
    fn a_message_bigger_than_any_socket_buffer_arrives_whole() {
        let (mut a, mut b) = both();
        let big: Vec<u32> = (0..2_000_000).collect();
        a.send(&big, Delivery::Sure).unwrap();
        assert!(a.wants_write(), "eight megabytes cannot have been taken at once");
        let mut got: Option<Vec<u32>> = None;
        while got.is_none() {
            a.flush().unwrap();
            assert!(b.fill().unwrap());
            got = b.next_message().unwrap();
        }
        assert_eq!(got.unwrap(), big);
        assert!(!a.wants_write());
    }

    #[test]
    fn log_lines_are_lost_before_events_when_nobody_reads() {
        let (mut a, mut b) = both();
        let line = "x".repeat(1000);
        for _ in 0..2000 {
            a.send(&line, Delivery::Lossy).unwrap();
        }
        a.send(&"event".to_owned(), Delivery::Sure).unwrap();
        let lost = a.take_lost();
        assert!(lost > 1000, "2 MB cannot fit: {lost} lost");
        assert_eq!(a.take_lost(), 0);
        let mut got = Vec::new();
        while a.wants_write() {
            a.flush().unwrap();
            b.fill().unwrap();
            while let Some(text) = b.next_message::<String>().unwrap() {
                got.push(text);
            }
        }
        b.fill().unwrap();
        while let Some(text) = b.next_message::<String>().unwrap() {
            got.push(text);
        }
        assert_eq!(got.len() as u64, 2001 - lost);
        assert_eq!(got.last().map(String::as_str), Some("event"));
    }

    #[test]
    fn a_vanished_peer_leaves_its_last_words() {
        let (mut a, mut b) = both();
        a.send(&7u32, Delivery::Sure).unwrap();
        drop(a);
        assert!(!b.fill().unwrap());
        assert_eq!(b.next_message::<u32>().unwrap(), Some(7));
        assert_eq!(b.next_message::<u32>().unwrap(), None);
    }
}
