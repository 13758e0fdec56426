//! Paths to one target that are walked in turns and put side by side.

use std::net::{IpAddr, UdpSocket};

use super::{Error, via};
use crate::clock::Clock;
use crate::compare::{self, Comparison};
use crate::evidence::Senses;
use crate::plan::{Attempt, Plan};
use crate::report::{Report, redact};
use crate::survey::{self, Survey};
use crate::sys;
use crate::wire::{Halt, Way};

/// The ways of `NAME=WAY` arguments: none, or two at least.
pub(super) fn ways(paths: &[String]) -> Result<Vec<Way>, Error> {
    let ways = paths.iter().map(|path| way(path)).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<String> = ways.iter().filter_map(|way| way.name.clone()).collect();
    called_apart(&names)?;
    match names.as_slice() {
        [alone] => Err(Error::Usage(format!("`{alone}` is one path, and there is none to compare it with"))),
        _ => Ok(ways),
    }
}

/// Refuses paths of one name.
pub(super) fn called_apart(names: &[String]) -> Result<(), Error> {
    let twice = names.iter().enumerate().find(|(place, name)| names.iter().take(*place).any(|other| other == *name));
    twice.map_or(Ok(()), |(_, name)| Err(Error::Usage(format!("two paths are called `{name}`"))))
}

/// Refuses what is no name for a path.
pub(super) fn called(name: &str) -> Result<(), Error> {
    let printed = !name.is_empty() && !name.chars().any(char::is_control);
    let said =
        || Error::Usage(format!("`{}` is no name of a path: it is empty, or cannot be printed", name.escape_debug()));
    printed.then_some(()).ok_or_else(said)
}

fn way(path: &str) -> Result<Way, Error> {
    let (name, way) = path.split_once('=').ok_or_else(|| of(path, "it is NAME=WAY, e.g. vpn=if:tun0"))?;
    called(name)?;
    // By its name alone: what stands behind it may hold a password.
    let bad = |why: &str| of(name, why);
    let mut named = Way { name: Some(name.to_owned()), ..Way::default() };
    match way.split_once(':') {
        None if way == "default" => {}
        Some(("if", interface)) => named.interface = Some(self::interface(interface)?),
        Some(("from", address)) => {
            let address = address.parse().map_err(|_| bad("behind `from:` stands an address of ours"))?;
            named.address = Some(self::address(address)?);
        }
        Some(("command", command)) => {
            named.via = via::via(None, Some(command)).map_err(|error| bad(&error.to_string()))?;
        }
        Some(("socks5" | "http", _)) => {
            named.via = via::via(Some(way), None).map_err(|error| bad(&error.to_string()))?;
        }
        _ => return Err(bad("a way is default, if:NAME, from:ADDR, socks5://.., http://.. or command:..")),
    }
    Ok(named)
}

/// What is wrong with a path.
fn of(path: &str, why: &str) -> Error {
    Error::Usage(format!("`{path}` is no path: {why}"))
}

/// An address of ours; one that is not is an error before anything is sent.
pub(super) fn address(address: IpAddr) -> Result<IpAddr, Error> {
    let ours = UdpSocket::bind((address, 0)).map(|_| address);
    ours.map_err(|error| Error::Usage(format!("`{address}` is no address of this host: {error}")))
}

/// A network interface of ours; one that is not there is an error before anything is sent.
pub(super) fn interface(name: &str) -> Result<String, Error> {
    let there = sys::interface_index(name).map(|_| name.to_owned());
    there.ok_or_else(|| Error::Usage(format!("`{name}` is no network interface of this host")))
}

/// Runs the plans of several paths with the first of the senses, and tells each one's survey in their order.
pub(super) async fn run(
    plans: &[Plan],
    mut senses: Vec<Senses>,
    halt: &Halt,
    announce: impl Fn(&Plan, &Attempt),
    mut tell: impl FnMut(usize, Survey) -> Result<(), Error>,
) -> Result<Vec<Senses>, Error> {
    let announce = |plan: &Plan, attempt: &Attempt, _: &[_]| announce(plan, attempt);
    if let Some(senses) = senses.first_mut() {
        let surveys = survey::in_turns(plans, senses, &Clock::start(), halt, announce).await;
        surveys.into_iter().enumerate().try_for_each(|(path, survey)| tell(path, survey))?;
    }
    Ok(senses)
}

/// The reports of live paths side by side; nothing where fewer than two were walked. Redacted ones are called as their
/// pages are.
pub(super) fn beside(reports: Vec<Report>, redacted: bool) -> Option<Comparison> {
    let named = reports.into_iter().map(|mut report| {
        if redacted {
            redact(&mut report);
        }
        (report.label.clone().unwrap_or_default(), report)
    });
    let walked = walked(named.collect());
    if walked.len() < 2 {
        anstream::eprintln!("warning: fewer than two paths were walked: nothing to compare");
        return None;
    }
    Some(compare::compare(walked, redacted))
}

/// Those that were walked before their run was cut; the others are named on stderr.
pub(super) fn walked(mut named: Vec<(String, Report)>) -> Vec<(String, Report)> {
    named.retain(|(name, report)| {
        let walked = report.survey.repeats().next().is_some();
        if !walked {
            anstream::eprintln!("warning: `{name}` is left out: the run was cut before a walk came to its end");
        }
        walked
    });
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Via;

    fn parsed(paths: &[&str]) -> Result<Vec<Way>, String> {
        ways(&paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_path_has_a_name_and_a_way() {
        let ways = parsed(&["a=default", "b=if:lo", "c=from:127.0.0.1", "d=command:ssh -W %h:%p jump", "e=http://x"]);
        let [default, interface, address, command, proxy] = <[Way; 5]>::try_from(ways.unwrap()).unwrap();
        assert_eq!(default, Way { name: Some("a".to_owned()), ..Way::default() });
        assert_eq!(interface.interface.as_deref(), Some("lo"));
        assert_eq!(address.address, Some([127, 0, 0, 1].into()));
        assert!(matches!(command.via, Some(Via::Command(words)) if words.len() == 4));
        assert_eq!(proxy.via.unwrap().to_string(), "http://x:8080");
    }

    #[test]
    fn what_is_no_path_is_one_clear_line() {
        for (paths, said) in [
            (&["tun0", "b=default"][..], "`tun0` is no path: it is NAME=WAY, e.g. vpn=if:tun0"),
            (&["=if:lo", "b=default"], "`` is no name of a path: it is empty, or cannot be printed"),
            (&["a=default", "b=if:nowhere9"], "`nowhere9` is no network interface of this host"),
            (&["a=default", "b=from:lo"], "`b` is no path: behind `from:` stands an address of ours"),
            (
                &["a=socks5://me:secret@h", "b=default"],
                "`a` is no path: a proxy's password is no argument: it is read from RDP_PROBE_PROXY_PASSWORD",
            ),
            (&["a=default", "a=if:lo"], "two paths are called `a`"),
            (&["a=default"], "`a` is one path, and there is none to compare it with"),
        ] {
            assert_eq!(parsed(paths).unwrap_err(), said);
        }
        for path in ["a=", "a=if", "a=ftp://me:secret@x", "a=Default"] {
            let said = parsed(&[path, "b=default"]).unwrap_err();
            assert!(!said.contains("secret"), "{said}");
            assert!(
                said.ends_with("a way is default, if:NAME, from:ADDR, socks5://.., http://.. or command:.."),
                "{said}"
            );
        }
    }
}
