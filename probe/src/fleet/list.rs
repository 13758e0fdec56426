use super::tables::tables;
use crate::expect::Expectation;
use crate::target::Target;

/// A list of targets as a user writes it.
#[derive(Debug, Default)]
pub struct List {
    /// What it names, in its order.
    pub entries: Vec<Entry>,
    /// What in it names nothing.
    pub mistakes: Vec<Mistake>,
}

/// A target of a list.
#[derive(Debug)]
pub struct Entry {
    /// Where to.
    pub target: Target,
    /// What this run is called.
    pub label: Option<String>,
    /// What is expected of this target, beside what is expected of all.
    pub expected: Vec<Expectation>,
    /// Where it stands: `FILE:LINE`.
    pub place: String,
}

/// A line that names no target, or is no TOML.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {said}")]
pub struct Mistake {
    /// Where it stands: `FILE:LINE`.
    pub place: String,
    /// What is wrong with it.
    pub said: String,
}

impl List {
    /// Reads lines: a target, and behind a blank `label=NAME`, which goes to the end of the line. `#` begins a comment,
    /// at the begin of a line or behind a blank. `name` is the file's; `port` is for targets that name none.
    pub fn lines(name: &str, text: &str, port: Option<u16>) -> Self {
        let mut list = Self::default();
        for (line, number) in text.trim_start_matches('\u{feff}').lines().zip(1..) {
            let line = uncommented(line).trim();
            if !line.is_empty() {
                list.add(format!("{name}:{number}"), |place| entry(line, port, place));
            }
        }
        list
    }

    /// Reads tables `[[target]]` with `host`, and where wanted `label` and `expect`, a list.
    ///
    /// # Errors
    /// The text is no TOML, or has other fields than those.
    pub fn toml(name: &str, text: &str, port: Option<u16>) -> Result<Self, Mistake> {
        let mut list = Self::default();
        for (number, table) in tables(name, text)? {
            list.add(format!("{name}:{number}"), |place| table.entry(port, place));
        }
        Ok(list)
    }

    /// Takes up what stands at a place.
    fn add(&mut self, place: String, read: impl FnOnce(String) -> Result<Entry, String>) {
        match read(place.clone()) {
            Ok(entry) => self.entries.push(entry),
            Err(said) => self.mistakes.push(Mistake { place, said }),
        }
    }
}

/// A line without its comment.
fn uncommented(line: &str) -> &str {
    let begins =
        |at: &usize| line.get(..*at).is_some_and(|before| before.chars().last().is_none_or(char::is_whitespace));
    let comment = line.match_indices('#').map(|(at, _)| at).find(begins);
    comment.and_then(|at| line.get(..at)).unwrap_or(line)
}

fn entry(line: &str, port: Option<u16>, place: String) -> Result<Entry, String> {
    let (host, more) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let target = Target::parse(host, port).map_err(|error| error.to_string())?;
    let label = match more.trim() {
        "" => None,
        more => match more.strip_prefix("label=") {
            Some(label) if !label.is_empty() => Some(label.to_owned()),
            _ => return Err(format!("`{more}` behind `{host}`: only `label=NAME` may stand there")),
        },
    };
    Ok(Entry { target, label, expected: Vec::new(), place })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(list: &List) -> Vec<String> {
        list.mistakes.iter().map(ToString::to_string).collect()
    }

    fn named(list: &List) -> Vec<(String, Option<&str>)> {
        list.entries.iter().map(|entry| (entry.target.to_string(), entry.label.as_deref())).collect()
    }

    #[test]
    fn lines_name_targets_labels_and_comments() {
        let text = "\u{feff}# all of them\r\nsrv1\r\n\n  [::1]:3390\tlabel=the jump box  # old\n192.0.2.1 # label=no\n";
        let list = List::lines("t", text, Some(3391));
        let expected = [("srv1:3391", None), ("[::1]:3390", Some("the jump box")), ("192.0.2.1:3391", None)];
        assert_eq!(named(&list), expected.map(|(target, label)| (target.to_owned(), label)));
        assert_eq!(said(&list), [""; 0]);
    }

    #[test]
    fn a_bad_line_is_named_and_the_others_are_read() {
        let text = "srv1\n..\nsrv2 srv3\nsrv4 label=\nsrv5#6\nsrv7\n";
        let list = List::lines("hosts.txt", text, None);
        assert_eq!(list.entries.len(), 2);
        assert_eq!(
            said(&list),
            [
                "hosts.txt:2: `..` is no host: the parts of a name have 1 to 63 letters, the whole at most 253",
                "hosts.txt:3: `srv3` behind `srv2`: only `label=NAME` may stand there",
                "hosts.txt:4: `label=` behind `srv4`: only `label=NAME` may stand there",
                "hosts.txt:5: `srv5#6` is no host: a name has letters, digits, `-` and `.` only",
            ]
        );
    }

    #[test]
    fn tables_have_expectations_of_their_own() {
        let text = "[[target]]\nhost = 'srv1'\nlabel = 'hq'\nexpect = ['tls.version >= 1.2', 'negotiate.nla = required']\n\
                    [[target]]\nhost = '..'\n[[target]]\nhost = 'srv2'\nexpect = [\n'tls.vers > 1']\n";
        let list = List::toml("t.toml", text, None).unwrap();
        assert_eq!(named(&list), [("srv1:3389".to_owned(), Some("hq"))]);
        assert_eq!(list.entries[0].expected.len(), 2);
        let [host, expectation] = &said(&list)[..] else { panic!("{list:?}") };
        assert!(host.starts_with("t.toml:6: `..` is no host"), "{host}");
        assert!(expectation.starts_with("t.toml:8: no fact `tls.vers`"), "{expectation}");
    }

    #[test]
    fn a_file_that_is_no_list_is_told_by_its_line() {
        for (text, line) in [("[[target]]\nhots = 'srv'\n", 2), ("[[target]]\nhost = \n", 2), ("targets = []\n", 1)] {
            let error = List::toml("t.toml", text, None).unwrap_err().to_string();
            assert!(error.starts_with(&format!("t.toml:{line}: ")), "{error}");
        }
    }
}
