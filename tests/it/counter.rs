//! A host that takes connections and says nothing, and counts who is connected at a time.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Counts connections: to one address, or to several together.
pub(crate) struct Counter(watch::Sender<Count>);

/// Connections so far.
#[derive(Default)]
pub(crate) struct Count {
    pub(crate) all: usize,
    pub(crate) now: usize,
    pub(crate) most: usize,
    /// Those that the other side reset.
    pub(crate) reset: usize,
}

impl Counter {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(watch::Sender::default()))
    }

    /// Takes connections, says nothing, and counts each until it is closed.
    pub(crate) async fn listen(self: &Arc<Self>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (address, counter) = (listener.local_addr().expect("an address"), Arc::clone(self));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let counter = Arc::clone(&counter);
                counter.0.send_modify(|count| {
                    (count.all, count.now) = (count.all + 1, count.now + 1);
                    count.most = count.most.max(count.now);
                });
                tokio::spawn(async move {
                    let ended = stream.read_to_end(&mut Vec::new()).await;
                    counter.0.send_modify(|count| {
                        (count.now, count.reset) = (count.now - 1, count.reset + usize::from(ended.is_err()));
                    });
                });
            }
        });
        address
    }

    /// Waits until the count is as it should be.
    pub(crate) async fn until(&self, wanted: impl Fn(&Count) -> bool) {
        self.0.subscribe().wait_for(wanted).await.expect("we hold the sender");
    }

    /// All there were, and the most at a time.
    pub(crate) fn seen(&self) -> (usize, usize) {
        let count = self.0.borrow();
        (count.all, count.most)
    }
}
