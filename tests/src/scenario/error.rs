use crate::act::Act;

/// A text is no scenario.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// No scenario has this name.
    #[error("`{name}` is no scenario: `rdp-lab list` names them, and a file's name ends in .toml")]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The file cannot be read.
    #[error("cannot read `{name}`: {source}")]
    File {
        /// The file.
        name: String,
        /// Why.
        source: std::io::Error,
    },
    /// The text is not TOML, or says what no scenario says.
    #[error("scenario `{name}`: {source}")]
    Toml {
        /// The scenario.
        name: String,
        /// What is wrong, and where.
        source: toml::de::Error,
    },
    /// An act stands at a step where it has no meaning.
    #[error("scenario `{name}`: `{act}` cannot be done at `{step}`")]
    Misplaced {
        /// The scenario.
        name: String,
        /// The act.
        act: Act,
        /// The step.
        step: &'static str,
    },
}
