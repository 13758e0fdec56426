use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

/// The permissions of a file as programs usually make one: for everybody, less what the user's mask takes away.
pub fn ordinary() -> Permissions {
    Permissions::from_mode(0o666)
}

/// The permissions of a file that is its owner's alone.
pub fn private() -> Permissions {
    Permissions::from_mode(0o600)
}
