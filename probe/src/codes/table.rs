//! The tables of codes.

use std::fmt;
use std::sync::LazyLock;

use super::tsv::{cell, hex, records};

/// Declares the tables: file, label, where the number is seen, and how many hex digits it is written with at least.
macro_rules! tables {
    ($($name:ident $id:literal $title:literal $width:literal $seen:literal;)*) => {
        /// A list of codes that somebody gave meanings to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Table {
            $(#[doc = concat!("Codes of the kind \"", $title, "\"; [`Table::seen`] says where they are met.")] $name,)*
        }

        impl Table {
            /// Every table, in the order in which a bare number is looked up.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name of its file.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What its codes are called.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Where a reader meets its codes.
            pub const fn seen(self) -> &'static str {
                match self { $(Self::$name => $seen,)* }
            }

            /// The hex digits that its codes are written with at least.
            pub const fn width(self) -> usize {
                match self { $(Self::$name => $width,)* }
            }

            /// The table as it lies on disk.
            pub(super) const fn text(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!("tables/", $id, ".tsv")),)* }
            }
        }
    };
}

tables! {
    DiscReason "disc_reason" "mstsc error code" 1
        "\"Error code\" in mstsc's dialog; the reason in client event 1026.";
    ExtDiscReason "ext_disc_reason" "mstsc extended error code" 1
        "\"Extended error code\" in mstsc's dialog.";
    ErrInfo "errinfo" "ERRINFO" 1
        "errorInfo of a Set Error Info PDU; \"protocol error (code: ..)\" of older clients.";
    NegFailure "neg_failure" "negotiation failure" 1
        "failureCode of RDP_NEG_FAILURE, in the answer to the Connection Request.";
    McsReason "mcs_reason" "MCS ultimatum reason" 1
        "reason of an MCS Disconnect Provider Ultimatum.";
    LicensingError "licensing_error" "licensing error" 1
        "dwErrorCode of a licensing error message.";
    LicensingTransition "licensing_transition" "licensing state transition" 1
        "dwStateTransition of a licensing error message.";
    NtStatus "ntstatus" "NTSTATUS or SSPI status" 8
        "errorCode of a CredSSP TSRequest; Security and Schannel events; client dialogs.";
    EarlyUserAuth "early_user_auth" "early user authorization" 1
        "The four bytes after CredSSP where HYBRID_EX was selected.";
    Rdstls "rdstls" "RDSTLS result" 1
        "resultCode of an RDSTLS authentication response.";
    TlsAlert "tls_alert" "TLS alert" 2
        "description of a TLS alert, from either side.";
}

/// A code of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The table it stands in.
    pub table: Table,
    /// The number.
    pub value: u32,
    /// Its name in the source; some codes were only ever seen as numbers.
    pub name: Option<&'static str>,
    /// What it means, in a few words.
    pub means: &'static str,
    /// Where the meaning comes from, as short keys separated by `; `.
    pub source: &'static str,
}

impl fmt::Display for Code {
    /// The number as its table writes it, and the name: `0x904 disconnectReasonAtClientWinsockFDCLOSE`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:0width$X}", self.value, width = self.table.width())?;
        self.name.map_or(Ok(()), |name| write!(f, " {name}"))
    }
}

static CODES: LazyLock<Vec<Code>> = LazyLock::new(|| {
    Table::ALL.iter().flat_map(|table| records(table.text()).filter_map(|row| code(*table, row))).collect()
});

/// One line of a table.
fn code(table: Table, [value, name, means, source]: [&'static str; 4]) -> Option<Code> {
    Some(Code { table, value: hex(value)?, name: cell(name), means, source })
}

/// Every code of every table, in the order of [`Table::ALL`], each table by value.
pub fn all() -> &'static [Code] {
    &CODES
}

/// The SSPI status that a status stands for: some servers make an NTSTATUS out of one by putting its lower half behind
/// the facility of Win32 errors, so that 0x8009030C becomes 0xC007030C.
pub(super) fn unwrapped(status: u32) -> u32 {
    match status {
        0xC007_0300..=0xC007_03FF => 0x8009_0000 | (status & 0xFFFF),
        _ => status,
    }
}

