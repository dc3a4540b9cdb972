//! Tree to [`Model`]: values in their places, defaults filled in, and the rules that go beyond one line.

mod address;
mod authentication;
mod bfd;
mod global;
mod instance;
mod line;
mod names;
mod route;
mod routing;
mod rule;
mod strict;
mod track;

use std::net::IpAddr;
use std::time::Duration;

use types::{Family, Vrid};

use crate::diagnostics::{self as ids, Diagnostic};
use crate::document::Lvs;
use crate::files::Files;
use crate::index::Index;
use crate::keywords::Status;
use crate::keywords::top::{
    BFD_INSTANCE_BLOCK, GLOBAL_DEFS_BLOCK, TRACK_GROUP_BLOCK, VIPD_BLOCK, VRRP_INSTANCE_BLOCK,
};
use crate::keywords::vipd::{HANDOVER, NOTIFY_RETRY, VIP_LEASE};
use crate::model::{Instance, Model, Statics, Vipd};
use crate::settings::{self, Settings};
use crate::source::{Sources, Span};
use crate::tree::{Node, Tree};
pub(crate) use routing::DEFAULT_INTERFACE;
use routing::{Groups, Routing};

/// Builds the model. Globals count for instances wherever they stand in the file.
pub(crate) fn model(
    sources: &Sources,
    tree: &Tree,
    files: Option<&dyn Files>,
    found: &mut Vec<Diagnostic>,
) -> Model {
    let mut global = Settings::default();
    let mut vipd = Settings::default();
    let (mut blocks, mut groups, mut sessions) = (Vec::new(), Groups::default(), Vec::new());
    for node in tree.top(sources) {
        let Some(keyword) = node.keyword() else { continue };
        // Said once for all virtual servers by the document.
        if let Status::NotYet(why) = keyword.status
            && !Lvs::is_about(keyword)
        {
            found.push(settings::not_yet(keyword, why, &node));
        } else if keyword.is(&BFD_INSTANCE_BLOCK) {
            sessions.push(node);
        } else if keyword.is(&TRACK_GROUP_BLOCK) {
            groups.read(node, found);
        } else if keyword.is(&GLOBAL_DEFS_BLOCK) {
            global.read(node.children(), found);
        } else if keyword.is(&VIPD_BLOCK) {
            vipd.read(node.children(), found);
        } else {
            blocks.push(node);
        }
    }
    let defaults = instance::Defaults::new(&global, found);
    let mut routing = Routing::new(&global, files);
    let (mut taken, mut instances, mut statics) = (Taken::default(), Vec::new(), Statics::default());
    // In the order of the file, because rules without a preference get theirs in this order.
    for node in blocks {
        if !node.keyword().is_some_and(|keyword| keyword.is(&VRRP_INSTANCE_BLOCK)) {
            routing.take_static(node, &groups, &mut statics, found);
        } else if let Some(instance) = instance::build(node, &defaults, &mut routing, found)
            && taken.admit(node, &instance, found)
        {
            instances.push(instance);
        }
    }
    Model {
        instances,
        global: global::build(&global, found),
        vipd: vipd_settings(&vipd),
        bfd: bfd::build(sessions.into_iter(), found),
        statics,
        ..Model::empty()
    }
}

fn vipd_settings(settings: &Settings<'_>) -> Vipd {
    let seconds = |keyword| settings.int(keyword).and_then(|seconds| u64::try_from(seconds).ok());
    Vipd {
        handover: settings.switch(&HANDOVER).unwrap_or(Vipd::default().handover),
        vip_lease: seconds(&VIP_LEASE).map(Duration::from_secs),
        notify_retry: seconds(&NOTIFY_RETRY).map(Duration::from_secs),
    }
}

/// Whether a block has a line with this keyword.
fn has(node: Node<'_>, name: &str) -> bool {
    node.children().any(|child| child.keyword().is_some_and(|keyword| keyword.name == name))
}

/// What only one instance may have, and which one has it.
#[derive(Default)]
struct Taken {
    names: Index<String, Span>,
    routers: Index<(String, Vrid, Family, IpAddr), Span>,
}

impl Taken {
    /// Whether the instance is in nobody's way; says so if it is.
    fn admit(&mut self, node: Node<'_>, instance: &Instance, found: &mut Vec<Diagnostic>) -> bool {
        let Instance { name, vrid, family, destination, .. } = instance;
        let interface = instance.place().into_owned();
        // Those with peers are told apart by them.
        let unicast = has(node, "unicast_peer");
        let span = node.span();
        if let Some(first) = self.names.get(name) {
            found.push(
                Diagnostic::new(&ids::DUPLICATE_NAME, span, format!("instance {name} is defined twice"))
                    .label(*first, "first defined here")
                    .help("this one is not started: give it another name"),
            );
            return false;
        }
        let router = (interface, *vrid, *family, *destination);
        if let Some(first) = self.routers.get(&router).filter(|_| !unicast) {
            let message = format!("{name}: virtual_router_id {vrid} is taken on {} for {family}", router.0);
            found.push(
                Diagnostic::new(&ids::DUPLICATE_VRID, span, message)
                    .label(*first, "by this instance")
                    .help("this one is not started: give it another virtual_router_id, here and on its other machines"),
            );
            return false;
        }
        self.names.insert(name.clone(), span);
        if !unicast {
            self.routers.insert(router, span);
        }
        true
    }
}
