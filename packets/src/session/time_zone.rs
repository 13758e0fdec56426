use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::text;

/// Width of a name, bytes.
const NAME: usize = 64;

/// Time Zone Information (`TS_TIME_ZONE_INFORMATION`), [MS-RDPBCGR] 2.2.1.11.1.1.1.1. The default is UTC without
/// names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TimeZone {
    /// Minutes from local time to UTC.
    pub bias: i32,
    /// Standard time.
    pub standard: Season,
    /// Daylight saving time.
    pub daylight: Season,
}

/// One of the two times of a year.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Season {
    /// What it is called, 31 UTF-16 units at most; more is cut off.
    pub name: String,
    /// When it begins (`TS_SYSTEMTIME`): year, month, day of the week, its number in the month, hour, minute, second,
    /// millisecond. All 0 where it never does.
    pub date: [u16; 8],
    /// Minutes added to the zone's bias while it lasts.
    pub bias: i32,
}

impl Encode for TimeZone {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.bias.to_le_bytes());
        for season in [&self.standard, &self.daylight] {
            text::put_utf16(out, &season.name, NAME);
            out.extend(season.date.iter().flat_map(|part| part.to_le_bytes()));
            out.extend(season.bias.to_le_bytes());
        }
    }
}

impl<'a> Decode<'a> for TimeZone {
    const NAME: &'static str = "Time Zone Information";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            bias: reader.array("Bias").map(i32::from_le_bytes)?,
            standard: Season {
                name: text::utf16(reader, "StandardName", NAME)?,
                date: date(reader, "StandardDate")?,
                bias: reader.array("StandardBias").map(i32::from_le_bytes)?,
            },
            daylight: Season {
                name: text::utf16(reader, "DaylightName", NAME)?,
                date: date(reader, "DaylightDate")?,
                bias: reader.array("DaylightBias").map(i32::from_le_bytes)?,
            },
        })
    }
}

fn date(reader: &mut Reader<'_>, field: &'static str) -> Result<[u16; 8], DecodeError> {
    let mut date = [0; 8];
    for part in &mut date {
        *part = reader.u16_le(field)?;
    }
    Ok(date)
}
