use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result};
use linux::udp::AnyAddress;

use crate::world::Host;

/// The port of the UDP echo service (RFC 862), which here also says who answers.
pub(crate) const ECHO_PORT: u16 = 7;
const WEB_PORT: u16 = 80;
const SMTP_PORT: u16 = 25;
const PATIENCE: Duration = Duration::from_secs(3);

/// The web page and the echo of a host, on whatever addresses it has or gets.
#[derive(Debug)]
pub struct Services {
    web: Listener,
    stop: Arc<AtomicBool>,
    echo: Option<JoinHandle<()>>,
}

/// A mail server of a host at 127.0.0.1 port 25 that keeps what it is given.
#[derive(Debug)]
pub struct SmtpSink {
    mails: Arc<Mutex<Vec<Mail>>>,
    _listener: Listener,
}

/// A mail that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// When it was complete.
    pub at: SystemTime,
    /// Envelope sender.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// The Subject header.
    pub subject: String,
    /// Everything after DATA, headers included.
    pub text: String,
}

impl Services {
    /// Starts both on a host.
    pub fn start(host: &Host) -> Result<Self> {
        let name = host.name().to_owned();
        let page = format!(
            "<!doctype html>\n<title>{name}</title>\n<h1>{name}</h1>\n<p>This page comes from {name}.</p>\n"
        );
        let web = Listener::start(host, SocketAddr::from(([0_u16; 8], WEB_PORT)), move |stream| {
            serve_page(stream, &page)
        })?;
        let socket = host
            .run(|| AnyAddress::bind(ECHO_PORT, Duration::from_millis(100)))?
            .with_context(|| format!("cannot open the echo port on {}", host.name()))?;
        let stop = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&stop);
        let echo = std::thread::spawn(move || echo(&socket, name.as_bytes(), &until));
        Ok(Self { web, stop, echo: Some(echo) })
    }

    /// How many pages were asked for.
    pub fn pages_served(&self) -> usize {
        self.web.served()
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.echo.take() {
            drop(thread.join());
        }
    }
}

impl SmtpSink {
    /// Starts it.
    pub fn start(host: &Host) -> Result<Self> {
        let mails = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&mails);
        let listener = Listener::start(host, SocketAddr::from(([127, 0, 0, 1], SMTP_PORT)), move |stream| {
            if let Some(mail) = take_mail(stream)? {
                into.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
            }
            Ok(())
        })?;
        Ok(Self { mails, _listener: listener })
    }

    /// What has arrived so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a mail whose subject contains `text`, that arrived after `since`.
    pub fn wait(&self, text: &str, since: SystemTime, patience: Duration) -> Option<Mail> {
        let end = Instant::now() + patience;
        loop {
            if let Some(mail) =
                self.mails().into_iter().find(|mail| mail.at >= since && mail.subject.contains(text))
            {
                return Some(mail);
            }
            if Instant::now() >= end {
                return None;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Fetches the page at an address as a browser on `client` would; the title is the name of the host.
pub fn fetch_title(client: &Host, addr: IpAddr) -> Result<String> {
    let page = client
        .run(move || -> std::io::Result<String> {
            let mut stream = TcpStream::connect_timeout(&SocketAddr::new(addr, WEB_PORT), PATIENCE)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            write!(stream, "GET / HTTP/1.0\r\nHost: {addr}\r\n\r\n")?;
            let mut page = String::new();
            stream.read_to_string(&mut page)?;
            Ok(page)
        })?
        .with_context(|| format!("no web page at {addr}"))?;
    let title =
        page.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).map(|(title, _)| title);
    title.map(str::to_owned).with_context(|| format!("the page at {addr} has no title: {page:?}"))
}

/// A TCP server: one connection after the other.
#[derive(Debug)]
struct Listener {
    host: Host,
    addr: SocketAddr,
    served: Arc<Mutex<usize>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    fn start(
        host: &Host,
        addr: SocketAddr,
        serve: impl Fn(TcpStream) -> std::io::Result<()> + Send + 'static,
    ) -> Result<Self> {
        let listener = host
            .run(move || TcpListener::bind(addr))?
            .with_context(|| format!("cannot listen at {addr} on {}", host.name()))?;
        let (stop, served) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(0)));
        let (until, count) = (Arc::clone(&stop), Arc::clone(&served));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if until.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                // A client that misbehaves or vanishes is its own problem.
                let patient = stream.set_read_timeout(Some(PATIENCE)).and_then(|()| serve(stream));
                if patient.is_ok() {
                    *count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                }
            }
        });
        Ok(Self { host: host.clone(), addr, served, stop, thread: Some(thread) })
    }

    fn served(&self) -> usize {
        *self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // accept() has no time limit of its own: a last visitor wakes it.
        let door = SocketAddr::from(([127, 0, 0, 1], self.addr.port()));
        let woken = self.host.run(move || TcpStream::connect_timeout(&door, PATIENCE).is_ok());
        if let (Ok(true), Some(thread)) = (woken, self.thread.take()) {
            drop(thread.join());
        }
    }
}

