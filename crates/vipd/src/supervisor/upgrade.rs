//! The earlier half of an upgrade: another version of the program is asked, and then takes the place of this one in its
//! process (execve(2)), with the sockets and children of this one. Until that very moment nothing has changed.

use std::fs::File;
use std::io::{self, Seek as _};
use std::process::ExitStatus;
use std::time::Duration;

use linux::child::Child;
use linux::exec::{Binary, Kept, memory_file};
use linux::program;
use sd_notify::NotifyState;
use types::Instant;

use super::configuration::{self, Read};
use super::ending::Stage;
use super::resume::{Consent, Request, State};
use super::router::Router;
use super::{Supervisor, home::Home};
use crate::control::Answer;
use crate::ipc::{Language, ToRouter};
use crate::roles::Entry;
use crate::scripts::launcher;

/// How long the new program may take to say whether it can go on.
const TO_ANSWER: Duration = Duration::from_secs(10);
/// How long the mail that is under way is waited for; after that it is sent once more.
const TO_SEND: Duration = Duration::from_secs(5);
/// How long the router may take to answer.
const TO_SWITCH: Duration = Duration::from_secs(5);
/// Lines of what a program says that does not consent.
const MAX_LINES: usize = 5;

/// An upgrade that somebody has asked for.
pub(super) struct Upgrade {
    request: Request,
    program: Binary,
    step: Step,
    until: Instant,
}

enum Step {
    /// The new program looks at our state and at the configuration.
    Asking { child: Child, answer: File },
    /// It can go on. The mail under way is waited for, and no further one is sent.
    Settling,
    /// The router is about to talk so that another version understands it.
    Switching,
}

impl Upgrade {
    /// When patience ends.
    pub(super) fn deadline(&self) -> Instant {
        self.until
    }

    /// Whether nothing new shall be begun that this program would have to end.
    pub(super) fn is_settling(&self) -> bool {
        !matches!(self.step, Step::Asking { .. })
    }
}

impl Supervisor {
    /// Somebody may have asked for one, and one may go on.
    pub(super) fn look_for_upgrade(&mut self, now: Instant) {
        if let Some((client, binary)) = self.observers.take_upgrade() {
            let binary = binary.unwrap_or_else(|| self.binary.clone());
            let request = Request { client, from: env!("CARGO_PKG_VERSION").to_owned(), binary };
            log::info!("Asked to upgrade to {}", request.binary.display());
            match self.ask(now, &request) {
                Ok(upgrade) => self.upgrade = Some(upgrade),
                Err(why) => self.refuse(now, client, &why),
            }
        }
        if let Err(why) = self.continue_upgrade(now)
            && let Some(upgrade) = self.upgrade.take()
        {
            self.refuse(now, upgrade.request.client, &why);
        }
    }

    fn ask(&self, now: Instant, request: &Request) -> Result<Upgrade, String> {
        if self.upgrade.is_some() {
            return Err("another upgrade is under way".to_owned());
        }
        let works = self.router.as_ref().is_some_and(Router::is_ready) && self.succession.is_none();
        if !(works && matches!(self.stage, Stage::Running)) {
            return Err("the daemon is starting or stopping; try again in a moment".to_owned());
        }
        self.compare_configuration()?;
        let path = request.binary.display();
        let program = Binary::open(&request.binary).map_err(|e| format!("cannot use {path}: {e}"))?;
        let cannot_ask = |e: io::Error| format!("cannot ask {path}: {e}");
        let state = self.state(&mut Kept::default(), request).and_then(|state| state.to_bytes());
        let input = state.and_then(|bytes| memory_file(&bytes)).map_err(cannot_ask)?;
        let answer = memory_file(b"").map_err(cannot_ask)?;
        let (name, arguments) = Entry::Asked.command_line();
        let child = program.ask(&name, &arguments, input, &answer).map_err(cannot_ask)?;
        let (request, step) = (request.clone(), Step::Asking { child, answer });
        Ok(Upgrade { request, program, step, until: now + TO_ANSWER })
    }

    /// The new version reads the file again: it shall find what is in force.
    fn compare_configuration(&self) -> Result<(), String> {
        let read = configuration::read(&self.options, &self.host).and_then(Read::startable);
        let mut model = read.map_err(|failure| failure.text)?.model;
        launcher::disable_unrunnable(&mut model);
        if model == self.model {
            return Ok(());
        }
        let config = self.options.config.display();
        Err(format!("{config} says something else than what is in force: reload the daemon first (SIGHUP)"))
    }

    /// Does what can be done. An error is why there is no upgrade.
    fn continue_upgrade(&mut self, now: Instant) -> Result<(), String> {
        let Some(upgrade) = &mut self.upgrade else { return Ok(()) };
        let late = upgrade.until <= now;
        if let Step::Asking { child, answer } = &mut upgrade.step {
            let path = upgrade.request.binary.display();
            match child.try_wait() {
                Ok(None) if !late => return Ok(()),
                Ok(None) => {
                    program::kill(child);
                    drop(child.wait());
                    return Err(format!("{path} did not answer within {} s", TO_ANSWER.as_secs()));
                }
                Ok(Some(status)) => {
                    let version = consent(status, answer).map_err(|why| format!("{path}: {why}"))?;
                    log::info!("{path} is vipd {version} and can go on");
                }
                Err(e) => return Err(format!("{path} is out of sight: {e}")),
            }
            (upgrade.step, upgrade.until) = (Step::Settling, now + TO_SEND);
        }
        match upgrade.step {
            Step::Settling if !self.post.is_sending() || upgrade.until <= now => {
                (upgrade.step, upgrade.until) = (Step::Switching, now + TO_SWITCH);
                self.tell_router(&ToRouter::Switch(Language::Plain));
                Ok(())
            }
            Step::Switching if late => {
                self.tell_router(&ToRouter::Switch(Language::Compact));
                Err("the router process does not answer".to_owned())
            }
            Step::Asking { .. } | Step::Settling | Step::Switching => Ok(()),
        }
    }

