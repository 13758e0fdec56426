use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares the operations as one table: the words that stand for each in the report.
macro_rules! operations {
    ($($(#[$about:meta])* $name:ident $words:literal;)*) => {
        /// What our own side was doing when it could not go on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Operation {
            $($(#[$about])* #[serde(rename = $words)] $name,)*
        }

        impl fmt::Display for Operation {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$name => $words,)* })
            }
        }
    };
}

operations! {
    /// The user wished the walk to end.
    Interrupted "interrupted";
    /// The run's deadline ended a wait before its time.
    Deadline "deadline";
    /// Asking the system's resolver.
    Resolver "getaddrinfo";
    /// Making a socket, or using it.
    Socket "socket";
    /// Reading the socket's error queue.
    ErrorQueue "error queue";
    /// Sending from the address or interface that the user chose.
    Source "source";
    /// Connecting.
    Connect "connect";
    /// Saying how far our packets go.
    HopLimit "hop limit";
    /// Sending a packet for its fate alone.
    Probing "probing packet";
    /// Asking the kernel what it knows of the connection.
    TcpInfo "TCP_INFO";
    /// Reading from a connection.
    Read "read";
    /// Writing to a connection.
    Write "write";
    /// Starting the command that stands between.
    Command "start the command";
    /// Making our side of TLS, before the server said anything.
    TlsSetup "TLS set-up";
    /// Going on, by the TLS library, with what the server sent.
    TlsLibrary "TLS library";
    /// Putting a message inside TLS.
    Seal "seal";
    /// Taking a message out of TLS.
    Open "open";
    /// Going on, by the CredSSP library, with what the server sent.
    CredsspLibrary "CredSSP library";
    /// Making a user name of what the user typed.
    UserName "user name";
    /// Asking the Kerberos key distribution centre for an answer that can be read.
    Kdc "Kerberos KDC";
}
