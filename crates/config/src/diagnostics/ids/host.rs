//! V08xx: This machine (`rules::host`).

use super::{Id, Severity};

ids! {
NO_SUCH_INTERFACE "V0801" Error "no such interface"
    "The machine has no interface of this name now. The instance is in FAULT until there is one."
    remedy "Correct the name, or create the interface.";
INTERFACE_DOWN "V0802" Warning "interface down"
    "The interface is switched off or has no carrier; the instance is in FAULT meanwhile."
    remedy "Switch it on, or look at the cable.";
SOURCE_MISSING "V0803" Warning "no address to advertise from"
    "Advertisements are sent from an address of the interface's own, of the family of the instance, and a BFD session from its source_ip. An address that is also virtual, with the same prefix length, is no longer its own."
    remedy "Give the interface one, or correct mcast_src_ip, unicast_src_ip or source_ip.";
OUTSIDE_NETWORKS "V0804" Warning "address in no network of the interface"
    "Neighbors ask for addresses of their own networks only; for others they ask a router."
    remedy "Correct the address, write its prefix length, or make sure that routers send it here.";
OWNER_OF_NOTHING "V0805" Warning "owner of nothing"
    "Priority 255 says that the addresses are the machine's own, and the interface does not have this one."
    remedy "Use a priority below 255.";
ADDRESS_IS_PERMANENT "V0806" Warning "address is there already"
    "The interface has the address by other means than VRRP, Master or not. Two machines answer for it as soon as another one is Master, or, with the same prefix length, the interface loses it."
    remedy "Remove it from the system's network configuration, or from virtual_ipaddress.";
NO_PRIVILEGE "V0807" Warning "missing privilege"
    "The daemon sets addresses and opens raw sockets; the user who checks may not."
    remedy "Run the daemon as root, or give it CAP_NET_ADMIN and CAP_NET_RAW.";
NO_IPV6 "V0808" Error "IPv6 is switched off"
    "The interface cannot have IPv6 addresses (disable_ipv6), or the kernel has no IPv6."
    remedy "Set net.ipv6.conf.INTERFACE.disable_ipv6 to 0.";
ADVERT_LONGER_THAN_MTU "V0809" Warning "advertisement longer than the MTU"
    "All addresses stand in each advertisement, and the interface carries shorter packets only."
    remedy "Leave the first address in virtual_ipaddress and move the others to virtual_ipaddress_excluded.";
PROGRAM_MISSING "V0810" Error "no such program"
    "The program is not on this machine. What it is for does not happen; a tracker whose script cannot run is disabled."
    remedy "Install it, or correct the path.";
PROGRAM_NOT_EXECUTABLE "V0811" Error "program that cannot be run"
    "The file is there, but it is no file or the user that it is to run as may not run it."
    remedy "Make it executable for that user.";
PROGRAM_WRITABLE "V0812" Warning "program that others can replace"
    "The program runs as root, and somebody else may write it, or a directory on the way to it: whoever that is can become root. With `enable_script_security` it is not run."
    remedy "Give the file and all directories above it to root, and let nobody else write there.";
NO_SUCH_USER "V0813" Error "no such user or group"
    "The user or group that a program is to run as does not exist on this machine, so that it is not run."
    remedy "Create it, or name one that exists.";
KERNEL_LACKS "V0814" Warning "kernel without this feature"
    "The configuration needs something that the kernel of this machine was built without, or whose module is not installed."
    remedy "Install the module, or another kernel.";
MAIL_SERVER_UNKNOWN "V0815" Warning "mail server that is not found"
    "The name service of this machine does not know the mail server. The name is asked for again for each mail; until there is an answer none is sent."
    remedy "Correct the name, see to the name service, or write the address: mails are sent when something is amiss, and then the name service may be, too.";
}
