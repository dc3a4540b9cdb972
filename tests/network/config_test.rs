//! `keepalived -t` beside Debian's: the same file, the same interfaces, the same exit code.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use lab::{Host, World};
use libtest_mimic::Trial;
use vipd_tests::programs::{daemon, debian_keepalived, vipd};

use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("config_test::exit_codes_are_keepalived_s", exit_codes),
        test("config_test::includes_are_keepalived_s", includes),
        test("config_test::the_report_goes_to_a_file", report_to_a_file),
        test("config_test::a_corpus_is_judged_as_recorded", corpus)
            .with_ignored_flag(std::env::var_os(CORPUS).is_none()),
    ]
}

/// An instance on eth0, whose address is 192.168.200.1/24, with more lines.
fn v(lines: &str) -> String {
    instance("V", 51, 200, lines)
}

fn w(lines: &str) -> String {
    instance("W", 52, 201, lines)
}

fn instance(name: &str, vrid: u8, address: u8, lines: &str) -> String {
    format!(
        "vrrp_instance {name} {{\n interface eth0\n virtual_router_id {vrid}\n virtual_ipaddress {{\n  \
         192.168.200.{address}\n }}\n{lines}\n}}\n"
    )
}

fn g(lines: &str) -> String {
    format!("global_defs {{\n{lines}\n}}\n")
}

/// Scripts run as root, guarded.
fn guarded(more: &str) -> String {
    g("enable_script_security\nscript_user root") + more
}

fn script(command: &str) -> String {
    format!("vrrp_script s {{\n script \"{command}\"\n}}\n")
}

fn group(name: &str, members: &str) -> String {
    format!("vrrp_sync_group {name} {{\n group {{\n{members}\n }}\n}}\n")
}

fn server(lines: &str, of_real: &str) -> String {
    format!(
        "virtual_server 10.1.1.1 80 {{\n lvs_sched rr\n lvs_method NAT\n protocol TCP\n{lines}\n \
         real_server 10.1.1.2 80 {{\n weight 1\n{of_real}\n }}\n}}\n"
    )
}

const TRACK: &str = "track_script {\n s\n}";

pub(crate) fn files() -> Vec<String> {
    [instances(), groups_and_scripts(), other_blocks()].into_iter().flatten().collect()
}

