use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::{Value, json};

use super::document::Document;
use crate::fact::schemas;

/// The JSON Schema of the document that a report is (draft 2020-12), made from the code that writes it.
pub fn schema() -> Value {
    // What is absent is not known, so nothing has a default.
    let no_default = RecursiveTransform(|schema: &mut Schema| drop(schema.remove("default")));
    let settings = SchemaSettings::draft2020_12().for_serialize().with_transform(no_default);
    let mut generator = settings.into_generator();
    let facts = schemas(&mut generator);
    let mut schema = generator.into_root_schema_for::<Document>().to_value();
    // Which facts a step has, its phase says; no derive can say that.
    schema["$defs"]["Step"]["allOf"] = facts
        .into_iter()
        .map(|(phase, facts)| {
            let of_phase = json!({ "properties": { "phase": { "const": phase } } });
            json!({ "if": of_phase, "then": { "properties": { "facts": facts } } })
        })
        .collect();
    schema["required"] = json!(["tool", "run", "target", "walks", "verdict"]);
    or_error(schema)
}

/// A run that could not be has a document too: the schema's number, and why.
pub(crate) fn or_error(mut schema: Value) -> Value {
    schema["else"] = json!({ "required": schema["required"] });
    schema["if"] = json!({ "required": ["error"] });
    schema["then"] = json!({ "properties": { "error": { "type": "string" } } });
    schema["required"] = json!(["schema"]);
    schema
}

/// Holds a schema against the checked-in file of this name.
#[cfg(test)]
pub(crate) fn hold(name: &str, schema: &Value) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name);
    let generated = format!("{schema:#}\n");
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap();
    assert!(checked_in == generated, "the schema has changed: run the test again with UPDATE_SCHEMA=1, and look at it");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::Phase;

    #[test]
    fn the_checked_in_schema_is_the_generated_one() {
        hold("report.schema.json", &schema());
    }

    #[test]
    fn every_walked_phase_has_a_schema_of_its_facts() {
        let schema = schema();
        let steps = schema["$defs"]["Step"]["allOf"].as_array().unwrap();
        let phases: Vec<_> =
            steps.iter().map(|step| step["if"]["properties"]["phase"]["const"].as_str().unwrap()).collect();
        assert_eq!(phases, Phase::ALL.iter().map(|phase| phase.id()).collect::<Vec<_>>());
        assert!(steps.iter().all(|step| {
            let facts = step["then"]["properties"]["facts"]["$ref"].as_str().unwrap();
            schema.pointer(facts.trim_start_matches('#')).is_some()
        }));
    }
}