fn echo(socket: &AnyAddress, name: &[u8], stop: &AtomicBool) {
    let mut buf = [0; 512];
    while !stop.load(Ordering::Relaxed) {
        let Ok(asked) = socket.receive(&mut buf) else { continue };
        let (Some(question), Some(local)) = (buf.get(..asked.len), asked.local) else { continue };
        let answer = [question, name].concat();
        // The address may have left us between question and answer.
        drop(socket.send_from(&answer, asked.peer, local));
    }
}

fn serve_page(stream: TcpStream, page: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 && line.trim_end() != "" {
        line.clear();
    }
    write!(
        reader.get_mut(),
        "HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    )
}

/// One SMTP session (RFC 5321 section 3.3); `None` when the client leaves without a mail.
fn take_mail(stream: TcpStream) -> std::io::Result<Option<Mail>> {
    let mut reader = BufReader::new(stream);
    let mut mail = None;
    let (mut from, mut to) = (String::new(), Vec::new());
    reader.get_mut().write_all(b"220 sink.example SMTP\r\n")?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        let command = line.trim_end().to_owned();
        let verb = command.get(..4).unwrap_or(&command).to_ascii_uppercase();
        let answer = match verb.as_str() {
            "MAIL" => {
                from = path_of(&command);
                "250 ok\r\n"
            }
            "RCPT" => {
                to.push(path_of(&command));
                "250 ok\r\n"
            }
            "DATA" => {
                reader.get_mut().write_all(b"354 go ahead\r\n")?;
                let text = take_text(&mut reader)?;
                let subject = header(&text, "Subject: ");
                mail = Some(Mail {
                    at: SystemTime::now(),
                    from: std::mem::take(&mut from),
                    to: std::mem::take(&mut to),
                    subject,
                    text,
                });
                "250 kept\r\n"
            }
            "QUIT" => {
                reader.get_mut().write_all(b"221 bye\r\n")?;
                break;
            }
            _ => "250 ok\r\n",
        };
        reader.get_mut().write_all(answer.as_bytes())?;
        line.clear();
    }
    Ok(mail)
}

/// Up to the line with a single dot, dots unstuffed (RFC 5321 section 4.5.2).
fn take_text(reader: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let (mut text, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line)? > 0 {
        let content = line.trim_end_matches(['\r', '\n']);
        if content == "." {
            break;
        }
        text.push_str(content.strip_prefix('.').unwrap_or(content));
        text.push('\n');
        line.clear();
    }
    Ok(text)
}

fn path_of(command: &str) -> String {
    let path = command.split_once(':').map_or("", |(_, path)| path.trim());
    path.trim_start_matches('<').split('>').next().unwrap_or_default().to_owned()
}

fn header(text: &str, name: &str) -> String {
    text.lines()
        .take_while(|line| !line.is_empty())
        .find_map(|line| line.strip_prefix(name))
        .unwrap_or_default()
        .to_owned()
}
