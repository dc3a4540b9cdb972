//! V10xx: BFD.

use super::{Id, Severity};

ids! {
SLOW_DETECTION "V1003" Warning "BFD that is slow to notice"
    "The neighbor is missed after its multiplier times the larger one of the two intervals; BFD is for parts of a second."
    remedy "Intervals are in milliseconds, and 3 to 5 of them are usual."
    example b"bfd_instance b {
    neighbor_ip 192.0.2.1
    min_rx 20000
}
";
NO_HOPLIMIT "V1004" Hint "BFD over IPv6 without hoplimit"
    "RFC 5881 sends with hop limit 255 and accepts nothing else, so that nobody beyond the link can speak for the neighbor. keepalived sends 64 unless it is told otherwise. Therefore vipd sends 255 and accepts 64 and more."
    remedy "Write `hoplimit 255` on both ends."
    example b"bfd_instance b {
    neighbor_ip 2001:db8::1
}
";
}
