//! The order in which the manual goes through the blocks, with a few words and an example for each.

/// Blocks that belong together.
pub(super) struct Part {
    pub(super) title: &'static str,
    pub(super) chapters: &'static [Chapter],
}

/// A block, in the manual.
pub(super) struct Chapter {
    /// The blocks around it and its own name, with dots between; empty for the top level.
    pub(super) path: &'static str,
    /// How it is used.
    pub(super) intro: &'static str,
    /// A whole file that uses it, without a finding; empty for old spellings.
    pub(super) example: &'static str,
}

const fn chapter(path: &'static str, intro: &'static str, example: &'static str) -> Chapter {
    Chapter { path, intro, example }
}

/// What new administrators want first comes first.
pub(super) static PARTS: &[Part] = &[
    Part {
        title: "Overview",
        chapters: &[chapter(
            "",
            "What may stand outside all braces. A file needs a `vrrp_instance` and little else; blocks \
             may come in any order, but keepalived wants scripts and files defined above the instances \
             that track them.",
            include_str!("examples/top.conf"),
        )],
    },
    Part {
        title: "Virtual routers",
        chapters: &[
            chapter(
                "vrrp_instance",
                "Give all machines the same `virtual_router_id`, `advert_int`, version and addresses, and \
             each another `priority`. Write `state BACKUP`, or nothing, on all of them: the election \
             finds the Master. `vipd check a.conf b.conf` compares the files of two machines and says who \
             takes over from whom.",
                include_str!("examples/vrrp_instance.conf"),
            ),
            chapter(
                "vrrp_instance.virtual_ipaddress",
                "`virtual_ipaddress_excluded` takes the same lines. The vast majority of lines is an address \
             and its prefix length.",
                include_str!("examples/vrrp_instance.virtual_ipaddress.conf"),
            ),
            chapter(
                "vrrp_instance.virtual_routes",
                "The options are those of `ip route`, see ip-route(8), with a few words of keepalived's own.",
                include_str!("examples/vrrp_instance.virtual_routes.conf"),
            ),
            chapter(
                "vrrp_instance.virtual_rules",
                "The options are those of `ip rule`, see ip-rule(8). A rule and a route in a table of their \
             own send what comes from a virtual address out of the right interface.",
                include_str!("examples/vrrp_instance.virtual_rules.conf"),
            ),
            chapter(
                "vrrp_instance.authentication",
                "All machines need the same lines.",
                include_str!("examples/vrrp_instance.authentication.conf"),
            ),
            chapter(
                "vrrp_instance.auth_hmac",
                "To introduce it while everything runs, reload all machines with `mode receive-only`, then \
             all with `mode permissive`, then all without the line. To change a key, add the new one \
             everywhere, then change `active_key` everywhere, then remove the old one.",
                include_str!("examples/vrrp_instance.auth_hmac.conf"),
            ),
            chapter(
                "vrrp_sync_group",
                "Members should have the same order of priorities on all machines, and what is tracked \
             belongs to the group.",
                include_str!("examples/vrrp_sync_group.conf"),
            ),
        ],
    },
    Part {
        title: "What is tracked",
        chapters: &[
            chapter(
                "vrrp_script",
                "With a weight, choose it larger than the difference of the priorities: 150 and 100 need more \
             than 50. Without one, the instance gives up its addresses as soon as the script fails, even \
             if no other machine can take them.",
                include_str!("examples/vrrp_script.conf"),
            ),
            chapter(
                "vrrp_track_process",
                "A cheap test that a program is there, beside a script that asks it something now and then.",
                include_str!("examples/vrrp_track_process.conf"),
            ),
            chapter(
                "track_file",
                "`echo -60 >/var/lib/vipd/adjust` lets the other machine take over, `echo 0 \
             >/var/lib/vipd/adjust` brings the addresses back.",
                include_str!("examples/track_file.conf"),
            ),
            chapter("vrrp_track_file", "The lines are those of `track_file`.", ""),
            chapter(
                "bfd_instance",
                "Both ends name each other. A failure is noticed after `multiplier` times the slower of the \
             two intervals, here 150 ms.",
                include_str!("examples/bfd_instance.conf"),
            ),
        ],
    },
    Part {
        title: "The daemon",
        chapters: &[
            chapter(
                "global_defs",
                "An empty one is fine. What most files want is mail, the user of programs, and a real-time \
             priority.",
                include_str!("examples/global_defs.conf"),
            ),
            chapter(
                "vipd",
                "Here is what vipd has and keepalived has not; everything else is keepalived's language.",
                include_str!("examples/vipd.conf"),
            ),
            chapter(
                "garp_group",
                "Without such a block, `vrrp_garp_interval` and `vrrp_gna_interval` hold for each interface \
             on its own.",
                include_str!("examples/garp_group.conf"),
            ),
        ],
    },
    Part {
        title: "Static addresses, routes and rules",
        chapters: &[
            chapter(
                "static_ipaddress",
                "The lines are those of `virtual_ipaddress`, and a group of instances that depends on the \
             address.",
                include_str!("examples/static_ipaddress.conf"),
            ),
            chapter(
                "static_routes",
                "The lines are those of `virtual_routes`, and a group of instances that depends on the route.",
                include_str!("examples/static_routes.conf"),
            ),
            chapter(
                "static_rules",
                "The lines are those of `virtual_rules`, and a group of instances that depends on the rule.",
                include_str!("examples/static_rules.conf"),
            ),
            chapter(
                "track_group",
                "For an instance that is of no use while a static route is missing.",
                include_str!("examples/track_group.conf"),
            ),
        ],
    },
    Part {
        title: "Load balancing",
        chapters: &[
            chapter(
                "virtual_server",
                "Settings for checkers, such as `delay_loop` and `retry`, may stand here, in a real server, \
             or in a checker; the innermost counts. Write `lvs_sched`, `lvs_method` and `protocol`: each \
             has a default that is seldom meant.",
                include_str!("examples/virtual_server.conf"),
            ),
            chapter(
                "virtual_server.real_server",
                "Several checkers may stand in one server: all of them must succeed.",
                include_str!("examples/virtual_server.real_server.conf"),
            ),
            chapter(
                "virtual_server.real_server.HTTP_GET",
                "With digests, `genhash` of keepalived or md5sum(1) prints what belongs there.",
                include_str!("examples/virtual_server.real_server.HTTP_GET.conf"),
            ),
            chapter(
                "virtual_server.real_server.HTTP_GET.url",
                "Without any of `status_code`, `digest` and `regex`, a status of 200 to 299 is a success.",
                include_str!("examples/virtual_server.real_server.HTTP_GET.url.conf"),
            ),
            chapter(
                "virtual_server.real_server.SSL_GET",
                "As HTTP_GET, over TLS.",
                include_str!("examples/virtual_server.real_server.SSL_GET.conf"),
            ),
            chapter(
                "virtual_server.real_server.SSL_GET.url",
                "As a page of HTTP_GET.",
                include_str!("examples/virtual_server.real_server.SSL_GET.url.conf"),
            ),
            chapter(
                "virtual_server.real_server.TCP_CHECK",
                "The cheapest checker that reaches the service itself.",
                include_str!("examples/virtual_server.real_server.TCP_CHECK.conf"),
            ),
            chapter(
                "virtual_server.real_server.SMTP_CHECK",
                "Mail servers log such a connection; keep `delay_loop` long.",
                include_str!("examples/virtual_server.real_server.SMTP_CHECK.conf"),
            ),
            chapter(
                "virtual_server.real_server.SMTP_CHECK.host",
                "It takes where to connect from and to, and nothing else.",
                include_str!("examples/virtual_server.real_server.SMTP_CHECK.host.conf"),
            ),
            chapter(
                "virtual_server.real_server.DNS_CHECK",
                "Name something that the server answers from its own data.",
                include_str!("examples/virtual_server.real_server.DNS_CHECK.conf"),
            ),
            chapter(
                "virtual_server.real_server.MISC_CHECK",
                "The program gets no arguments but its own, so name the server in them.",
                include_str!("examples/virtual_server.real_server.MISC_CHECK.conf"),
            ),
            chapter(
                "virtual_server.real_server.BFD_CHECK",
                "The session is a `bfd_instance` with the real server.",
                include_str!("examples/virtual_server.real_server.BFD_CHECK.conf"),
            ),
            chapter(
                "virtual_server.real_server.PING_CHECK",
                "For services that no checker can ask.",
                include_str!("examples/virtual_server.real_server.PING_CHECK.conf"),
            ),
            chapter(
                "virtual_server.real_server.UDP_CHECK",
                "With a request and the beginning of the answer it shows that the service works.",
                include_str!("examples/virtual_server.real_server.UDP_CHECK.conf"),
            ),
            chapter(
                "virtual_server.real_server.FILE_CHECK",
                "The file is a `track_file`, which must be defined above.",
                include_str!("examples/virtual_server.real_server.FILE_CHECK.conf"),
            ),
            chapter(
                "virtual_server_group",
                "A group needs a `virtual_server group NAME` to serve it.",
                include_str!("examples/virtual_server_group.conf"),
            ),
            chapter(
                "SSL",
                "For servers that ask the checker for a certificate.",
                include_str!("examples/SSL.conf"),
            ),
        ],
    },
];
