use std::io;
use std::time::Duration;

use socket2::SockRef;

use super::Wire;
use crate::evidence::Event;
use crate::stop::{Cause, Operation};
use crate::wire::transport::Transport;

/// What is awaited before a message leaves that is to expire on the way: an end that comes then is not drawn by it.
pub const UNDRAWN: &str = "an end before our message";

/// What is awaited while it expires on the way.
pub const DRAWN: &str = "an end that our message draws on the way";

/// How long either is awaited, besides two round trips. Meanwhile the kernel may send the message again, and as short.
pub const HELD: Duration = Duration::from_millis(200);

impl Wire {
    /// Sends a message. Where `hops` are given, it goes no further at first, and has time to draw an end there; after that
    /// what the kernel sends again goes all the way: nobody has acknowledged it.
    pub async fn send_as_far_as(&mut self, hops: Option<u8>, message: &str, bytes: &[u8]) -> Result<(), Cause> {
        let Some(hops) = hops else { return self.send(message, bytes).await };
        let rtt = self.tape.recording().path_rtt().unwrap_or_default();
        let time = HELD + rtt * 2;
        self.listen(UNDRAWN, time).await?;
        let all = self.reach(hops.into())?;
        let sent = self.send(message, bytes).await;
        let drawn = if sent.is_ok() { self.listen(DRAWN, time).await } else { sent };
        self.reach(all)?;
        drawn
    }

    /// Listens for some time to what may come. That nothing does is no failure.
    async fn listen(&mut self, message: &str, time: Duration) -> Result<(), Cause> {
        self.tape.note(Event::Awaiting { message: message.to_owned() });
        let until = self.limits.linger(self.tape.clock().now(), time);
        match self.fill(&until).await {
            Err(Cause::Silence) => Ok(()),
            heard => heard,
        }
    }

    /// Lets our packets go so many hops from here on, and gives how many they went before.
    fn reach(&self, hops: u32) -> Result<u32, Cause> {
        let Some(Transport::Tcp(socket)) = &self.transport else { return Ok(hops) };
        let set = || -> io::Result<u32> {
            let option = SockRef::from(socket);
            if socket.local_addr()?.is_ipv6() {
                let before = option.unicast_hops_v6()?;
                option.set_unicast_hops_v6(hops).map(|()| before)
            } else {
                let before = option.ttl_v4()?;
                option.set_ttl_v4(hops).map(|()| before)
            }
        };
        set().map_err(|error| Cause::local(Operation::HopLimit, error))
    }
}