fn instances() -> Vec<String> {
    let mut files = vec![
        String::new(),
        v("vrf eth0"),
        v(""),
        v("}"),
        v("").replace("}\n}", "}"),
        "foo bar\n".to_owned() + &v(""),
    ];
    // Statements of an instance.
    let lines = [
        "prioritty 3",
        "priority",
        "priority 0",
        "priority 256",
        "priority 50 60",
        "priority x",
        "priority 50#6",
        "state SLAVE",
        "state",
        "state MASTER\nnopreempt",
        "nopreempt\npreempt_delay 10",
        "state MASTER\npreempt_delay 9",
        "advert_int 1.5",
        "advert_int 0",
        "advert_int 300",
        "version 3\nadvert_int 0.005",
        "version 4",
        "authentication {\nauth_type PASS\nauth_pass 123456789\n}",
        "authentication {\nauth_type PASS\n}",
        "authentication {\nauth_type XX\nauth_pass x\n}",
        "version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}",
        "state MASTER\nauthentication {\nauth_type AH\nauth_pass x\n}",
        "state MASTER\npriority 100\nauthentication {\nauth_type AH\nauth_pass x\n}",
        "track_interface {\neth0\n}",
        "track_interface {\nnowhere0\n}",
        "track_interface {\neth1 weight 300\n}",
        "garp_master_refresh_repeat 0",
        "garp_master_delay 0\ngarp_master_repeat 1",
        "debug 2",
        "virtual_routes {\n10.9.0.0/24 via 192.168.200.2 or 192.168.200.3\n}",
        "lvs_sync_daemon_interface eth1",
        "linkbeat_use_polling",
        "vmac_xmit_base",
        "use_vmac a/b",
        "use_vmac a:b",
        "track_src_ip",
        "virtual_routes {\n10.9.0.0/24 via 192.168.200.2 vrf nowhere0\n}",
        "accept",
        "virtual_ipaddress_excluded {\n2001:db8::7\n}",
        "notify \"/bin/true",
        "unicast_src_ip 192.168.200.1",
        "virtual_rules {\nfrom 192.0.2.9/32 table 100\n}",
        "virtual_routes {\n10.9.0.0/24 via 192.168.200.2\n}",
        "virtual_routes {\n10.9.0.0/24 dev nowhere0\n}",
        "virtual_routes {\n10.9.0.0/24 via 192.168.200.7 no_track\n}",
        "track_script {\ns\n}",
        "track_file {\ns\n}",
        "track_process {\ns\n}",
        "track_bfd {\ns\n}",
    ];
    files.extend(lines.map(v));
    // The same, held to the RFCs.
    let lines = [
        "",
        "preempt_delay 4",
        "state MASTER\npriority 100",
        "state BACKUP\npriority 255",
        "lower_prio_no_advert off",
        "higher_prio_send_advert on",
        "garp_lower_prio_repeat 3",
        "garp_lower_prio_delay 3",
        "down_timer_adverts 5",
        "accept",
        "version 3\naccept",
        "use_vmac 02:00:00:00:00:01",
        "use_vmac\nvmac_xmit_base",
        "authentication {\nauth_type PASS\nauth_pass x\n}",
        "unicast_peer {\n192.168.200.3\n}",
    ];
    files.extend(lines.map(|lines| g("vrrp_strict") + &v(lines)));
    files.extend(addresses());
    files
}

fn addresses() -> Vec<String> {
    let mut files = Vec::new();
    let addresses = [
        "192.168.200.200/33",
        "192.168.200.200 dev nowhere0",
        "192.168.200.200 foo",
        "192.168.200.200 {\nfoo\n}",
        "192.168.200.200 use_vmac",
        "300.1.1.1",
        "2001:db8::5",
        "192.168.200.200\n2001:db8::5",
        "192.168.200.5\n192.168.200.5",
        "fe80::5\n2001:db8::5",
        "192.168.200.7/24 brd 192.168.200.255 scope global",
        "192.168.200.7/32 brd +",
        "192.168.200.7/31 brd -",
        "2001:db8::5/64 scope link",
        "2001:db8::5/64 label eth0:v",
        "192.168.200.7/24 home mngtmpaddr",
        "192.168.200.7/24 -nodad",
        "~SEQ(I,1,4) 192.168.200.$I",
        "~SEQ(I,4,1) 10.0.0.$I",
        "~LST({A,B},{1,2},{3,4}) 10.0.${A}.${B}",
    ];
    files.extend(addresses.map(|lines| v("").replace("192.168.200.200", lines)));
    // Interfaces and numbers.
    let changes =
        [("eth0", "nowhere0"), ("eth0", "lo"), ("eth0", "abcdefghijklmnop"), ("51", "0"), ("51", "256")];
    files.extend(changes.map(|(old, new)| v("").replace(old, new)));
    files.extend([v("").replace("interface eth0\n", ""), v("").replace("virtual_router_id 51\n", "")]);
    files.push(g("dynamic_interfaces") + &v("").replace("eth0", "nowhere0"));
    files
}

