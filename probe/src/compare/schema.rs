use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Comparison;
use crate::report::or_error;

/// The JSON Schema of the document that a comparison is (draft 2020-12), made from the code that writes it.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    or_error(generator.into_root_schema_for::<Comparison>().to_value())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::hold;

    #[test]
    fn the_checked_in_schema_of_comparisons_is_the_generated_one() {
        hold("comparison.schema.json", &schema());
    }
}
