//! MIT's Kerberos key distribution centre, for one realm with one user and one server, on a clock of its own.

use std::path::Path;
use std::process::Command;

use super::error::{Error, Result};
use super::process::run;
use super::real_server::{RealServer, Site};

/// The realm.
pub const REALM: &str = "LAB.EXAMPLE";

/// The only user.
pub const USER: &str = "labuser";

/// That user's password. It opens a realm that lives on loopback for the length of a test.
pub const PASSWORD: &str = "lab password";

/// The password of the RDP server's account: it logs on too, to show its ticket to a user.
pub const SERVER_PASSWORD: &str = "server password";

/// How the KDC is run: in the foreground.
const SERVE: [&str; 4] = ["krb5kdc", "-n", "-r", REALM];

/// The program that comes with the library that moves clocks, and how that is loaded: the loader knows what `$LIB` is.
const FAKETIME: &str = "/usr/bin/faketime";
const PRELOAD: &str = "LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1";

/// A realm that knows [`USER`], who has to prove [`PASSWORD`], and the RDP server `host` as a service and a computer.
pub fn start(host: &str) -> Result<RealServer> {
    let site = realm(host)?;
    let server = of(site.home(), SERVE[0], &SERVE[1..]);
    site.open(&server, None)
}

/// The same with a KDC whose clock is so many seconds ahead of ours, or behind it if there are less than none.
pub fn start_ahead(host: &str, seconds: i32) -> Result<RealServer> {
    if !Path::new(FAKETIME).exists() {
        return Err(Error::Missing { program: FAKETIME.to_owned() });
    }
    let site = realm(host)?;
    let clock = format!("FAKETIME={seconds:+}s");
    // Not by that program, which would be ended before it has cleaned up; and the guard keeps its own clock.
    let server = of(site.home(), "/usr/bin/env", &[&[PRELOAD, &clock], &SERVE[..]].concat());
    site.open(&server, None)
}

/// The realm's settings and its accounts.
fn realm(host: &str) -> Result<Site> {
    let site = Site::new("kdc")?;
    let home = site.home().display().to_string();
    let address = site.address();
    site.write("krb5.conf", format!("[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n"))?;
    let profile = format!(
        "[kdcdefaults]\n kdc_listen = \"\"\n kdc_tcp_listen = {address}\n\
         [realms]\n {REALM} = {{\n database_name = {home}/principal\n key_stash_file = {home}/stash\n \
         acl_file = {home}/acl\n default_principal_flags = +preauth\n }}\n\
         [logging]\n kdc = STDERR\n"
    );
    site.write("kdc.conf", profile)?;
    run(&mut of(site.home(), "kdb5_util", &["create", "-s", "-r", REALM, "-P", "master"]))?;
    for principal in [
        format!("addprinc -pw \"{PASSWORD}\" {USER}"),
        format!("addprinc -pw \"{SERVER_PASSWORD}\" TERMSRV/{host}"),
        format!("addprinc -randkey HOST/{host}"),
    ] {
        run(&mut of(site.home(), "kadmin.local", &["-r", REALM, "-q", &principal]))?;
    }
    Ok(site)
}

/// A program of Kerberos, or one that has a path of its own, with the realm's settings.
fn of(home: &Path, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(Path::new("/usr/sbin").join(program));
    command.args(arguments).env("KRB5_CONFIG", home.join("krb5.conf")).env("KRB5_KDC_PROFILE", home.join("kdc.conf"));
    command
}