fn groups_and_scripts() -> Vec<String> {
    let mut files = Vec::new();
    // Several instances, groups.
    files.extend([v("") + &v(""), v("") + &v("").replace(" V ", " X "), v("") + &w("")]);
    let pair = v("") + &w("");
    files.extend([
        group("G", "V\nW") + &pair,
        group("G", "V") + &pair,
        group("G", "V\nW\nX") + &pair,
        group("G", "V\nV\nW") + &pair,
        group("G", "V\nW") + &group("G", "V\nW") + &pair,
        group("G", "V\nW") + &group("H", "V\nW") + &pair,
        "vrrp_sync_group G {\n}\n".to_owned() + &pair,
        group("G", "V\nW") + &v("track_interface {\neth1 weight 10\n}") + &w(""),
        group("G", "V\nW\n }\n track_interface {\n eth1") + &pair,
        group("G", "V\nW\n }\n track_interface {\n eth0") + &pair,
        group("G", "V\nW\n }\n track_interface {\n eth1") + &v("track_interface {\neth1\n}") + &w(""),
    ]);
    // Scripts, users, the guard.
    files.extend([
        guarded(&script("/bin/true")) + &v(TRACK),
        script("/bin/true") + &v(TRACK),
        script("/bin/true"),
        guarded(&script("/bin/none")) + &v(TRACK),
        guarded(&v(TRACK)) + &script("/bin/true"),
        guarded("vrrp_script s {\n}\n") + &v(TRACK),
        g("script_user root") + &v("notify /bin/true"),
        guarded(&v("notify /bin/none")),
        guarded(&v("notify /bin/true")),
        g("script_user noone") + &v(""),
        g("script_user root nogroupx") + &v(""),
        g("enable_script_security") + &v("notify /bin/true"),
        g("enable_script_security") + &script("/bin/true") + &v(TRACK),
        g("startup_script /bin/true") + &v(""),
        guarded(&script("/bin/true").replace("script \"", "user noone\nscript \"")) + &v(TRACK),
        guarded(&server("", "MISC_CHECK {\nmisc_path /bin/true\n}")),
        server("quorum_up /bin/true", ""),
        guarded(&server("", "MISC_CHECK {\nmisc_path /bin/true\nuser noone\n}")),
        guarded(&server("quorum_up /bin/none", "")),
    ]);
    files
}

fn other_blocks() -> Vec<String> {
    vec![
        "bfd_instance b {\n}\n".to_owned() + &v(""),
        "bfd_instance b {\nneighbor_ip 192.0.2.9\n}\n".to_owned() + &v(""),
        "bfd_instance b {\nneighbor_ip 192.0.2.9\nidle_tx 60000\nmin_rx 60000\n}\n".to_owned() + &v(""),
        "track_file f {\n}\n".to_owned() + &v(""),
        "vrrp_track_process p {\n}\n".to_owned() + &v(""),
        "static_ipaddress {\n10.8.8.8/24 dev nowhere0\n}\n".to_owned() + &v(""),
        "garp_group {\n}\n".to_owned() + &v(""),
        "static_ipaddress {\n10.8.8.8/24 dev eth0 track_group T\n}\n".to_owned() + &v(""),
        g("lvs_id x") + &v(""),
        g("vrrp_garp_interval 0") + &v(""),
        g("vrrp_startup_delay 0") + &v(""),
        g("router_id x\nrouter_id y") + &v(""),
        g("notification_email {\n}") + &v(""),
        g("notification_email {\na@example.com\n}") + &v(""),
        g("vrrp_version 4") + &v(""),
        g("smtp_server mail.invalid"),
        g("smtp_server 192.0.2.300"),
        g("smtp_server localhost 587"),
        g("vrrp_mcast_group4 10.0.0.1") + &v(""),
        g("vrrp_iptables") + &v(""),
        server("", ""),
        server("quorum 5", ""),
        server("", "").replace("lvs_sched rr\n", ""),
        server("", "").replace("10.1.1.2", "2001:db8::2"),
        server("", "HTTP_GET {\nurl {\npath /\nstatus_code 200\n}\n}"),
        server("", "").replace("10.1.1.1 80", "fwmark 5"),
        "$X=5\n".to_owned() + &v("garp_master_repeat ${X}"),
        v("priority ${X}"),
        "include /nowhere/none.conf\n".to_owned() + &v(""),
        "@other foo\n".to_owned() + &v(""),
        v("").replace('\n', "\r\n"),
        v("").replace(' ', "\t"),
    ]
}

