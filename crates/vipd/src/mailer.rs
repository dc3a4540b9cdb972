//! The mailer role: talks to the mail server, as nobody, one mail at a time. What to send and when to try again
//! is the supervisor's business.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, SmtpTransport, Transport};

use crate::exit::Exit;
use crate::ipc::{Decoder, FromMailer, MailJob, ToMailer, encode};
use crate::roles;

/// The whole process: ends when the supervisor closes the connection.
pub(crate) fn main() -> Exit {
    // Unprivileged or not at all: it reads what a mail server says.
    let prepared = linux::signals::unblock_all().and_then(|()| linux::process::become_nobody());
    let served = prepared.and_then(|()| serve(UnixStream::from(roles::inherited_socket()?)));
    match served {
        Ok(()) => Exit::Ok,
        Err(e) => {
            eprintln!("mailer: {e}");
            Exit::Fatal
        }
    }
}

fn serve(mut stream: UnixStream) -> io::Result<()> {
    // The supervisor's end is non-blocking, ours is not.
    stream.set_nonblocking(false)?;
    let mut decoder = Decoder::default();
    let mut chunk = [0; 4096];
    loop {
        let n = stream.read(&mut chunk)?;
        if n == 0 {
            return Ok(());
        }
        decoder.push(&chunk[..n]);
        while let Some(ToMailer::Send(job)) = decoder.next_message().map_err(io::Error::other)? {
            let mut answer = Vec::new();
            encode(&send(&job), &mut answer).map_err(io::Error::other)?;
            stream.write_all(&answer)?;
        }
    }
}

fn send(job: &MailJob) -> FromMailer {
    let envelope = match envelope(job) {
        Ok(envelope) => envelope,
        Err(text) => return FromMailer::Rejected(text),
    };
    // A timeout of zero would mean no timeout at all.
    let timeout = job.timeout.max(Duration::from_secs(1));
    let transport = SmtpTransport::builder_dangerous(&job.server)
        .port(job.port)
        .hello_name(ClientId::Domain(job.helo_name.clone()))
        .timeout(Some(timeout))
        .build();
    let server = format!("{} port {}", job.server, job.port);
    match transport.send_raw(&envelope, &job.message) {
        Ok(_) => FromMailer::Sent,
        Err(e) if e.is_permanent() => FromMailer::Rejected(format!("{server}: {}", whole(&e))),
        Err(e) => FromMailer::Deferred(format!("{server}: {}", whole(&e))),
    }
}

fn envelope(job: &MailJob) -> Result<Envelope, String> {
    let address = |text: &String| {
        text.parse::<Address>()
            .map_err(|e| format!("\"{text}\" in the configuration is no mail address: {e}"))
    };
    let to = job.to.iter().map(address).collect::<Result<Vec<_>, _>>()?;
    Envelope::new(Some(address(&job.from)?), to).map_err(|e| e.to_string())
}

/// The error with its causes: "Connection error: Connection refused".
fn whole(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |e| e.source());
    let mut texts = vec![error.to_string()];
    for cause in causes.map(ToString::to_string) {
        if !texts.iter().any(|text| text.contains(&cause)) {
            texts.push(cause);
        }
    }
    texts.join(": ")
}
