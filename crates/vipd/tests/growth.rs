//! Twice as much of a thing costs twice the work, whatever the thing: a lookup that walks through all of them for each
//! of them is found here. Work is the number of instructions, as valgrind counts them: the same in each run, however busy
//! the machine is.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Twice as much, with what sorting and ordered maps add.
const AT_MOST_PERCENT: u64 = 220;
/// Not the same file twice. What is said about thousands of mistakes is bounded, and grows less.
const AT_LEAST_PERCENT: u64 = 110;

/// A file with `n` of a thing.
type Shape = fn(usize) -> String;

const CHECK: &[&str] = &["check", "--format", "json", FILE];
const COMPARE: &[&str] = &["check", "--format", "json", FILE, FILE];
const SHOW: &[&str] = &["show-config", FILE];
const SHOW_JSON: &[&str] = &["show-config", "--json", FILE];
const FMT: &[&str] = &["fmt", "--check", FILE];
/// Where the name of the file belongs.
const FILE: &str = "FILE";

macro_rules! grows_in_step {
    ($($name:ident: $command:expr, $n:expr, $shape:expr;)*) => {
        $(#[test]
        fn $name() {
            judge(stringify!($name), $command, $n, $shape);
        })*
    };
}

grows_in_step! {
    instances: CHECK, 600, |n| each(n, |i| instance(i, ""));
    instances_on_two_machines: COMPARE, 150, |n| each(n, |i| instance(i, ""));
    instances_shown: SHOW, 400, |n| each(n, |i| instance(i, ""));
    instances_as_json: SHOW_JSON, 200, |n| each(n, |i| instance(i, ""));
    instances_laid_out: FMT, 400, |n| each(n, |i| instance(i, ""));
    instances_of_one_name: CHECK, 600, |n| each(n, |_| instance(7, ""));
    instances_of_one_number: CHECK, 600, |n| each(n, |i| instance(i, "").replace(&format!("eth{} ", i / 254), "eth0"));
    instances_in_one_sync_group: CHECK, 400, |n| {
        each(n, |i| instance(i, "")) + &block("vrrp_sync_group G", &block("group", &each(n, |i| format!("V{i}\n"))))
    };
    sync_groups: CHECK, 200, |n| {
        each(2 * n, |i| instance(i, "")) + &each(n, |i| format!("vrrp_sync_group G{i} {{\ngroup {{\nV{}\nV{}\n}}\n}}\n", 2 * i, 2 * i + 1))
    };
    virtual_mac_addresses: CHECK, 500, |n| {
        each(n, |i| instance(i, "use_vmac\n").replace(&format!("virtual_router_id {}\n", i % 254 + 1), "virtual_router_id 7\n").replace(&format!("eth{}\n", i / 254), &format!("eth{i}\n")))
    };
    virtual_mac_addresses_of_one: CHECK, 500, |n| {
        let lines = each(n, |i| format!("{} dev eth{i}\n", address(i)));
        instance(0, &("use_vmac_addr\n".to_owned() + &block("virtual_ipaddress_excluded", &lines)))
    };
    addresses: CHECK, 1500, |n| instance(0, &block("virtual_ipaddress_excluded", &each(n, |i| format!("{}\n", address(i)))));
    addresses_laid_out: FMT, 1500, |n| instance(0, &block("virtual_ipaddress_excluded", &each(n, |i| format!("{}\n", address(i)))));
    addresses_given_twice: CHECK, 1000, |n| instance(0, &block("virtual_ipaddress_excluded", &each(n, |i| format!("{}\n", address(i / 2)))));
    virtual_routes: CHECK, 600, |n| instance(0, &block("virtual_routes", &each(n, |i| format!("{} dev eth0\n", address(i)))));
    virtual_rules: CHECK, 600, |n| instance(0, &block("virtual_rules", &each(n, |i| format!("from {} table 7\n", address(i)))));
    static_addresses: CHECK, 1000, |n| block("static_ipaddress", &each(n, |i| format!("{} dev eth0\n", address(i))));
    unicast_peers: CHECK, 1500, |n| instance(0, &block("unicast_peer", &each(n, |i| format!("{}\n", address(i)))));
    scripts: CHECK, 600, |n| each(n, script);
    tracked_by_one: CHECK, 600, |n| each(n, script) + &instance(0, &block("track_script", &each(n, |i| format!("s{i}\n"))));
    tracked_by_a_group: CHECK, 400, |n| {
        let group = block("group", "V0\nV1\n") + &block("track_script", &each(n, |i| format!("s{i}\n")));
        each(n, script) + &each(2, |i| instance(i, "")) + &block("vrrp_sync_group G", &group)
    };
    tracked_each_by_its_own: CHECK, 300, |n| each(n, |i| script(i) + &instance(i, &block("track_script", &format!("s{i}\n"))));
    tracked_and_not_there: CHECK, 200, |n| each(n, script) + &instance(0, &block("track_script", &each(n, |i| format!("none{i}\n"))));
    tracked_without_a_program: CHECK, 400, |n| {
        each(n, |i| format!("vrrp_script s{i} {{\n}}\n")) + &instance(0, &block("track_script", &each(n, |i| format!("s{i}\n"))))
    };
    tracked_interfaces: CHECK, 1000, |n| instance(0, &block("track_interface", &each(n, |i| format!("eth{i}\n"))));
    tracked_files: CHECK, 500, |n| {
        each(n, |i| format!("track_file f{i} {{\nfile /run/f{i}\n}}\n")) + &instance(0, &block("track_file", &each(n, |i| format!("f{i}\n"))))
    };
    tracked_sessions: CHECK, 400, |n| {
        each(n, |i| format!("bfd_instance b{i} {{\nneighbor_ip {}\n}}\n", address(i))) + &instance(0, &block("track_bfd", &each(n, |i| format!("b{i}\n"))))
    };
    track_groups: CHECK, 500, |n| {
        each(n, |i| format!("track_group T{i} {{\ngroup {{\nV0\n}}\n}}\n")) + &instance(0, "") + &block("static_ipaddress", &each(n, |i| format!("{} dev eth0 track_group T{i}\n", address(i))))
    };
    groups_of_interfaces: CHECK, 800, |n| each(n, |i| format!("garp_group {{\ngarp_interval 1\ninterface eth{i}\n}}\n"));
    virtual_servers: CHECK, 300, |n| each(n, |i| virtual_server(&address(i), &real_server(i)));
    virtual_servers_as_json: SHOW_JSON, 300, |n| each(n, |i| virtual_server(&address(i), &real_server(i)));
    virtual_servers_of_one_address: CHECK, 300, |n| each(n, |_| virtual_server(&address(7), &real_server(7)));
    real_servers: CHECK, 500, |n| virtual_server(&address(0), &each(n, real_server));
    checkers: CHECK, 600, |n| virtual_server(&address(0), &format!("real_server 192.0.2.1 80 {{\n{}}}\n", each(n, |_| "TCP_CHECK {\n}\n".to_owned())));
    groups_of_servers: CHECK, 250, |n| {
        each(n, |i| format!("virtual_server_group G{i} {{\n{} 80\n}}\n", address(i)) + &virtual_server("group", &real_server(i)).replace("group 80", &format!("group G{i}")))
    };
    members_of_a_group: CHECK, 1500, |n| {
        block("virtual_server_group G", &each(n, |i| format!("{} 80\n", address(i)))) + &virtual_server("group", &real_server(0)).replace("group 80", "group G")
    };
    recipients: CHECK, 2000, |n| block("global_defs", &block("notification_email", &each(n, |i| format!("a{i}@example.org\n"))));
    global_settings: CHECK, 1000, |n| block("global_defs", &each(n, |i| format!("router_id r{i}\n")));
    settings_of_an_instance: CHECK, 1000, |n| instance(0, &each(n, |_| "priority 7\n".to_owned()));
    blocks_of_an_instance: CHECK, 600, |n| instance(0, &each(n, |i| block("virtual_ipaddress_excluded", &format!("{}\n", address(i)))));
    unknown_words: CHECK, 100, |n| each(n, |i| format!("word{i}\n"));
    unknown_words_laid_out: FMT, 60, |n| each(n, |i| format!("word{i}\n"));
    closing_braces: CHECK, 2000, |n| each(n, |_| "}\n".to_owned());
    missing_braces: CHECK, 300, |n| each(n, |i| instance(i, "").replace("}\n}", "}\n"));
    parameters: CHECK, 1500, |n| each(n, |i| format!("$P{i}=v{i}\n$P=${{P{i}}}\n")) + "global_defs {\nrouter_id $P\n}\n";
    parameters_in_mistakes: CHECK, 400, |n| {
        each(n, |i| format!("$P{i}=v{i}\n")) + &block("global_defs", &each(n, |i| format!("router_id ${{P{i}}}\n")))
    };
    generated_lines: CHECK, 1000, |n| format!("static_ipaddress {{\n~SEQ(A,0,{}) 10.${{A}}.0.1 dev eth0\n}}\n", n.max(1) - 1);
    generated_instances: CHECK, 300, |n| {
        let parts = "$V= \\\nvrrp_script s${A} { \\\nscript /bin/true \\\n} \\\nvrrp_instance V${A} { \\\ninterface eth${A} \\\nvirtual_router_id 1 \\\n\
            track_script { \\\ns${A} \\\n} \\\nvirtual_ipaddress { \\\n10.0.0.1 \\\n} \\\n}\n";
        format!("{parts}\n~SEQ(A,1,{n}) $V\n")
    };
    generated_mistakes: CHECK, 80, |n| format!("$P=word\n~SEQ(A,0,{}) ${{P}}${{A}}\n", n.max(1) - 1);
}

