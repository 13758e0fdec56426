use std::fs;

use super::{Target, TargetError, number};

/// Reads a `.rdp` file: lines `name:type:value`, in UTF-16 with a byte order mark (as mstsc saves it) or in UTF-8.
pub(super) fn read(path: &str, port: Option<u16>) -> Result<Target, TargetError> {
    let bytes = fs::read(path).map_err(|source| TargetError::File { path: path.to_owned(), source })?;
    let text = text(&bytes);
    let value = |name: &str| {
        text.lines().find_map(|line| {
            let (key, rest) = line.split_once(':')?;
            let (_, value) = rest.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned()).filter(|value| !value.is_empty())
        })
    };
    let address = value("full address").ok_or_else(|| TargetError::NoAddress { path: path.to_owned() })?;
    let own_port = value("server port").map(|port| number(path, &port)).transpose()?;
    let target = Target::host(&address, own_port.or(port))?;
    let detour = detour(&value);
    Ok(Target { input: path.to_owned(), routing_token: value("loadbalanceinfo"), detour, ..target })
}

/// Decodes UTF-16 in either byte order, or UTF-8.
fn text(bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(unit).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => String::from_utf8_lossy(rest).into_owned(),
    }
}

/// Why mstsc goes another way: a gateway that is not switched off, or a broker that will redirect.
fn detour(value: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    // gatewayusagemethod: 0 and 4 never use a gateway; 1 always, 2 when the direct way fails, 3 by the user's defaults.
    let method = value("gatewayusagemethod").unwrap_or_default();
    if let Some(gateway) = value("gatewayhostname").filter(|_| !matches!(method.as_str(), "0" | "4")) {
        return Some(format!("the file names the gateway {gateway}"));
    }
    let brokered = value("use redirection server name").is_some_and(|value| value == "1");
    value("workspace id").or(brokered.then(String::new)).map(|_| "the file goes through a connection broker".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(content: &[u8]) -> Result<Target, TargetError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lab.rdp");
        fs::write(&path, content).unwrap();
        read(path.to_str().unwrap(), None)
    }

    #[test]
    fn a_file_as_mstsc_saves_it_is_read() {
        let text = "screen mode id:i:2\r\nfull address:s:srv.example:3390\r\nloadbalanceinfo:s:tsv://x.1.pool\r\n";
        let wide: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let target = parsed(&wide).unwrap();
        assert_eq!((target.host.as_str(), target.port), ("srv.example", 3390));
        assert_eq!(target.routing_token.as_deref(), Some("tsv://x.1.pool"));
        assert_eq!(target.detour, None);
    }

    #[test]
    fn a_gateway_is_a_detour_unless_it_is_switched_off() {
        let named = parsed(b"full address:s:srv\ngatewayhostname:s:gw.example\ngatewayusagemethod:i:1\n").unwrap();
        assert_eq!(named.detour.as_deref(), Some("the file names the gateway gw.example"));
        let off = parsed(b"full address:s:srv\ngatewayhostname:s:gw.example\ngatewayusagemethod:i:0\n").unwrap();
        assert_eq!(off.detour, None);
    }

    #[test]
    fn a_file_that_does_not_say_where_to_connect_is_refused() {
        assert!(parsed(b"screen mode id:i:2\n").unwrap_err().to_string().contains("has no `full address` line"));
        assert!(read("/nonexistent/lab.rdp", None).unwrap_err().to_string().starts_with("cannot read"));
    }
}