/// The code that `value` is in one table.
pub fn lookup(table: Table, value: u32) -> Option<&'static Code> {
    let value = if table == Table::NtStatus { unwrapped(value) } else { value };
    CODES.binary_search_by_key(&(table, value), |code| (code.table, code.value)).ok().map(|at| &CODES[at])
}

/// What `value` is in each table that has it.
pub fn find(value: u32) -> Vec<&'static Code> {
    Table::ALL.iter().filter_map(|table| lookup(*table, value)).collect()
}

/// The code called `name`; letter case, `_` and `-` do not count.
pub fn named(name: &str) -> Option<&'static Code> {
    CODES.iter().find(|code| code.name.is_some_and(|known| letters(known).eq(letters(name))))
}

fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase())
}

/// The codes that somebody who wrote `value` may have meant, the likeliest first, five at most: decimal taken for hex
/// or the other way round, then one hex digit wrong.
pub fn nearest(value: u32) -> Vec<&'static Code> {
    let mixed_up = [format!("{value:x}").parse().ok(), hex(&format!("0x{value}"))].into_iter().flatten();
    let mut typos: Vec<_> = CODES.iter().filter(|code| one_digit_differs(code.value, value)).collect();
    typos.sort_by_key(|code| (code.value.abs_diff(value), code.value, code.name.is_none()));
    typos.dedup_by_key(|code| code.value);
    let misread = mixed_up.filter_map(|value| lookup(Table::DiscReason, value));
    misread.chain(typos).take(5).collect()
}

fn one_digit_differs(a: u32, b: u32) -> bool {
    let digit = |value: u32, place: u32| value >> (4 * place) & 0xF;
    a.leading_zeros() / 4 == b.leading_zeros() / 4
        && (0..8).filter(|place| digit(a, *place) != digit(b, *place)).count() == 1
}

#[cfg(test)]
mod tests {
    use super::super::tsv::lines;
    use super::*;

    #[test]
    fn every_row_of_every_table_is_read() {
        for table in Table::ALL {
            let read = all().iter().filter(|code| code.table == *table).count();
            assert_eq!(read, lines(table.text()), "{}", table.id());
            assert!(read > 0, "{}", table.id());
        }
    }

    #[test]
    fn codes_are_unique_and_ordered_in_each_table() {
        assert!(all().is_sorted_by(|a, b| (a.table, a.value) < (b.table, b.value)));
    }

    #[test]
    fn every_code_has_a_meaning_and_a_source_and_no_name_is_empty() {
        for code in all() {
            assert!(!code.means.is_empty() && !code.source.is_empty(), "{code}");
            assert!(code.name.is_none_or(|name| !name.is_empty() && !name.contains(' ')), "{code}");
        }
    }

    #[test]
    fn a_number_is_found_in_every_table_that_has_it() {
        let tables: Vec<_> = find(7).iter().map(|code| code.table).collect();
        assert_eq!(tables, [Table::ExtDiscReason, Table::ErrInfo, Table::NegFailure, Table::LicensingError]);
        assert!(find(0x516).is_empty());
    }

    #[test]
    fn every_name_leads_back_to_its_code() {
        for code in all() {
            if let Some(name) = code.name {
                assert_eq!(named(&name.to_uppercase()), Some(code), "{name}");
            }
        }
    }

    #[test]
    fn a_mistyped_code_suggests_what_was_meant() {
        let values = |value| nearest(value).iter().map(|code| code.value).collect::<Vec<_>>();
        assert_eq!(values(0x516)[..2], [0x204, 0x506], "516 is 0x204 in decimal, 0x506 is one digit away");
        assert_eq!(values(904)[0], 0x904, "a hex code typed without its 0x");
        assert!(nearest(0xC000_0060).iter().all(|code| code.table == Table::NtStatus));
    }

    #[test]
    fn a_code_is_written_as_its_table_writes_it() {
        let written = |table, value| lookup(table, value).map(ToString::to_string);
        assert_eq!(written(Table::NtStatus, 0xC000_006D).as_deref(), Some("0xC000006D STATUS_LOGON_FAILURE"));
        assert_eq!(written(Table::NtStatus, 0xC007_030C).as_deref(), Some("0x8009030C SEC_E_LOGON_DENIED"));
        assert_eq!(written(Table::TlsAlert, 0).as_deref(), Some("0x00 close_notify"));
        assert_eq!(written(Table::DiscReason, 0xB09).as_deref(), Some("0xB09"));
    }
}
