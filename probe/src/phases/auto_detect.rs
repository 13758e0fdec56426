//! Connect-time auto-detection, [MS-RDPBCGR] 2.2.14: the server measures the path, and tells what it found.

use rdp_packets::session::{AutoDetectRequest, AutoDetectResponse, RequestContent, ResponseContent};

use crate::clock::Moment;
use crate::fact::Logon;

/// A measurement under way.
#[derive(Default)]
pub(crate) struct AutoDetect {
    started: Option<Moment>,
    bytes: usize,
}

impl AutoDetect {
    /// The answer to a request that came at `now`, when one is due; what the server found goes into the facts.
    pub(crate) fn answer(
        &mut self,
        request: &AutoDetectRequest<'_>,
        now: Moment,
        facts: &mut Logon,
    ) -> Option<AutoDetectResponse<'static>> {
        let content = match request.content {
            RequestContent::Rtt { .. } => ResponseContent::Rtt,
            RequestContent::Start(_) => {
                (self.started, self.bytes) = (Some(now), 0);
                return None;
            }
            RequestContent::Payload(payload) => {
                self.bytes = self.bytes.saturating_add(payload.len());
                return None;
            }
            RequestContent::StopConnecting(payload) => {
                self.bytes = self.bytes.saturating_add(payload.len());
                self.result(now, true)
            }
            RequestContent::Stop { .. } => self.result(now, false),
            RequestContent::Result { base_rtt, bandwidth, average_rtt } => {
                let rtt = base_rtt.or(Some(average_rtt).filter(|rtt| *rtt != 0));
                facts.auto_detect_rtt_us = rtt.map(|millis| u64::from(millis) * 1_000).or(facts.auto_detect_rtt_us);
                facts.auto_detect_bandwidth_kbps = bandwidth.or(facts.auto_detect_bandwidth_kbps);
                return None;
            }
            RequestContent::Other { .. } => return None,
        };
        Some(AutoDetectResponse { sequence_number: request.sequence_number, content })
    }

    /// What came since the start, and how long it took.
    fn result(&mut self, now: Moment, connecting: bool) -> ResponseContent<'static> {
        let took = self.started.take().map_or(0, |started| (now - started).as_millis());
        ResponseContent::Bandwidth {
            connecting,
            time_delta: u32::try_from(took).unwrap_or(u32::MAX),
            byte_count: u32::try_from(self.bytes).unwrap_or(u32::MAX),
        }
    }
}
