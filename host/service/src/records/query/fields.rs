//! Which fields of records are served.

use portcullis_model::ModelSpec;

use crate::error::{InputProblem, ServiceError};

/// The named fields in the model's order, each once, `id` among them.
pub(super) fn fields(
    model: &'static ModelSpec,
    text: &str,
) -> Result<Vec<&'static str>, InputProblem> {
    let known = model.fields();
    for name in text.split(',') {
        if !known.iter().any(|field| field.name == name) {
            let names: Vec<&str> = known.iter().map(|field| field.name.as_str()).collect();
            return Err(InputProblem::parameter(
                "fields",
                "invalid_fields",
                format!(
                    "`fields` names a field that {} do not have. Fields: {}.",
                    model.name,
                    names.join(", ")
                ),
            ));
        }
    }
    let wanted = |name: &str| name == "id" || text.split(',').any(|wanted| wanted == name);
    Ok(known
        .iter()
        .map(|field| field.name.as_str())
        .filter(|name| wanted(name))
        .collect())
}

/// What a single record is asked with: the fields to serve, or all of them.
///
/// # Errors
///
/// `unknown_parameter` for anything but `fields`, `invalid_fields`.
pub fn record_fields(
    model: &'static ModelSpec,
    pairs: &[(String, String)],
) -> Result<Option<Vec<&'static str>>, ServiceError> {
    let mut wanted = None;
    let mut problems = Vec::new();
    for (name, value) in pairs {
        if name != "fields" {
            problems.push(InputProblem::unknown_parameter(name, &["fields"]));
            continue;
        }
        match fields(model, value) {
            Ok(fields) => wanted = Some(fields),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(wanted)
    } else {
        Err(ServiceError::Invalid(problems))
    }
}
