//! What this crate adds to the kernel's own time, side by side in one run: addresses, advertisements, packets
//! of a flood, notifications, deadlines. Makes its own namespaces; needs no privilege.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a measurement that cannot go on ends")]

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use engine::api::{AddressOp, AddressSpec, Subscription, Transmit};
use linux::link;
use linux::namespace::{NetNs, enter_private};
use linux::netlink::Netlink;
use linux::packet::PacketSocket;
use linux::poll::Poller;
use linux::vrrp_socket::VrrpSockets;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrV4, SocketFlags, SocketType, bind, recv, send, sendto,
    socket_with,
};
use rustix::time::{ClockId, clock_gettime};
use types::{Cidr, IfIndex};

const COUNT: u32 = 2000;

fn main() {
    enter_private(true).unwrap();
    let (a, b) = (NetNs::create().unwrap(), NetNs::create().unwrap());
    a.run(|| link::add_veth("eth0", "eth0", &b)).unwrap().unwrap();
    for (ns, address) in [(&a, "192.0.2.1/24"), (&b, "192.0.2.2/24")] {
        ns.run(|| {
            link::set_up("eth0", true).unwrap();
            link::add_address("eth0", address.parse().unwrap()).unwrap();
        })
        .unwrap();
    }
    std::thread::sleep(Duration::from_secs(2));
    a.run(addresses).unwrap();
    a.run(adverts).unwrap();
    flood(&a, &b);
    deadlines();
}

/// CPU time of the calling thread, in microseconds.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn address(i: u32) -> Ipv4Addr {
    Ipv4Addr::from(0x0a00_0001 + i)
}

/// 2,000 /32 addresses: this crate, and bare messages of 40 bytes, 100 per call, one answer each.
fn addresses() {
    let eth0 = link::index_of("eth0").unwrap();
    let bare = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None).unwrap();
    bind(&bare, &SocketAddrNetlink::new(0, 0)).unwrap();
    let mut netlink = Netlink::open().unwrap();
    let adds: Vec<_> =
        (0..COUNT).map(|i| AddressOp::Add(AddressSpec::plain(eth0, Cidr::host(address(i).into())))).collect();
    let removes: Vec<_> = (0..COUNT)
        .map(|i| AddressOp::Remove { ifindex: eth0, cidr: Cidr::host(address(i).into()) })
        .collect();
    let mut times = [(); 4].map(|()| Vec::new());
    let mut notifications = Vec::new();
    for _ in 0..15 {
        times[0].push(timed(|| bare_messages(&bare, 20, 0x605, eth0)));
        times[1].push(timed(|| bare_messages(&bare, 21, 5, eth0)));
        netlink.dump().unwrap();
        times[2].push(timed(|| assert!(netlink.apply(&adds).unwrap().is_empty())));
        times[3].push(timed(|| assert!(netlink.apply(&removes).unwrap().is_empty())));
        let mut count = 0;
        let start = Instant::now();
        netlink
            .read_events(usize::MAX, &mut |input| {
                black_box(&input);
                count += 1;
            })
            .unwrap();
        notifications.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(count));
        assert_eq!(count, 2 * COUNT);
    }
    let [floor_add, floor_remove, add, remove] = times.map(median);
    println!("add 2000 addresses: {add:.1} ms, bare {floor_add:.1} ms, ratio {:.3}", add / floor_add);
    println!(
        "remove 2000 addresses: {remove:.1} ms, bare {floor_remove:.1} ms, ratio {:.3}",
        remove / floor_remove
    );
    println!("read a notification: {:.2} us", median(notifications));
}

fn timed(f: impl FnOnce()) -> f64 {
    let start = Instant::now();
    f();
    start.elapsed().as_secs_f64() * 1e3
}

fn bare_messages(socket: &OwnedFd, kind: u16, flags: u16, ifindex: IfIndex) {
    for chunk in (0..COUNT).collect::<Vec<_>>().chunks(100) {
        let mut bytes = Vec::with_capacity(4000);
        for &i in chunk {
            let flags = if i == chunk[chunk.len() - 1] { flags } else { flags & !4 };
            bytes.extend(40_u32.to_ne_bytes());
            bytes.extend(kind.to_ne_bytes());
            bytes.extend(flags.to_ne_bytes());
            bytes.extend(i.to_ne_bytes());
            bytes.extend([0; 4]);
            bytes.extend([2, 32, 0, 0]);
            bytes.extend(ifindex.0.to_ne_bytes());
            for attribute in [2_u16, 1] {
                bytes.extend(8_u16.to_ne_bytes());
                bytes.extend(attribute.to_ne_bytes());
                bytes.extend(address(i).octets());
            }
        }
        send(socket, &bytes, SendFlags::empty()).unwrap();
        let mut answer = [0; 4096];
        recv(socket, &mut answer, RecvFlags::empty()).unwrap();
        assert_eq!(answer[16..20], [0; 4], "refused");
    }
}

