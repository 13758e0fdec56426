//! Published examples, and single packets of real servers.

use std::fs;

use rdp_packets::codec::DecodeError;
use rdp_packets::mcs::{ConnectInitial, ConnectResponse, DisconnectProviderUltimatum};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{ConnectionConfirm, ConnectionRequest, Data, Tpdu};

use super::{files, name, read};
use crate::golden::unhex;

/// Reads a message, and judges how it is written again.
type Read = fn(&[u8]) -> Result<(), DecodeError>;

/// What has to come of a vector.
#[derive(Clone, Copy)]
enum Due {
    /// It decodes, and encodes to its own bytes.
    Again(Read),
    /// Its folder's README calls it wrong, cut or hostile: it is refused, in these words.
    Refused(Read, &'static str),
    /// Its layer is not spoken yet.
    Later,
}

const DATA: Read = |bytes| read::<Tpkt<Tpdu>>(bytes).map(drop);
const REQUEST: Read = |bytes| read::<Tpkt<ConnectionRequest>>(bytes).map(drop);
const CONFIRM: Read = |bytes| read::<Tpkt<ConnectionConfirm>>(bytes).map(drop);

/// What has to come of the vectors whose names begin so; the first row that fits counts.
const RULES: &[(&str, Due)] = &[
    (
        "bcgr-4.2.2-",
        Due::Refused(DATA, "TPKT: `end of message` at byte 36 is followed by 8 bytes that belong to nothing"),
    ),
    ("bcgr-4.4-", Due::Refused(DATA, "TPKT: `content` at byte 4 needs 42 bytes, 38 are left")),
    (
        "cap-x224-cr-bare-crlf",
        Due::Refused(
            REQUEST,
            "X.224 Connection Request: `routingToken or cookie` at byte 11 is not a line that CR LF ends",
        ),
    ),
    ("bcgr-4.1.1-", Due::Again(REQUEST)),
    ("bcgr-4.1.2-", Due::Again(CONFIRM)),
    ("bcgr-4.1.3-", Due::Again(|bytes| read::<Tpkt<Data<ConnectInitial>>>(bytes).map(drop))),
    ("bcgr-4.1.4-", Due::Again(|bytes| read::<Tpkt<Data<ConnectResponse>>>(bytes).map(drop))),
    ("bcgr-4.2.3-", Due::Again(|bytes| read::<Tpkt<Data<DisconnectProviderUltimatum>>>(bytes).map(drop))),
    ("cap-x224-cr-", Due::Again(REQUEST)),
    ("cap-x224-cc-", Due::Again(CONFIRM)),
    // Fast-path input, which has no TPKT.
    ("bcgr-4.7-", Due::Later),
    // Every other message of a session: so far, what X.224 carries.
    ("bcgr-", Due::Again(DATA)),
    // Credentials before they are encrypted.
    ("cssp-4-tscredentials-", Due::Later),
    // Licensing, dynamic channels, and everything over UDP.
    ("ele-", Due::Later),
    ("edyc-", Due::Later),
    ("eudp", Due::Later),
    ("emt-", Due::Later),
    ("cap-udp-", Due::Later),
];

/// What is inside a message of a session, which is not spoken yet.
const INNER: &str = "-plain1";

#[test]
fn every_vector_comes_back_or_is_refused_by_name() {
    let Some(files) = files("RDP_VECTORS", "hex") else { return };
    let mut counts = [0; 3];
    for file in files {
        let name = name(&file);
        let rule = RULES.iter().find(|(prefix, _)| name.starts_with(prefix));
        let (_, due) = rule.unwrap_or_else(|| panic!("{name}: no rule says what has to come of it"));
        let bytes = unhex(&fs::read_to_string(&file).expect(name));
        let count = match due {
            Due::Later => 2,
            Due::Again(_) | Due::Refused(..) if name.ends_with(INNER) => 2,
            Due::Again(again) => {
                again(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
                0
            }
            Due::Refused(again, words) => {
                assert_eq!(again(&bytes).expect_err(name).to_string(), *words, "{name}");
                1
            }
        };
        counts[count] += 1;
    }
    let [again, refused, later] = counts;
    eprintln!("vectors: {again} came back, {refused} were refused by name, {later} are not spoken yet");
}
