//! Argument lists that many keywords share.

use super::{Arg, Block, Form, Keyword, Shape};

/// Why nothing comes of it.
pub(super) const NO_BALANCER: &str = "load balancing is not built yet";
/// Why nobody has to ask a driver for its link.
pub(super) const CARRIER: &str = "the kernel reports the carrier, and vipd believes it; an interface whose \
    driver reports none counts as up";
/// The longest time that keepalived's timers hold: 32 bits of microseconds.
pub(super) const MAX_TIMER_US: u64 = 4_294_967_295;
/// Largest number of 32 bits.
pub(super) const MAX_U32: i64 = 4_294_967_295;

/// The name of an interface.
pub(super) const INTERFACE_NAME: Form = Form::Name("INTERFACE", 15);
/// The name of an interface.
pub(super) const INTERFACE: &[Arg] = &[INTERFACE_NAME.one()];
const USER: Arg = Form::Word("USER").optional();
const GROUP: Arg = Form::Word("GROUP").optional();
/// A program and who runs it.
pub(super) const SCRIPT: &[Arg] = &[Form::Command.one(), USER, GROUP];
/// The same, or nothing.
pub(super) const MAYBE_SCRIPT: &[Arg] = &[Form::Command.optional(), USER, GROUP];
/// A program whose arguments may stand unquoted behind it.
pub(super) const COMMAND_LINE: &[Arg] = &[Form::Command.one(), Form::Word("ARGUMENT").any()];
/// A pipe and who may read it.
pub(super) const FIFO: &[Arg] = &[Form::Word("PATH").one(), USER, GROUP];
/// Who runs a program.
pub(super) const USER_AND_GROUP: &[Arg] = &[Form::Word("USER").one(), GROUP];
/// The numbers of CPUs; the kernel's sets have 1024 by default.
pub(super) const CPUS: &[Arg] = &[Form::Int { min: 0, max: 1023 }.many()];
/// One word that may be left out.
pub(super) const MAYBE_NAME: &[Arg] = &[Form::Word("NAME").optional()];
const REVERSE: Arg = Form::OneOf(&["reverse", "noreverse", "no_reverse"]).optional();
/// A change of priority.
pub(super) const WEIGHT_253: &[Arg] = &[Form::Int { min: -253, max: 253 }.one(), REVERSE];
/// A change of priority by what can be worth all of it.
pub(super) const WEIGHT_254: &[Arg] = &[Form::Int { min: -254, max: 254 }.one(), REVERSE];

/// Lines of interfaces.
pub(super) static INTERFACE_ENTRIES: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[&Keyword::list("(interface)", &[INTERFACE_NAME.many()])
        .doc("The interfaces, several on a line or one a line.")]],
};

/// Lines of instances.
pub(super) static INSTANCE_ENTRIES: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[&Keyword::list("(instance)", &[Form::Word("INSTANCE").many()])
        .doc("The names of the instances, several on a line or one a line.")]],
};

/// Lines of mail addresses.
pub(super) static MAIL_ENTRIES: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[&Keyword::list("(address)", &[Form::Word("MAIL-ADDRESS").many()])
        .doc("The mail addresses, several on a line or one a line.")]],
};

/// Lines of `track_interface`.
pub(super) static TRACK_INTERFACE_ENTRY: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("(interface)", INTERFACE).doc("The interface that is tracked."),
        &Keyword::list("weight", WEIGHT_253).default("0").doc(
            "What the interface does to the priority. 0: down means FAULT. Above 0: it is added \
          while the interface is up. Below 0: it is taken away while the interface is down. An \
          interface that addresses, routes or rules of the instance go to has no weight: \
          down means FAULT.",
        ),
        &Keyword::flag("reverse").doc("Exchanges up and down, for an interface that shall be down."),
    ]],
};

/// Lines of `track_script` and `track_bfd`.
pub(super) static TRACK_ENTRY: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("(name)", &[Form::Word("NAME").one()])
            .doc("The name of what is tracked, as it is defined at the top level."),
        &Keyword::list("weight", WEIGHT_253).default("the weight of the definition").doc(
            "What it does to the priority, in place of the weight of the definition. 0: failing \
          means FAULT. Above 0: it is added while all is well. Below 0: it is taken away while \
          it fails. `reverse` exchanges the two, as does the definition's unless `noreverse` is here.",
        ),
    ]],
};

/// Lines of `track_file` and `track_process`.
pub(super) static WIDE_TRACK_ENTRY: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("(name)", &[Form::Word("NAME").one()])
            .doc("The name of the file or process that is tracked, as it is defined at the top level."),
        &Keyword::list("weight", WEIGHT_254).default("the weight of the definition").doc(
            "What it does to the priority, in place of the weight of the definition. For a file: \
          what its number is multiplied by. For processes: added while enough run if above 0, \
          taken away while too few run if below; 0: too few mean FAULT. `reverse` exchanges the \
          two, as does the definition's unless `noreverse` is here.",
        ),
    ]],
};
