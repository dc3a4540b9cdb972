//! SMTP alerts: which event becomes a mail ([`alerts`]), how the mail reads ([`message`]), and the queue in
//! which mails wait for a mail server that is away ([`outbox`]). All three are pure; the mailer role talks to
//! the server.

pub mod alerts;
pub mod message;
pub mod outbox;
