//! What a link does to packets, without a clock and without a device.

use std::time::Duration;

use fastrand::Rng;
use rdp_probe::clock::Moment;

use super::record::Fate;

/// How long a packet may wait for those before it to be sent, at the rate; one that would wait longer is dropped.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a link does to the packets of one direction. The default is a wire that does nothing to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Impairment {
    /// How long a packet travels.
    pub delay: Duration,
    /// How much longer it may travel: evenly spread between nothing and this. Packets stay in order.
    pub jitter: Duration,
    /// The share of packets that is lost, from 0 to 1.
    pub loss: f64,
    /// The share of packets that arrives twice.
    pub duplicate: f64,
    /// The share of packets that is held, so that those behind overtake them.
    pub reorder: f64,
    /// How long such a packet is held.
    pub held: Duration,
    /// Bits a second, counted over whole IP packets.
    pub rate: Option<u64>,
    /// The largest IP packet that passes, in bytes. A larger one is lost without a word; [`super::Wire::sized`] makes one
    /// that is told of.
    pub mtu: Option<usize>,
    /// What chance begins with: the same packets meet the same fate.
    pub seed: u64,
}

impl Default for Impairment {
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
            held: Duration::from_millis(5),
            rate: None,
            mtu: None,
            seed: 1,
        }
    }
}

impl Impairment {
    /// A direction in which packets travel so long, and nothing else happens.
    pub fn delay(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    /// A direction in which this share of packets is lost, and nothing else happens.
    pub fn loss(loss: f64, seed: u64) -> Self {
        Self { loss, seed, ..Self::default() }
    }
}

/// One direction of a link.
#[derive(Debug)]
pub(super) struct Lane {
    impairment: Impairment,
    chance: Rng,
    /// When the last packet has been sent to its last bit.
    sent: Moment,
    /// When the last packet that was not held arrives.
    arrived: Moment,
}

impl Lane {
    pub(super) fn new(impairment: Impairment) -> Self {
        let chance = Rng::with_seed(impairment.seed);
        Self { impairment, chance, sent: Moment::default(), arrived: Moment::default() }
    }

    /// Takes a packet of so many bytes: when it arrives, once or twice, or why it never does.
    pub(super) fn take(&mut self, now: Moment, bytes: usize) -> Result<Vec<Moment>, Fate> {
        let Impairment { delay, jitter, loss, duplicate, reorder, held, rate, mtu, seed: _ } = self.impairment;
        // Chance is asked as often for every packet, so that one setting does not change what another does.
        let [lost, twice, overtaken] = [loss, duplicate, reorder].map(|share| self.chance.f64() < share);
        let late = jitter.mul_f64(self.chance.f64());
        if mtu.is_some_and(|mtu| bytes > mtu) {
            return Err(Fate::TooBig);
        }
        if lost {
            return Err(Fate::Lost);
        }
        if self.sent - now > PATIENCE {
            return Err(Fate::Overrun);
        }
        let sending = rate.map_or(Duration::ZERO, |rate| duration(bytes, rate));
        self.sent = self.sent.max(now).after(sending);
        let mut arrives = self.sent.after(delay + late).max(self.arrived);
        if overtaken {
            arrives = arrives.after(held);
        } else {
            self.arrived = arrives;
        }
        Ok(vec![arrives; 1 + usize::from(twice)])
    }
}

/// How long it takes to send so many bytes.
fn duration(bytes: usize, rate: u64) -> Duration {
    let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(8);
    Duration::from_nanos(bits.saturating_mul(1_000_000_000) / rate.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// The fates of so many packets of 1000 bytes, one a millisecond.
    fn fates(impairment: Impairment, packets: u64) -> Vec<Result<Vec<Moment>, Fate>> {
        let mut lane = Lane::new(impairment);
        (0..packets).map(|sent| lane.take(Moment(sent * 1000), 1000)).collect()
    }

    #[test]
    fn a_wire_does_nothing_to_packets() {
        assert_eq!(fates(Impairment::default(), 2), [Ok(vec![Moment(0)]), Ok(vec![Moment(1000)])]);
    }

    #[test]
    fn chance_loses_the_share_that_it_is_to_and_the_same_again() {
        let lossy = Impairment::loss(0.05, 7);
        let lost = |fates: &[_]| fates.iter().filter(|fate| **fate == Err(Fate::Lost)).count();
        let first = fates(lossy.clone(), 100_000);
        // Six standard deviations of a binomial with n 100 000 and p 0.05 are 414.
        assert!((4586..=5414).contains(&lost(&first)), "{}", lost(&first));
        assert_eq!(first, fates(lossy.clone(), 100_000));
        assert_ne!(first, fates(Impairment { seed: 8, ..lossy }, 100_000));
    }

    #[test]
    fn jitter_keeps_the_order_and_a_held_packet_is_overtaken() {
        let jittery = Impairment { delay: 10 * MS, jitter: 20 * MS, ..Impairment::default() };
        let moments = |fates: Vec<Result<Vec<Moment>, Fate>>| -> Vec<Moment> {
            fates.into_iter().flat_map(|fate| fate.expect("nothing is lost")).collect()
        };
        let arrivals = moments(fates(jittery.clone(), 1000));
        assert!(arrivals.is_sorted());
        let travelled = |(sent, arrival): (u64, &Moment)| *arrival - Moment(sent * 1000);
        assert!((0..).zip(&arrivals).map(travelled).all(|travel| (10 * MS..=30 * MS).contains(&travel)));
        assert!(!moments(fates(Impairment { reorder: 0.1, ..jittery }, 1000)).is_sorted());
    }

    #[test]
    fn a_rate_spreads_packets_and_drops_those_that_would_wait_too_long() {
        let mut lane = Lane::new(Impairment { rate: Some(8_000_000), ..Impairment::default() });
        let arrivals: Vec<_> = (0..2).map(|_| lane.take(Moment(0), 1000)).collect();
        assert_eq!(arrivals, [Ok(vec![Moment(1000)]), Ok(vec![Moment(2000)])]);
        let overrun = (0..2000).map(|_| lane.take(Moment(0), 1000)).position(|fate| fate == Err(Fate::Overrun));
        assert_eq!(overrun, Some(999), "a second holds 1000 of them, and one more is on its way");
    }

    #[test]
    fn a_packet_above_the_mtu_is_lost_and_one_as_large_passes() {
        let mut lane = Lane::new(Impairment { mtu: Some(1300), duplicate: 1.0, ..Impairment::default() });
        assert_eq!(lane.take(Moment(0), 1301), Err(Fate::TooBig));
        assert_eq!(lane.take(Moment(0), 1300), Ok(vec![Moment(0), Moment(0)]));
    }
}
