use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use super::Failure;
use crate::exit::Exit;
use crate::ipc::{Decoder, encode};
use crate::options::Options;
use crate::roles::{self, Entry};

/// What the process in the background tells the one in front.
#[derive(Debug, Serialize, Deserialize)]
enum Progress {
    Ready,
    Failed { exit: Exit, text: String },
}

/// The connection of a supervisor in the background to the process that the operator started, which waits for
/// it to be ready and then ends.
#[derive(Debug)]
pub struct Front(UnixStream);

impl Front {
    /// The one that started this process; from here on we have a session of our own.
    pub fn inherited(options: &Options) -> io::Result<Self> {
        linux::process::new_session()?;
        roles::name_process(options.program.supervisor());
        Ok(Self(UnixStream::from(roles::inherited_socket()?)))
    }

    /// The daemon works.
    pub(super) fn ready(self) {
        self.say(&Progress::Ready);
    }

    /// The daemon does not work; the process in front prints why.
    pub(super) fn failed(self, failure: &Failure) {
        self.say(&Progress::Failed { exit: failure.exit, text: failure.text.clone() });
    }

    fn say(mut self, progress: &Progress) {
        let mut bytes = Vec::new();
        if encode(progress, &mut bytes).is_ok() {
            // If nobody waits any more, nobody needs to know.
            let _ = self.0.write_all(&bytes);
        }
    }
}

/// Starts the same command once more in the background and waits until it works or has failed.
pub fn detach(options: &Options) -> Exit {
    let result = start(options).and_then(wait);
    match result {
        Ok(Progress::Ready) => Exit::Ok,
        Ok(Progress::Failed { exit, text }) => {
            eprintln!("{text}");
            exit
        }
        Err(e) => {
            eprintln!("the daemon did not start: {e}");
            Exit::Fatal
        }
    }
}

fn start(options: &Options) -> io::Result<UnixStream> {
    let (ours, theirs) = UnixStream::pair()?;
    let output = || if options.log.console { Stdio::inherit() } else { Stdio::null() };
    let (_, arguments) = Entry::Detached.command_line();
    Command::new("/proc/self/exe")
        .arg0(options.program.supervisor())
        .args(arguments)
        .stdin(OwnedFd::from(theirs))
        .stdout(output())
        .stderr(output())
        .spawn()?;
    Ok(ours)
}

fn wait(mut stream: UnixStream) -> io::Result<Progress> {
    let mut decoder = Decoder::default();
    let mut chunk = [0; 1024];
    loop {
        let n = stream.read(&mut chunk)?;
        if n == 0 {
            return Err(io::Error::other("it ended without a word; its log may say more"));
        }
        decoder.push(&chunk[..n]);
        if let Some(progress) = decoder.next_message().map_err(io::Error::other)? {
            return Ok(progress);
        }
    }
}
