use std::path::Path;
use std::time::SystemTime;

use types::Instant;

use super::configuration::{self, Read};
use super::marker::Marker;
use super::{Stage, Supervisor};
use crate::dump;
use crate::ipc::ToRouter;
use crate::scripts::launcher;

impl Supervisor {
    /// The time has come that stands in the file of `reload_time_file`.
    pub(super) fn reload_on_time(&mut self, now: Instant) {
        log::info!("It is time to reload");
        self.schedule.due(&self.poller);
        self.reload(now);
        self.schedule.look(&self.poller);
    }

    /// Reads the file again. If anything in it is wrong, nothing changes.
    pub(super) fn reload(&mut self, now: Instant) {
        if !matches!(self.stage, Stage::Running) {
            return;
        }
        self.cancel_upgrade(now, "the configuration was read again meanwhile; try once more");
        let marker = self.home.marker(&self.model.global.reloading).and_then(Marker::set);
        let read = configuration::read(&self.options, &self.host);
        drop(marker);
        if let Ok(read) = &read {
            self.saved.save(read);
        }
        let result = read.map_err(|failure| failure.text).and_then(|read| {
            read.log_findings();
            self.write_findings(&read);
            if read.errors > 0 { Err(read.refusal()) } else { Ok(read.model) }
        });
        let outcome = match result {
            Ok(mut model) => {
                launcher::disable_unrunnable(&mut model);
                self.home.compare(&self.options, &model.identity);
                let old = std::mem::replace(&mut self.model, model);
                self.post.reloaded(now, &old, &self.model);
                self.look_at_model();
                self.tell_router(&ToRouter::Reload(Box::new(self.model.clone())));
                self.undo.set_local_igmp(!self.model.global.no_local_igmp);
                self.notifier.configure(now, &self.model);
                if self.model.programs.states_on_reload {
                    self.notifier.repeat_states(now);
                }
                self.trackers.configure(now, &self.model, &self.poller);
                self.schedule.configure(&self.model.global.reloading, &self.poller);
                log::info!("Reloaded {}", self.options.config.display());
                self.reloads.applied += 1;
                Ok(())
            }
            Err(text) => {
                self.reloads.refused += 1;
                log::error!("Reload refused, nothing has changed: {text}");
                Err(text)
            }
        };
        self.last_reload = Some((SystemTime::now(), outcome));
    }

    /// For those who wait for the verdict on their file (`reload_check_config`).
    fn write_findings(&self, read: &Read) {
        let Some(path) = &self.model.global.reloading.findings else { return };
        if let Err(e) = dump::write(Path::new(path), &read.findings(), self.model.global.dumps.umask) {
            log::error!("cannot write the file of reload_check_config, {path}: {e}");
        }
    }

    pub(super) fn look_at_model(&self) {
        if self.model.instances.is_empty() && self.model.bfd.is_empty() {
            log::warn!(
                "no usable vrrp_instance or bfd_instance in {}: nothing to do",
                self.options.config.display()
            );
        }
        if self.options.dump {
            configuration::dump(&self.model);
        }
    }
}