fn each(n: usize, text: impl Fn(usize) -> String) -> String {
    (0..n).map(text).collect()
}

fn block(head: &str, lines: &str) -> String {
    format!("{head} {{\n{lines}}}\n")
}

fn address(i: usize) -> String {
    format!("10.{}.{}.{}", i / 62_500, i / 250 % 250, i % 250 + 1)
}

/// An instance with a router of its own.
fn instance(i: usize, lines: &str) -> String {
    let (interface, vrid) = (i / 254, i % 254 + 1);
    format!(
        "vrrp_instance V{i} {{\ninterface eth{interface}\nvirtual_router_id {vrid}\n{lines}virtual_ipaddress {{\n{}\n}}\n}}\n",
        address(i)
    )
}

fn script(i: usize) -> String {
    format!("vrrp_script s{i} {{\nscript /bin/true\n}}\n")
}

fn virtual_server(address: &str, lines: &str) -> String {
    format!("virtual_server {address} 80 {{\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\n{lines}}}\n")
}

fn real_server(i: usize) -> String {
    format!("real_server {} 80 {{\nTCP_CHECK {{\n}}\n}}\n", address(i))
}

/// Judges the growth from `n` of the thing to twice as many.
fn judge(name: &str, command: &'static [&'static str], n: usize, shape: Shape) {
    let dir = std::env::temp_dir().join(format!("vipd-growth-{}-{name}", std::process::id()));
    fs::create_dir_all(&dir).expect("there is a temporary directory");
    let path = dir.join("keepalived.conf");
    let none = instructions_for_nothing(command, &path);
    let [once, twice] = [n, 2 * n].map(|n| {
        fs::write(&path, shape(n)).expect("the temporary directory can be written");
        instructions(command, &path)
    });
    // It is not in the way of anything.
    let _ = fs::remove_dir_all(&dir);
    let percent = (twice - none) * 100 / (once - none);
    println!("{name}: {n} take {} instructions, twice as many {percent} % of it", once - none);
    assert!(percent <= AT_MOST_PERCENT, "{name}: twice as much takes {percent} % of the work");
    assert!(percent >= AT_LEAST_PERCENT, "{name}: what is there twice was not read twice: {percent} %");
}

/// How many instructions the program carries out for an empty file, which `path` becomes for it; counted once for all.
fn instructions_for_nothing(command: &'static [&'static str], path: &Path) -> u64 {
    static COUNTED: Mutex<BTreeMap<&[&str], u64>> = Mutex::new(BTreeMap::new());
    let mut counted = COUNTED.lock().unwrap_or_else(PoisonError::into_inner);
    *counted.entry(command).or_insert_with(|| {
        fs::write(path, "").expect("the temporary directory can be written");
        instructions(command, path)
    })
}

/// How many instructions the program carries out.
fn instructions(command: &[&str], file: &Path) -> u64 {
    let arguments =
        command.iter().map(|word| if *word == FILE { file.as_os_str() } else { OsStr::new(word) });
    let output = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(env!("CARGO_BIN_EXE_vipd"))
        .args(arguments)
        .stdout(Stdio::null())
        .output()
        .expect("valgrind is there: scripts/need valgrind");
    let said = String::from_utf8_lossy(&output.stderr);
    let count = said.lines().rev().find_map(|line| line.split_once("refs:"));
    let count = count.and_then(|(_, count)| count.trim().replace(',', "").parse().ok());
    count.unwrap_or_else(|| panic!("valgrind says: {said}"))
}