/// CPU time per advertisement: this crate in batches of several sizes, and bare sends.
fn adverts() {
    let eth0 = link::index_of("eth0").unwrap();
    let payload: Arc<[u8]> = Arc::from([0x31, 51, 100, 1, 0, 100, 0, 0, 10, 1, 0, 1]);
    let protocol = std::num::NonZeroU32::new(112).map(rustix::net::Protocol::from_raw);
    let bare = socket_with(AddressFamily::INET, SocketType::RAW, SocketFlags::CLOEXEC, protocol).unwrap();
    rustix::net::sockopt::set_ip_multicast_loop(&bare, false).unwrap();
    rustix::net::sockopt::set_ip_multicast_if_with_ifindex(
        &bare,
        &Ipv4Addr::UNSPECIFIED,
        &Ipv4Addr::UNSPECIFIED,
        eth0.0,
    )
    .unwrap();
    let group = SocketAddrV4::new(Ipv4Addr::new(224, 0, 0, 18), 0);
    let mut sockets = VrrpSockets::open().unwrap();
    let packet = Transmit {
        ifindex: eth0,
        src: "192.0.2.1".parse().unwrap(),
        dst: group.ip().to_owned().into(),
        ttl: 255,
        payload: Arc::clone(&payload),
        whole: false,
    };
    let per_packet = |f: &mut dyn FnMut() -> usize| {
        median(
            (0..31)
                .map(|_| {
                    let start = cpu();
                    let mut sent = 0;
                    while sent < 1000 {
                        sent += f();
                    }
                    (cpu() - start) / sent as f64
                })
                .collect(),
        )
    };
    let floor = per_packet(&mut || {
        sendto(&bare, &payload, SendFlags::empty(), &group).unwrap();
        1
    });
    println!("advertisement, bare sendto: {floor:.2} us");
    for size in [1, 4, 16, 100, 1000] {
        let batch = vec![&packet; size];
        let cost = per_packet(&mut || {
            assert!(sockets.send(&batch).is_empty());
            size
        });
        println!("advertisement in a batch of {size}: {cost:.2} us");
    }
}

/// CPU time of the reading thread, in cores, while packets for its VRID and for another one pour in.
fn flood(a: &NetNs, b: &NetNs) {
    let (here, there) = [a, b].map(|ns| ns.run(|| link::index_of("eth0")).unwrap().unwrap()).into();
    for (name, vrid, ttl) in
        [("own VRID", 51_u8, 255_u8), ("own VRID, TTL 64", 51, 64), ("foreign VRID", 99, 255)]
    {
        let stop = Arc::new(AtomicBool::new(false));
        let reader = {
            let stop = Arc::clone(&stop);
            let a = a.clone();
            std::thread::spawn(move || a.run(move || read_flood(here, &stop)).unwrap())
        };
        let mut sender = b.run(PacketSocket::open).unwrap().unwrap();
        let frame = [frame(vrid, ttl)];
        let start = Instant::now();
        let mut sent = 0_u32;
        while start.elapsed() < Duration::from_secs(3) {
            while u128::from(sent) < start.elapsed().as_micros() / 10 {
                sent += sender.send(there, &frame).unwrap() as u32;
            }
            std::thread::sleep(Duration::from_micros(300));
        }
        stop.store(true, Ordering::Relaxed);
        let (got, wakeups, cores) = reader.join().unwrap();
        println!("flood, {name}: {} sent/s, {got} read, {wakeups} wake-ups, {cores:.3} cores", sent / 3);
    }
}

fn read_flood(here: IfIndex, stop: &AtomicBool) -> (usize, usize, f64) {
    let mut sockets = VrrpSockets::open().unwrap();
    let group = "224.0.0.18".parse().unwrap();
    assert!(
        sockets
            .subscribe(&[Subscription { ifindex: here, vrf: None, group, vrids: vec![51], ah: false }])
            .is_empty()
    );
    let mut poller = Poller::new().unwrap();
    for fd in sockets.fds() {
        poller.add(fd, 1).unwrap();
    }
    let (mut got, mut wakeups, mut ready) = (0, 0, Vec::new());
    let (start, started) = (cpu(), Instant::now());
    while !stop.load(Ordering::Relaxed) {
        poller.wait(Some(linux::clock::now() + Duration::from_millis(100)), &mut ready).unwrap();
        wakeups += 1;
        if !ready.is_empty() {
            got += sockets
                .recv(256, &mut |packet| {
                    black_box(packet);
                })
                .unwrap();
        }
    }
    (got, wakeups, (cpu() - start) / started.elapsed().as_secs_f64() / 1e6)
}

fn frame(vrid: u8, ttl: u8) -> Vec<u8> {
    let mut ip = vec![0x45, 0xc0, 0, 40, 0, 1, 0, 0, ttl, 112, 0, 0, 192, 0, 2, 2, 224, 0, 0, 18];
    let sum: u32 = ip.chunks(2).map(|w| u32::from(u16::from_be_bytes([w[0], w[1]]))).sum();
    let sum = (sum & 0xffff) + (sum >> 16);
    ip[10..12].copy_from_slice(&(!((sum & 0xffff) + (sum >> 16)) as u16).to_be_bytes());
    let mut frame = vec![0x01, 0x00, 0x5e, 0, 0, 0x12, 2, 0, 0, 0, 0, 2, 0x08, 0x00];
    frame.extend(ip);
    frame.extend([0x21, vrid, 100, 1, 1, 1, 0, 0, 10, 77, 0, 100, 49, 49, 49, 49, 0, 0, 0, 0]);
    frame
}

/// How late the poller is after deadlines of several lengths.
fn deadlines() {
    let mut poller = Poller::new().unwrap();
    let mut ready = Vec::new();
    for length in [1, 10, 100, 1000] {
        let late = (0..(1500 / length).clamp(3, 200))
            .map(|_| {
                let deadline = linux::clock::now() + Duration::from_millis(length);
                poller.wait(Some(deadline), &mut ready).unwrap();
                linux::clock::now().since(deadline).as_secs_f64() * 1e6
            })
            .collect();
        println!("deadline in {length} ms: {:.0} us late", median(late));
    }
}
