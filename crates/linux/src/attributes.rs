//! Netlink messages byte by byte, for what the libraries do not encode: headers, attributes, nests.

const NESTED: u16 = libc::NLA_F_NESTED as u16;

/// Messages behind one another, ready to be sent.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    bytes: Vec<u8>,
    /// How many.
    pub(crate) count: u32,
    first: u32,
    /// Where the last one begins.
    last_at: usize,
}

impl Messages {
    /// Numbered from `first` on.
    pub(crate) fn new(first: u32) -> Self {
        Self { bytes: Vec::new(), count: 0, first, last_at: 0 }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number of the last message.
    pub(crate) fn last(&self) -> u32 {
        self.first.wrapping_add(self.count).wrapping_sub(1)
    }

    /// The last message so far shall be answered when it succeeds, too.
    pub(crate) fn want_answer(&mut self) {
        if let Some(flags) = self.bytes.get_mut(self.last_at + 6..self.last_at + 8)
            && let Ok(old) = <[u8; 2]>::try_from(&*flags)
        {
            flags.copy_from_slice(&(u16::from_ne_bytes(old) | libc::NLM_F_ACK as u16).to_ne_bytes());
        }
    }

    /// Appends a message: its kind, its flags, the fixed part behind the header, and the attributes that `fill` adds.
    pub(crate) fn add(
        &mut self,
        kind: u16,
        flags: u16,
        fixed: &[u8],
        fill: impl FnOnce(&mut Attributes<'_>),
    ) {
        let start = self.bytes.len();
        self.last_at = start;
        let sequence = self.first.wrapping_add(self.count);
        self.count += 1;
        self.bytes.extend([0; 4]);
        self.bytes.extend(kind.to_ne_bytes());
        self.bytes.extend((flags | libc::NLM_F_REQUEST as u16).to_ne_bytes());
        self.bytes.extend(sequence.to_ne_bytes());
        self.bytes.extend([0; 4]);
        self.bytes.extend(fixed);
        pad(&mut self.bytes);
        fill(&mut Attributes(&mut self.bytes));
        let len = (self.bytes.len() - start) as u32;
        self.bytes[start..start + 4].copy_from_slice(&len.to_ne_bytes());
    }
}

/// Attributes of one message or nest.
#[derive(Debug)]
pub(crate) struct Attributes<'a>(&'a mut Vec<u8>);

impl Attributes<'_> {
    pub(crate) fn bytes(&mut self, kind: u16, value: &[u8]) {
        self.0.extend(((value.len() + 4) as u16).to_ne_bytes());
        self.0.extend(kind.to_ne_bytes());
        self.0.extend(value);
        pad(self.0);
    }

    /// With the final NUL that the kernel wants.
    pub(crate) fn text(&mut self, kind: u16, value: &str) {
        let mut bytes = value.as_bytes().to_vec();
        bytes.push(0);
        self.bytes(kind, &bytes);
    }

    /// In the host's order.
    pub(crate) fn word(&mut self, kind: u16, value: u32) {
        self.bytes(kind, &value.to_ne_bytes());
    }

    /// In network order.
    pub(crate) fn big_word(&mut self, kind: u16, value: u32) {
        self.bytes(kind, &value.to_be_bytes());
    }

    /// Attributes within an attribute; together below 64 KiB.
    pub(crate) fn nest(&mut self, kind: u16, fill: impl FnOnce(&mut Attributes<'_>)) {
        let start = self.0.len();
        self.0.extend([0; 2]);
        self.0.extend((kind | NESTED).to_ne_bytes());
        fill(&mut Attributes(self.0));
        let len = (self.0.len() - start) as u16;
        self.0[start..start + 2].copy_from_slice(&len.to_ne_bytes());
    }
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}
