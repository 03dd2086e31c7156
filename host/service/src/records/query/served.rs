//! What of each record is served.

use portcullis_model::ModelSpec;

use crate::error::{InputProblem, ServiceError};

/// The parameters that say it.
const PARAMETERS: &[&str] = &["fields", "include"];

/// What of each record is served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Served {
    /// The fields, in the model's order, `id` among them; all of them when absent.
    pub fields: Option<Vec<&'static str>>,
    /// Whether the vendor's own record is served as `raw`: null where the integration does not keep them.
    pub raw: bool,
}

impl Served {
    /// What a single record is asked with.
    ///
    /// # Errors
    ///
    /// `unknown_parameter` for anything but `fields` and `include`, `invalid_fields`, `invalid_include`.
    pub fn parse(
        model: &'static ModelSpec,
        pairs: &[(String, String)],
    ) -> Result<Self, ServiceError> {
        let mut served = Self::default();
        let mut problems = Vec::new();
        for (name, value) in pairs {
            match served.take(model, name, value) {
                None => problems.push(InputProblem::unknown_parameter(name, PARAMETERS)),
                Some(Err(problem)) => problems.push(problem),
                Some(Ok(())) => {}
            }
        }
        if problems.is_empty() {
            Ok(served)
        } else {
            Err(ServiceError::Invalid(problems))
        }
    }

    /// Takes a parameter, if it is one of these.
    pub(super) fn take(
        &mut self,
        model: &'static ModelSpec,
        name: &str,
        value: &str,
    ) -> Option<Result<(), InputProblem>> {
        let taken = match name {
            "fields" => fields(model, value).map(|fields| self.fields = Some(fields)),
            "include" if value == "raw" => {
                self.raw = true;
                Ok(())
            }
            "include" => Err(InputProblem::parameter(
                name,
                "invalid_include",
                "`include` can be `raw`: the vendor's own record beside the unified one.",
            )),
            _ => return None,
        };
        Some(taken)
    }

    /// The parameters in their one spelling, each with `&` before it; nothing where all is as ever.
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        if let Some(fields) = &self.fields {
            text.push_str("&fields=");
            text.push_str(&fields.join(","));
        }
        if self.raw {
            text.push_str("&include=raw");
        }
        text
    }
}

/// The named fields in the model's order, each once, `id` among them.
fn fields(model: &'static ModelSpec, text: &str) -> Result<Vec<&'static str>, InputProblem> {
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
