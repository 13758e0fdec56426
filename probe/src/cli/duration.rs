use std::time::Duration;

use jiff::SignedDuration;

/// Reads a duration that is longer than nothing.
pub(super) fn positive(text: &str) -> Result<Duration, String> {
    parse(text).and_then(|time| if time.is_zero() { Err("it must be more than 0".to_owned()) } else { Ok(time) })
}

/// Reads a duration: `250ms`, `5s`, `2m`; a bare number is seconds.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().map(Duration::try_from_secs_f64);
    let duration = match seconds {
        Some(seconds) => seconds.map_err(|error| error.to_string())?,
        None => text
            .parse::<SignedDuration>()
            .ok()
            .and_then(|duration| Duration::try_from(duration).ok())
            .ok_or("a duration is a number with a unit, e.g. 250ms, 5s, 2m")?,
    };
    let fits = duration <= Duration::from_hours(24);
    fits.then_some(duration).ok_or_else(|| format!("at most a day, and {text} is longer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_is_seconds() {
        for (text, millis) in
            [("250ms", 250), ("5s", 5000), ("2m", 120_000), ("1.5", 1500), ("0", 0), ("24h", 86_400_000)]
        {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["-1", "-1s", "soon", "", "1e300", "2d"] {
            assert!(parse(text).is_err(), "{text}");
        }
        let said = "at most a day, and 86401s is longer";
        assert_eq!(parse("86401s"), Err(said.to_owned()));
    }
}