    /// From now on another version of the supervisor would understand the router.
    pub(super) fn language_switched(&mut self, now: Instant, language: Language) {
        let switching = |upgrade: &mut Upgrade| matches!(upgrade.step, Step::Switching);
        if language == Language::Plain
            && let Some(upgrade) = self.upgrade.take_if(switching)
        {
            // Somebody may have written the file since the new program was asked.
            let why = self.compare_configuration().err().unwrap_or_else(|| self.replace_program(&upgrade));
            // We are still here.
            self.tell_router(&ToRouter::Switch(Language::Compact));
            self.refuse(now, upgrade.request.client, &why);
        }
    }

    /// Returns only if that fails; nothing has changed then.
    fn replace_program(&mut self, upgrade: &Upgrade) -> String {
        self.undo.save();
        // Without systemd there is nobody to tell. It wants to know when that was, by this clock.
        let since = i128::from(linux::clock::now().as_nanos() / 1000);
        let _ = sd_notify::notify(&[NotifyState::Reloading, NotifyState::MonotonicUsec(since)]);
        let error = self.execute(upgrade);
        let _ = sd_notify::notify(&[NotifyState::Ready]);
        format!("cannot execute {}: {error}", upgrade.request.binary.display())
    }

    fn execute(&self, upgrade: &Upgrade) -> io::Error {
        let mut kept = Kept::default();
        let bytes = self.state(&mut kept, &upgrade.request).and_then(|state| state.to_bytes());
        let file = match bytes.and_then(|bytes| memory_file(&bytes)) {
            Ok(file) => file,
            Err(e) => return e,
        };
        let (name, arguments) = Entry::Upgraded { state: kept.keep(&file) }.command_line();
        upgrade.program.replace(&name, &arguments, kept.descriptors())
    }

    /// Everything that the next program has to know, and the descriptors that it has to have.
    fn state<'a>(&'a self, kept: &mut Kept<'a>, request: &Request) -> io::Result<State> {
        let router = self.router.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let Home { identity, .. } = &self.home;
        Ok(State {
            request: request.clone(),
            host: self.host.clone(),
            binary: self.binary.clone(),
            identity: identity.clone(),
            started: self.started,
            states: self.states.clone(),
            saved: self.saved.clone(),
            backoff: self.backoff.clone(),
            restarts: self.restarts,
            last_reload: self.last_reload.clone(),
            reloads: self.reloads,
            messages_lost: self.messages_lost,
            core_pattern: self.core_pattern.as_ref().map(|pattern| pattern.was().to_owned()),
            dumps: self.dumps.clone(),
            unmarked: self.undo.unmarked().clone(),
            pid_file: kept.keep(&self.pid_file),
            router_pid_file: self.router_pid_file.as_ref().map(|file| kept.keep(file)),
            router: router.hand_over(kept),
            dismissed: self.dismissed.iter().map(Child::id).collect(),
            observers: self.observers.hand_over(kept),
            post: self.post.hand_over(),
            notifier: self.notifier.hand_over(kept),
            trackers: self.trackers.hand_over(),
        })
    }

    /// Something else comes first.
    pub(super) fn cancel_upgrade(&mut self, now: Instant, why: &str) {
        let Some(Upgrade { request, step, .. }) = self.upgrade.take() else { return };
        match step {
            Step::Asking { mut child, .. } => {
                program::kill(&child);
                // Killed: it does not keep us waiting.
                drop(child.wait());
            }
            Step::Settling => {}
            Step::Switching => self.tell_router(&ToRouter::Switch(Language::Compact)),
        }
        self.refuse(now, request.client, why);
    }

    fn refuse(&mut self, now: Instant, client: u64, why: &str) {
        let error = format!("not upgraded, nothing has changed: {why}");
        log::error!("{error}");
        self.observers.answer_upgrade(client, &Answer::Error { error }, now, &self.poller);
    }
}

/// The version of a program that can go on, or why it cannot.
fn consent(status: ExitStatus, answer: &mut File) -> Result<String, String> {
    let said = answer.rewind().and_then(|()| io::read_to_string(answer)).unwrap_or_default();
    if status.success() {
        let consent = said.lines().last().and_then(|line| serde_json::from_str(line).ok());
        return consent
            .map(|Consent { resumes_as }| resumes_as)
            .ok_or_else(|| "it does not answer as a vipd does that can be upgraded to".to_owned());
    }
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).take(MAX_LINES).collect();
    if lines.is_empty() { Err(format!("it ended with {status}")) } else { Err(lines.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt as _;

    #[test]
    fn only_a_clear_word_is_consent() {
        let of = |code: i32, said: &str| {
            let mut answer = memory_file(said.as_bytes()).unwrap();
            consent(ExitStatus::from_raw(code << 8), &mut answer)
        };
        assert_eq!(of(0, "a warning\n{\"resumes_as\":\"9.1.0\"}\n"), Ok("9.1.0".to_owned()));
        assert!(of(0, "").is_err() && of(0, "{}\n").is_err() && of(0, "usage: …\n").is_err());
        assert_eq!(of(1, "\nUnknown option --role\n"), Err("Unknown option --role".to_owned()));
        assert!(of(1, "{\"resumes_as\":\"9.1.0\"}\n").is_err());
        assert_eq!(of(3, ""), Err("it ended with exit status: 3".to_owned()));
    }
}
