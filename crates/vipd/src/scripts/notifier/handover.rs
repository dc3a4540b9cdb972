use std::io;

use linux::child::Child;
use linux::exec::{Inherited, Kept};
use serde::{Deserialize, Serialize};

use super::{Job, Known, Notifier, Running};
use crate::scripts::lines::{Subject, Word};
use crate::scripts::queue::Queue;
use crate::scripts::{Fifos, Launcher, Leaving, fifo};
use types::Instant;

/// What was told and what is still to be told, on its way to another program in this process.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Handed {
    subjects: Vec<HandedSubject>,
    fifos: fifo::Handed,
    leaving: Vec<(u32, Instant)>,
    sequence: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct HandedSubject {
    subject: Subject,
    last: Option<Word>,
    line: Option<String>,
    queue: Queue<Job>,
    /// With its process number.
    running: Option<(Job, u32)>,
}

impl Notifier {
    /// For another program in this process, which goes on with the same configuration.
    pub(crate) fn hand_over<'a>(&'a self, kept: &mut Kept<'a>) -> Handed {
        let of = |(subject, known): (&Subject, &Known)| HandedSubject {
            subject: subject.clone(),
            last: known.last,
            line: known.line.clone(),
            queue: known.queue.clone(),
            running: known.running.as_ref().map(|running| (running.job.clone(), running.child.id())),
        };
        Handed {
            subjects: self.subjects.iter().map(of).collect(),
            fifos: self.fifos.hand_over(kept),
            leaving: self.leaving.hand_over(),
            sequence: self.sequence,
        }
    }

    /// Goes on with it once the configuration is [there](Self::configure).
    pub(crate) fn resume(handed: Handed, inherited: &mut Inherited) -> io::Result<Self> {
        let known = |handed: HandedSubject| {
            let adopt = |(job, pid)| Some(Running { job, child: Child::adopt(pid)? });
            let running = handed.running.and_then(adopt);
            let HandedSubject { subject, last, line, queue, .. } = handed;
            (subject, Known { last, line, queue, running, ..Known::default() })
        };
        Ok(Self {
            subjects: handed.subjects.into_iter().map(known).collect(),
            launcher: Launcher::default(),
            fifos: Fifos::resume(handed.fifos, inherited)?,
            leaving: Leaving::resume(handed.leaving),
            sequence: handed.sequence,
        })
    }
}
