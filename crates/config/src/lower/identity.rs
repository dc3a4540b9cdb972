//! What tells one daemon from others on the same machine.

use super::{is_on, texts};
use crate::document::{Document, Settings};
use crate::model::{Identity, Model};

pub(super) fn complete(model: &mut Model, document: &Document) {
    let Document { process, global, .. } = document;
    model.identity = Identity {
        net_namespace: first(process, "net_namespace"),
        instance: first(process, "instance"),
        own_directory: is_on(process, "use_pid_dir"),
        in_dump_names: is_on(global, "data_use_instance"),
        process_name: first(global, "process_name"),
        router_process_name: first(global, "vrrp_process_name"),
    };
}

/// keepalived ignores a second name.
fn first(settings: &Settings, name: &str) -> Option<String> {
    settings.all(name).flat_map(|setting| texts(&setting.value)).next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, load};

    /// keepalived 2.2.7: "Duplicate instance definition bar - ignoring".
    #[test]
    fn the_first_name_counts() {
        let text = "instance foo\ninstance bar\nnet_namespace blue\nuse_pid_dir\nglobal_defs {\n data_use_instance\n \
                    process_name main\n vrrp_process_name routing\n}\n";
        let identity = load("k.conf", text.as_bytes(), &Options::default()).model.identity;
        let expected = Identity {
            net_namespace: Some("blue".into()),
            instance: Some("foo".into()),
            own_directory: true,
            in_dump_names: true,
            process_name: Some("main".into()),
            router_process_name: Some("routing".into()),
        };
        assert_eq!(identity, expected);
        assert_eq!(identity.label().as_deref(), Some("blue_foo"));
        assert_eq!(Identity::default().label(), None);
    }

    #[test]
    fn a_name_is_no_path() {
        for text in ["instance a/b\n", "net_namespace ..\n"] {
            let loaded = load("k.conf", text.as_bytes(), &Options::default());
            assert_eq!(loaded.errors(), 1, "{text}");
            assert_eq!(loaded.model.identity, Identity::default(), "{text}");
        }
    }
}
