use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_enum;

open_enum! {
    /// Set Error Info PDU, [MS-RDPBCGR] 2.2.5.1.1: why the server is about to end the connection. It is sent only to
    /// clients that claim to read it.
    ErrorInfo: u32 {
        /// Nothing is wrong.
        NONE = 0x0000_0000, "ERRINFO_NONE";
        /// An administrator's tool disconnected the session.
        RPC_INITIATED_DISCONNECT = 0x0000_0001, "ERRINFO_RPC_INITIATED_DISCONNECT";
        /// An administrator's tool logged the user off.
        RPC_INITIATED_LOGOFF = 0x0000_0002, "ERRINFO_RPC_INITIATED_LOGOFF";
        /// Nobody typed for longer than the server allows.
        IDLE_TIMEOUT = 0x0000_0003, "ERRINFO_IDLE_TIMEOUT";
        /// The session lasted longer than the server allows.
        LOGON_TIMEOUT = 0x0000_0004, "ERRINFO_LOGON_TIMEOUT";
        /// Somebody else took over the session.
        DISCONNECTED_BY_OTHERCONNECTION = 0x0000_0005, "ERRINFO_DISCONNECTED_BY_OTHERCONNECTION";
        /// The server has no memory left.
        OUT_OF_MEMORY = 0x0000_0006, "ERRINFO_OUT_OF_MEMORY";
        /// The server does not let the client in.
        SERVER_DENIED_CONNECTION = 0x0000_0007, "ERRINFO_SERVER_DENIED_CONNECTION";
        /// The account may not log on from afar.
        SERVER_INSUFFICIENT_PRIVILEGES = 0x0000_0009, "ERRINFO_SERVER_INSUFFICIENT_PRIVILEGES";
        /// Stored credentials are not taken here: they have to be typed.
        SERVER_FRESH_CREDENTIALS_REQUIRED = 0x0000_000a, "ERRINFO_SERVER_FRESH_CREDENTIALS_REQUIRED";
        /// The user disconnected with a tool in the session.
        RPC_INITIATED_DISCONNECT_BYUSER = 0x0000_000b, "ERRINFO_RPC_INITIATED_DISCONNECT_BYUSER";
        /// The user logged off.
        LOGOFF_BY_USER = 0x0000_000c, "ERRINFO_LOGOFF_BY_USER";
        /// The display driver in the session did not get ready in time.
        CLOSE_STACK_ON_DRIVER_NOT_READY = 0x0000_000f, "ERRINFO_CLOSE_STACK_ON_DRIVER_NOT_READY";
        /// The window manager in the session crashed.
        SERVER_DWM_CRASH = 0x0000_0010, "ERRINFO_SERVER_DWM_CRASH";
        /// The display driver in the session did not start.
        CLOSE_STACK_ON_DRIVER_FAILURE = 0x0000_0011, "ERRINFO_CLOSE_STACK_ON_DRIVER_FAILURE";
        /// The display driver in the session cannot be talked to.
        CLOSE_STACK_ON_DRIVER_IFACE_FAILURE = 0x0000_0012, "ERRINFO_CLOSE_STACK_ON_DRIVER_IFACE_FAILURE";
        /// Winlogon crashed in the session.
        SERVER_WINLOGON_CRASH = 0x0000_0017, "ERRINFO_SERVER_WINLOGON_CRASH";
        /// CSRSS crashed in the session.
        SERVER_CSRSS_CRASH = 0x0000_0018, "ERRINFO_SERVER_CSRSS_CRASH";
        /// The server is being shut down.
        SERVER_SHUTDOWN = 0x0000_0019, "ERRINFO_SERVER_SHUTDOWN";
        /// The server is being restarted.
        SERVER_REBOOT = 0x0000_001a, "ERRINFO_SERVER_REBOOT";
        /// Licensing failed within the server.
        LICENSE_INTERNAL = 0x0000_0100, "ERRINFO_LICENSE_INTERNAL";
        /// No license server answers.
        LICENSE_NO_LICENSE_SERVER = 0x0000_0101, "ERRINFO_LICENSE_NO_LICENSE_SERVER";
        /// No license is free for the client.
        LICENSE_NO_LICENSE = 0x0000_0102, "ERRINFO_LICENSE_NO_LICENSE";
        /// The client sent a licensing message that makes no sense.
        LICENSE_BAD_CLIENT_MSG = 0x0000_0103, "ERRINFO_LICENSE_BAD_CLIENT_MSG";
        /// The client's license was issued to another computer, or tampered with.
        LICENSE_HWID_DOESNT_MATCH_LICENSE = 0x0000_0104, "ERRINFO_LICENSE_HWID_DOESNT_MATCH_LICENSE";
        /// The client's license cannot be read.
        LICENSE_BAD_CLIENT_LICENSE = 0x0000_0105, "ERRINFO_LICENSE_BAD_CLIENT_LICENSE";
        /// The network failed during licensing.
        LICENSE_CANT_FINISH_PROTOCOL = 0x0000_0106, "ERRINFO_LICENSE_CANT_FINISH_PROTOCOL";
        /// The client broke off licensing.
        LICENSE_CLIENT_ENDED_PROTOCOL = 0x0000_0107, "ERRINFO_LICENSE_CLIENT_ENDED_PROTOCOL";
        /// The client encrypted a licensing message wrongly.
        LICENSE_BAD_CLIENT_ENCRYPTION = 0x0000_0108, "ERRINFO_LICENSE_BAD_CLIENT_ENCRYPTION";
        /// The client's license could not be upgraded.
        LICENSE_CANT_UPGRADE_LICENSE = 0x0000_0109, "ERRINFO_LICENSE_CANT_UPGRADE_LICENSE";
        /// The server is not licensed for connections from afar.
        LICENSE_NO_REMOTE_CONNECTIONS = 0x0000_010a, "ERRINFO_LICENSE_NO_REMOTE_CONNECTIONS";
        /// The broker knows of no such destination.
        CB_DESTINATION_NOT_FOUND = 0x0000_0400, "ERRINFO_CB_DESTINATION_NOT_FOUND";
        /// The destination is just leaving the broker.
        CB_LOADING_DESTINATION = 0x0000_0402, "ERRINFO_CB_LOADING_DESTINATION";
        /// The client could not be sent to the destination.
        CB_REDIRECTING_TO_DESTINATION = 0x0000_0404, "ERRINFO_CB_REDIRECTING_TO_DESTINATION";
        /// The virtual machine could not be woken.
        CB_SESSION_ONLINE_VM_WAKE = 0x0000_0405, "ERRINFO_CB_SESSION_ONLINE_VM_WAKE";
        /// The virtual machine could not be started.
        CB_SESSION_ONLINE_VM_BOOT = 0x0000_0406, "ERRINFO_CB_SESSION_ONLINE_VM_BOOT";
        /// The virtual machine has no address.
        CB_SESSION_ONLINE_VM_NO_DNS = 0x0000_0407, "ERRINFO_CB_SESSION_ONLINE_VM_NO_DNS";
        /// No machine of the pool is free.
        CB_DESTINATION_POOL_NOT_FREE = 0x0000_0408, "ERRINFO_CB_DESTINATION_POOL_NOT_FREE";
        /// The broker gave up the connection.
        CB_CONNECTION_CANCELLED = 0x0000_0409, "ERRINFO_CB_CONNECTION_CANCELLED";
        /// The settings for the routing token are wrong.
        CB_CONNECTION_ERROR_INVALID_SETTINGS = 0x0000_0410, "ERRINFO_CB_CONNECTION_ERROR_INVALID_SETTINGS";
        /// The virtual machine did not start in time.
        CB_SESSION_ONLINE_VM_BOOT_TIMEOUT = 0x0000_0411, "ERRINFO_CB_SESSION_ONLINE_VM_BOOT_TIMEOUT";
        /// The session on the virtual machine could not be watched.
        CB_SESSION_ONLINE_VM_SESSMON_FAILED = 0x0000_0412, "ERRINFO_CB_SESSION_ONLINE_VM_SESSMON_FAILED";
        /// A share data header names no known message.
        UNKNOWNPDUTYPE2 = 0x0000_10c9, "ERRINFO_UNKNOWNPDUTYPE2";
        /// A share control header names no known message.
        UNKNOWNPDUTYPE = 0x0000_10ca, "ERRINFO_UNKNOWNPDUTYPE";
        /// A message came where it may not stand.
        DATAPDUSEQUENCE = 0x0000_10cb, "ERRINFO_DATAPDUSEQUENCE";
        /// A Control PDU came where it may not stand.
        CONTROLPDUSEQUENCE = 0x0000_10cd, "ERRINFO_CONTROLPDUSEQUENCE";
        /// A Control PDU asks for something unknown.
        INVALIDCONTROLPDUACTION = 0x0000_10ce, "ERRINFO_INVALIDCONTROLPDUACTION";
        /// An input event is of no known kind.
        INVALIDINPUTPDUTYPE = 0x0000_10cf, "ERRINFO_INVALIDINPUTPDUTYPE";
        /// A mouse event makes no sense.
        INVALIDINPUTPDUMOUSE = 0x0000_10d0, "ERRINFO_INVALIDINPUTPDUMOUSE";
        /// A Refresh Rect PDU makes no sense.
        INVALIDREFRESHRECTPDU = 0x0000_10d1, "ERRINFO_INVALIDREFRESHRECTPDU";
        /// The server could not put its settings together.
        CREATEUSERDATAFAILED = 0x0000_10d2, "ERRINFO_CREATEUSERDATAFAILED";
        /// The channels could not be connected.
        CONNECTFAILED = 0x0000_10d3, "ERRINFO_CONNECTFAILED";
        /// The Confirm Active PDU names another share.
        CONFIRMACTIVEWRONGSHAREID = 0x0000_10d4, "ERRINFO_CONFIRMACTIVEWRONGSHAREID";
        /// The Confirm Active PDU names another originator.
        CONFIRMACTIVEWRONGORIGINATOR = 0x0000_10d5, "ERRINFO_CONFIRMACTIVEWRONGORIGINATOR";
        /// A Persistent Key List PDU is too short.
        PERSISTENTKEYPDUBADLENGTH = 0x0000_10da, "ERRINFO_PERSISTENTKEYPDUBADLENGTH";
        /// A Persistent Key List PDU calls itself the first, and is not.
        PERSISTENTKEYPDUILLEGALFIRST = 0x0000_10db, "ERRINFO_PERSISTENTKEYPDUILLEGALFIRST";
        /// There are too many persistent keys.
        PERSISTENTKEYPDUTOOMANYTOTALKEYS = 0x0000_10dc, "ERRINFO_PERSISTENTKEYPDUTOOMANYTOTALKEYS";
        /// There are too many persistent keys for a cache.
        PERSISTENTKEYPDUTOOMANYCACHEKEYS = 0x0000_10dd, "ERRINFO_PERSISTENTKEYPDUTOOMANYCACHEKEYS";
        /// An input PDU is too short.
        INPUTPDUBADLENGTH = 0x0000_10de, "ERRINFO_INPUTPDUBADLENGTH";
        /// A Bitmap Cache Error PDU is too short.
        BITMAPCACHEERRORPDUBADLENGTH = 0x0000_10df, "ERRINFO_BITMAPCACHEERRORPDUBADLENGTH";
        /// A fast-path message is too short for its signature.
        SECURITYDATATOOSHORT = 0x0000_10e0, "ERRINFO_SECURITYDATATOOSHORT";
        /// Data on a virtual channel is too short for its header.
        VCHANNELDATATOOSHORT = 0x0000_10e1, "ERRINFO_VCHANNELDATATOOSHORT";
        /// A message is too short for its share header.
        SHAREDATATOOSHORT = 0x0000_10e2, "ERRINFO_SHAREDATATOOSHORT";
        /// A Suppress Output PDU makes no sense.
        BADSUPRESSOUTPUTPDU = 0x0000_10e3, "ERRINFO_BADSUPRESSOUTPUTPDU";
        /// The Confirm Active PDU is too short.
        CONFIRMACTIVEPDUTOOSHORT = 0x0000_10e5, "ERRINFO_CONFIRMACTIVEPDUTOOSHORT";
        /// A capability set is too short.
        CAPABILITYSETTOOSMALL = 0x0000_10e7, "ERRINFO_CAPABILITYSETTOOSMALL";
        /// A capability set is too long.
        CAPABILITYSETTOOLARGE = 0x0000_10e8, "ERRINFO_CAPABILITYSETTOOLARGE";
        /// The client keeps no pointers.
        NOCURSORCACHE = 0x0000_10e9, "ERRINFO_NOCURSORCACHE";
        /// The client's capabilities are not enough.
        BADCAPABILITIES = 0x0000_10ea, "ERRINFO_BADCAPABILITIES";
        /// Data on a virtual channel cannot be decompressed.
        VIRTUALCHANNELDECOMPRESSIONERR = 0x0000_10ec, "ERRINFO_VIRTUALCHANNELDECOMPRESSIONERR";
        /// Data on a virtual channel is compressed in an unknown way.
        INVALIDVCCOMPRESSIONTYPE = 0x0000_10ed, "ERRINFO_INVALIDVCCOMPRESSIONTYPE";
        /// There is no such channel.
        INVALIDCHANNELID = 0x0000_10ef, "ERRINFO_INVALIDCHANNELID";
        /// There are too many virtual channels.
        VCHANNELSTOOMANY = 0x0000_10f0, "ERRINFO_VCHANNELSTOOMANY";
        /// Single applications are not to be had here.
        REMOTEAPPSNOTENABLED = 0x0000_10f3, "ERRINFO_REMOTEAPPSNOTENABLED";
        /// A capability set for a cache is missing.
        CACHECAPNOTSET = 0x0000_10f4, "ERRINFO_CACHECAPNOTSET";
        /// A Bitmap Cache Error PDU has the wrong length.
        BITMAPCACHEERRORPDUBADLENGTH2 = 0x0000_10f5, "ERRINFO_BITMAPCACHEERRORPDUBADLENGTH2";
        /// An Offscreen Bitmap Cache Error PDU has the wrong length.
        OFFSCRCACHEERRORPDUBADLENGTH = 0x0000_10f6, "ERRINFO_OFFSCRCACHEERRORPDUBADLENGTH";
        /// A `DrawNineGrid` Cache Error PDU has the wrong length.
        DNGCACHEERRORPDUBADLENGTH = 0x0000_10f7, "ERRINFO_DNGCACHEERRORPDUBADLENGTH";
        /// A GDI+ Error PDU has the wrong length.
        GDIPLUSPDUBADLENGTH = 0x0000_10f8, "ERRINFO_GDIPLUSPDUBADLENGTH";
        /// A message is too short for its security header or signature, place 2.
        SECURITYDATATOOSHORT2 = 0x0000_1111, "ERRINFO_SECURITYDATATOOSHORT2";
        /// A message is too short for its security header or signature, place 3.
        SECURITYDATATOOSHORT3 = 0x0000_1112, "ERRINFO_SECURITYDATATOOSHORT3";
        /// A message is too short for its security header or signature, place 4.
        SECURITYDATATOOSHORT4 = 0x0000_1113, "ERRINFO_SECURITYDATATOOSHORT4";
        /// A message is too short for its security header or signature, place 5.
        SECURITYDATATOOSHORT5 = 0x0000_1114, "ERRINFO_SECURITYDATATOOSHORT5";
        /// A message is too short for its security header or signature, place 6.
        SECURITYDATATOOSHORT6 = 0x0000_1115, "ERRINFO_SECURITYDATATOOSHORT6";
        /// A message is too short for its security header or signature, place 7.
        SECURITYDATATOOSHORT7 = 0x0000_1116, "ERRINFO_SECURITYDATATOOSHORT7";
        /// A message is too short for its security header or signature, place 8.
        SECURITYDATATOOSHORT8 = 0x0000_1117, "ERRINFO_SECURITYDATATOOSHORT8";
        /// A message is too short for its security header or signature, place 9.
        SECURITYDATATOOSHORT9 = 0x0000_1118, "ERRINFO_SECURITYDATATOOSHORT9";
        /// A message is too short for its security header or signature, place 10.
        SECURITYDATATOOSHORT10 = 0x0000_1119, "ERRINFO_SECURITYDATATOOSHORT10";
        /// A message is too short for its security header or signature, place 11.
        SECURITYDATATOOSHORT11 = 0x0000_111a, "ERRINFO_SECURITYDATATOOSHORT11";
        /// A message is too short for its security header or signature, place 12.
        SECURITYDATATOOSHORT12 = 0x0000_111b, "ERRINFO_SECURITYDATATOOSHORT12";
        /// A message is too short for its security header or signature, place 13.
        SECURITYDATATOOSHORT13 = 0x0000_111c, "ERRINFO_SECURITYDATATOOSHORT13";
        /// A message is too short for its security header or signature, place 14.
        SECURITYDATATOOSHORT14 = 0x0000_111d, "ERRINFO_SECURITYDATATOOSHORT14";
        /// A message is too short for its security header or signature, place 15.
        SECURITYDATATOOSHORT15 = 0x0000_111e, "ERRINFO_SECURITYDATATOOSHORT15";
        /// A message is too short for its security header or signature, place 16.
        SECURITYDATATOOSHORT16 = 0x0000_111f, "ERRINFO_SECURITYDATATOOSHORT16";
        /// A message is too short for its security header or signature, place 17.
        SECURITYDATATOOSHORT17 = 0x0000_1120, "ERRINFO_SECURITYDATATOOSHORT17";
        /// A message is too short for its security header or signature, place 18.
        SECURITYDATATOOSHORT18 = 0x0000_1121, "ERRINFO_SECURITYDATATOOSHORT18";
        /// A message is too short for its security header or signature, place 19.
        SECURITYDATATOOSHORT19 = 0x0000_1122, "ERRINFO_SECURITYDATATOOSHORT19";
        /// A message is too short for its security header or signature, place 20.
        SECURITYDATATOOSHORT20 = 0x0000_1123, "ERRINFO_SECURITYDATATOOSHORT20";
        /// A message is too short for its security header or signature, place 21.
        SECURITYDATATOOSHORT21 = 0x0000_1124, "ERRINFO_SECURITYDATATOOSHORT21";
        /// A message is too short for its security header or signature, place 22.
        SECURITYDATATOOSHORT22 = 0x0000_1125, "ERRINFO_SECURITYDATATOOSHORT22";
        /// A message is too short for its security header or signature, place 23.
        SECURITYDATATOOSHORT23 = 0x0000_1126, "ERRINFO_SECURITYDATATOOSHORT23";
        /// The description of the monitors makes no sense.
        BADMONITORDATA = 0x0000_1129, "ERRINFO_BADMONITORDATA";
        /// Data on a virtual channel cannot be put together.
        VCDECOMPRESSEDREASSEMBLEFAILED = 0x0000_112a, "ERRINFO_VCDECOMPRESSEDREASSEMBLEFAILED";
        /// Data on a virtual channel is longer than announced.
        VCDATATOOLONG = 0x0000_112b, "ERRINFO_VCDATATOOLONG";
        /// A frame is acknowledged wrongly.
        BAD_FRAME_ACK_DATA = 0x0000_112c, "ERRINFO_BAD_FRAME_ACK_DATA";
        /// The graphics mode is not to be had.
        GRAPHICSMODENOTSUPPORTED = 0x0000_112d, "ERRINFO_GRAPHICSMODENOTSUPPORTED";
        /// Graphics could not be reset.
        GRAPHICSSUBSYSTEMRESETFAILED = 0x0000_112e, "ERRINFO_GRAPHICSSUBSYSTEMRESETFAILED";
        /// Graphics failed.
        GRAPHICSSUBSYSTEMFAILED = 0x0000_112f, "ERRINFO_GRAPHICSSUBSYSTEMFAILED";
        /// The time zone's name is shorter than its length.
        TIMEZONEKEYNAMELENGTHTOOSHORT = 0x0000_1130, "ERRINFO_TIMEZONEKEYNAMELENGTHTOOSHORT";
        /// The time zone's name is too long.
        TIMEZONEKEYNAMELENGTHTOOLONG = 0x0000_1131, "ERRINFO_TIMEZONEKEYNAMELENGTHTOOLONG";
        /// The last field about daylight saving is missing.
        DYNAMICDSTDISABLEDFIELDMISSING = 0x0000_1132, "ERRINFO_DYNAMICDSTDISABLEDFIELDMISSING";
        /// Data on a virtual channel cannot be decoded.
        VCDECODINGERROR = 0x0000_1133, "ERRINFO_VCDECODINGERROR";
        /// The desktop is too large.
        VIRTUALDESKTOPTOOLARGE = 0x0000_1134, "ERRINFO_VIRTUALDESKTOPTOOLARGE";
        /// The monitors do not fit together.
        MONITORGEOMETRYVALIDATIONFAILED = 0x0000_1135, "ERRINFO_MONITORGEOMETRYVALIDATIONFAILED";
        /// There are too few monitors, or too many.
        INVALIDMONITORCOUNT = 0x0000_1136, "ERRINFO_INVALIDMONITORCOUNT";
        /// New session keys could not be made.
        UPDATESESSIONKEYFAILED = 0x0000_1191, "ERRINFO_UPDATESESSIONKEYFAILED";
        /// A message cannot be decrypted.
        DECRYPTFAILED = 0x0000_1192, "ERRINFO_DECRYPTFAILED";
        /// A message cannot be encrypted.
        ENCRYPTFAILED = 0x0000_1193, "ERRINFO_ENCRYPTFAILED";
        /// The message is encrypted by another method.
        ENCPKGMISMATCH = 0x0000_1194, "ERRINFO_ENCPKGMISMATCH";
        /// A message cannot be decrypted, found at a second place.
        DECRYPT_FAILED2 = 0x0000_1195, "ERRINFO_DECRYPT_FAILED2";
        /// The other side is gone; FreeRDP's own, which no server sends.
        PEER_DISCONNECTED = 0x0000_1196, "ERRINFO_PEER_DISCONNECTED";
    }
}

impl Encode for ErrorInfo {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_le_bytes());
    }
}

impl<'a> Decode<'a> for ErrorInfo {
    const NAME: &'static str = "Set Error Info PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        reader.u32_le("errorInfo").map(Self)
    }
}