fn exit_codes() -> Result<()> {
    let (world, host) = machine()?;
    let file = world.dir().join("config-test.conf");
    let mut wrong = Vec::new();
    let files = files();
    anyhow::ensure!(files.len() > 100, "{} files", files.len());
    for text in files {
        fs::write(&file, &text)?;
        let (ours, theirs) = (code(&host, &daemon(), &file)?, code(&host, &debian_keepalived()?, &file)?);
        if ours != theirs {
            wrong.push(format!("{ours} instead of {theirs}:\n{text}"));
        }
    }
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

pub(crate) fn machine() -> Result<(World, Host)> {
    let mut world = vipd_tests::world()?;
    let host = world.host("Checked", &["192.168.200.1/24"])?;
    host.output("ip", &["link", "add", "eth1", "type", "veth", "peer", "name", "other1"])?;
    Ok((world, host))
}

/// What `PROGRAM -t -f FILE` ends with.
pub(crate) fn code(host: &Host, program: &Path, file: &Path) -> Result<i32> {
    let mut command = Command::new(program);
    command.arg("-t").arg("-f").arg(file).stdout(Stdio::null()).stderr(Stdio::null());
    let status = host.spawn(command)?.wait()?;
    status.code().with_context(|| format!("{} {status}", program.display()))
}

/// Each way to include beside each kind of name, and each level of `include_check`.
fn includes() -> Result<()> {
    let (world, host) = machine()?;
    let dir = world.dir();
    for folder in ["several", "empty"] {
        fs::create_dir(dir.join(folder))?;
    }
    for name in ["one.conf", "several/a.conf", "several/b.conf"] {
        fs::write(dir.join(name), "! nothing but this\n")?;
    }
    std::os::unix::fs::symlink("nowhere", dir.join("dangling.conf"))?;
    let names = [
        "one.conf",
        "none.conf",
        "several/*.conf",
        "several/*.none",
        "several/{a,b}.conf",
        "several/{a,z}.conf",
        "{one,none}.conf",
        "several/?.conf",
        "empty",
        "dangling.conf",
        "nowhere/x.conf",
        "one.conf several/a.conf",
        "",
    ];
    let keywords =
        ["include", "includer", "includem", "includew", "includeb", "includea"].map(|name| (None, name));
    let checks =
        ["", "all", "readable", "read", "match", "wildcard_match", "brace_match", "none", "match read"]
            .map(|levels| (Some(levels), "include"));
    let file = dir.join("including.conf");
    let mut wrong = Vec::new();
    for (levels, keyword) in keywords.into_iter().chain(checks) {
        for name in names {
            let check = levels.map(|levels| format!("include_check {levels}\n")).unwrap_or_default();
            let text = format!("{check}{keyword} {name}\n{}", v(""));
            fs::write(&file, &text)?;
            let (ours, theirs) = (code(&host, &daemon(), &file)?, code(&host, &debian_keepalived()?, &file)?);
            // keepalived has a 6 for some of these, which otherwise means programs that run unguarded.
            if (ours == 0) != (theirs == 0) {
                wrong.push(format!("{ours} instead of {theirs}: {check}{keyword} {name}"));
            }
        }
    }
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// `-tFILE` and `--config-test=FILE` write the findings there.
fn report_to_a_file() -> Result<()> {
    let (world, host) = machine()?;
    let (file, report) = (world.dir().join("reported.conf"), world.dir().join("report"));
    fs::write(&file, v("prioritty 3"))?;
    for program in [daemon(), debian_keepalived()?] {
        for option in ["-t", "--config-test="] {
            fs::write(&report, "")?;
            let mut command = Command::new(&program);
            command.arg(format!("{option}{}", report.display())).arg("-f").arg(&file);
            let output = host.run(|| command.stdin(Stdio::null()).output())??;
            let text = fs::read_to_string(&report)?;
            let shown = format!("{} {option}: {text}", program.display());
            anyhow::ensure!(output.status.code() == Some(5), "{shown}");
            anyhow::ensure!(text.contains("nknown keyword") && text.contains("prioritty"), "{shown}");
            anyhow::ensure!(output.stderr.is_empty(), "{shown}: also on standard error");
        }
    }
    Ok(())
}

/// What goes wrong when the file is laid out, or shown, and read again.
fn round_trips(host: &Host, dir: &Path, file: &Path) -> Result<Option<&'static str>> {
    let copy = dir.join("copy.conf");
    let show = |text: &[u8], arguments: &[&str]| -> Result<Vec<u8>> {
        fs::write(&copy, text)?;
        let mut command = Command::new(vipd());
        command.args(arguments).arg(&copy).stdin(Stdio::null());
        Ok(host.run(|| command.output())??.stdout)
    };
    let meaning = |text: &[u8]| -> Result<_> {
        Ok((show(text, &["show-config"])?, show(text, &["show-config", "--json"])?))
    };
    let original = fs::read(file)?;
    let before = meaning(&original)?;
    if meaning(&before.0)? != before {
        return Ok(Some("what is shown does not read back to the same"));
    }
    fs::write(&copy, &original)?;
    if !host.run(|| Command::new(vipd()).arg("fmt").arg(&copy).stderr(Stdio::null()).status())??.success() {
        return Ok(Some("cannot be laid out"));
    }
    let laid_out = fs::read(&copy)?;
    if meaning(&laid_out)? != before {
        return Ok(Some("means something else when it is laid out"));
    }
    fs::write(&copy, &laid_out)?;
    let again = host.run(|| Command::new(vipd()).arg("fmt").arg("--check").arg(&copy).status())??;
    Ok((!again.success()).then_some("is laid out anew each time"))
}

/// Names the folder of a corpus.
const CORPUS: &str = "VIPD_CORPUS";

/// `VIPD_CORPUS` names a folder of files with an `index.tsv` that has the columns `file`, `verdict_exit` and
/// `interfaces_created`.
fn corpus() -> Result<()> {
    let folder = std::env::var_os(CORPUS).context(CORPUS)?;
    let folder = Path::new(&folder);
    let index = fs::read_to_string(folder.join("index.tsv"))?;
    let mut lines = index.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = lines.next().context("index.tsv is empty")?;
    let column = |name: &str| head.iter().position(|column| *column == name).context(name.to_owned());
    let [file, verdict, interfaces] =
        [column("file")?, column("verdict_exit")?, column("interfaces_created")?];
    let mut wrong = Vec::new();
    let mut judged = 0;
    for line in lines {
        let field = |at: usize| line.get(at).copied().unwrap_or_default();
        let mut world = vipd_tests::world()?;
        let host = world.host("Judge", &[])?;
        for (index, name) in
            field(interfaces).split(',').filter(|name| !name.is_empty() && *name != "eth0").enumerate()
        {
            host.output(
                "ip",
                &["link", "add", name, "type", "veth", "peer", "name", &format!("peer{index}")],
            )?;
        }
        let ours = code(&host, &daemon(), &folder.join(field(file)))?;
        judged += 1;
        wrong.extend(
            round_trips(&host, world.dir(), &folder.join(field(file)))?
                .map(|what| format!("{}: {what}", field(file))),
        );
        if ours.to_string() != field(verdict) {
            wrong.push(format!("{}: {ours} instead of {}", field(file), field(verdict)));
        }
    }
    eprintln!("{judged} files judged, {} with another code:\n{}", wrong.len(), wrong.join("\n"));
    // Differences that are listed, with their reasons, in docs/compatibility.md.
    let listed = ["054.conf"];
    wrong.retain(|line| !listed.iter().any(|name| line.starts_with(name)));
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
