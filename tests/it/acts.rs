//! What the lab's acts are on the wire, seen by a bare socket: an act that is not what it says would prove nothing.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use rdp_lab::act::{Act, Step};
use rdp_lab::lie::Lie;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::{End, LabServer};
use rdp_packets::codec::Encode;
use rdp_packets::negotiate::{Protocols, Request, RequestFlags};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::ConnectionRequest;

/// The bytes of a healthy server's Connection Confirm.
const CONFIRM: usize = 19;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_is_on_the_wire_what_it_says() {
    for (act, length, kind) in [
        (Act::Close, 0, None),
        (Act::Reset, 0, Some(ErrorKind::ConnectionReset)),
        (Act::Truncate, CONFIRM / 2, None),
        (Act::Decline(5), CONFIRM, None),
        (Act::Ultimatum(1), 9, None),
        (Act::Disconnect(128), 11, None),
    ] {
        let (bytes, error) = exchange(act.clone()).await;
        assert_eq!((bytes.len(), error), (length, kind), "{act}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_an_answer_is_cut_its_bytes_are_the_same() {
    let whole = first(Act::Pass, CONFIRM).await;
    for act in [Act::Split, Act::DripMs(1), Act::DelayMs(5)] {
        assert_eq!(first(act.clone(), CONFIRM).await, whole, "{act}");
    }
    assert_eq!(first(Act::Half, CONFIRM / 2).await, whole[..CONFIRM / 2]);
    let lie = first(Act::Garble(Lie::Length(3)), CONFIRM).await;
    assert_eq!(lie.get(..4), Some(&[3, 0, 0, 3][..]));
}

/// Everything that comes back for a Connection Request, and the error that it ends with, if it does.
async fn exchange(act: Act) -> (Vec<u8>, Option<ErrorKind>) {
    let reset = act == Act::Reset;
    let (answer, end) = asked(act, |mut socket| {
        let mut bytes = Vec::new();
        let error = socket.read_to_end(&mut bytes).err().map(|error| error.kind());
        (bytes, error)
    })
    .await;
    assert_eq!(end, if reset { End::Ours } else { End::Fin });
    answer
}

/// The first bytes that come back for a Connection Request.
async fn first(act: Act, count: usize) -> Vec<u8> {
    let read = move |mut socket: TcpStream| {
        let mut bytes = vec![0; count];
        socket.read_exact(&mut bytes).expect("an answer");
        bytes
    };
    asked(act, read).await.0
}

/// Asks a server that does an act at `negotiate`, and tells how the server saw the connection end.
async fn asked<T: Send + 'static>(act: Act, read: impl FnOnce(TcpStream) -> T + Send + 'static) -> (T, End) {
    let scenario = Scenario::parse("act", "about = ''").expect("an empty scenario").with(Step::Negotiate, act);
    let server = LabServer::start(scenario).await.expect("a lab server starts");
    let address = server.address;
    let answer = tokio::task::spawn_blocking(move || {
        let mut socket = TcpStream::connect(address).expect("the server listens");
        let negotiation = Request { flags: RequestFlags::default(), protocols: Protocols::HYBRID };
        let (routing, correlation) = (None, None);
        let request = ConnectionRequest { source_reference: 0, routing, negotiation: Some(negotiation), correlation };
        socket.write_all(&Tpkt(request).to_bytes()).expect("the server reads");
        read(socket)
    });
    let answer = answer.await.expect("the client ends");
    let connections = server.finish().await;
    (answer, connections.first().expect("a connection").end)
}
