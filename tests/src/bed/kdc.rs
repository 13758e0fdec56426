//! MIT's Kerberos key distribution centre, for one realm with one user and one server.

use std::path::Path;
use std::process::Command;

use super::error::Result;
use super::process::run;
use super::real_server::{RealServer, Site};

/// The realm.
pub const REALM: &str = "LAB.EXAMPLE";

/// The only user.
pub const USER: &str = "labuser";

/// That user's password. It opens a realm that lives on loopback for the length of a test.
pub const PASSWORD: &str = "lab password";

/// A realm that knows [`USER`], who has to prove [`PASSWORD`], and the RDP server `host`.
pub fn start(host: &str) -> Result<RealServer> {
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
    for principal in [format!("addprinc -pw \"{PASSWORD}\" {USER}"), format!("addprinc -randkey TERMSRV/{host}")] {
        run(&mut of(site.home(), "kadmin.local", &["-r", REALM, "-q", &principal]))?;
    }
    let server = of(site.home(), "krb5kdc", &["-n", "-r", REALM]);
    site.open(&server, None)
}

/// A program of Kerberos with the realm's own settings.
fn of(home: &Path, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(Path::new("/usr/sbin").join(program));
    command.args(arguments).env("KRB5_CONFIG", home.join("krb5.conf")).env("KRB5_KDC_PROFILE", home.join("kdc.conf"));
    command
}
