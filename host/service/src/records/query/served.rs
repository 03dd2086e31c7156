//! What of each record is served.

use portcullis_model::ModelSpec;

use crate::error::{InputProblem, ServiceError};
use crate::records::expand::{self, Expansion};

/// The parameters that say it.
const PARAMETERS: &[&str] = &["fields", "expand", "include"];

/// What of each record is served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Served {
    /// The fields, in the model's order, `id` among them; all of them when absent.
    pub fields: Option<Vec<&'static str>>,
    /// References whose records are served beside their ids, in the model's order.
    pub expand: Vec<&'static Expansion>,
    /// Whether the vendor's own record is served as `raw`: null where the integration does not keep them.
    pub raw: bool,
}

impl Served {
    /// What a single record is asked with.
    ///
    /// # Errors
    ///
    /// `unknown_parameter` for anything but `fields`, `expand` and `include`; `invalid_fields`, `invalid_expand`,
    /// `invalid_include`.
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
            served.finish(model);
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
            "expand" => expand::parse(model, value).map(|expand| self.expand = expand),
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

    /// Once every parameter is taken: a record that is expanded in the objects of a list needs that list to stand in.
    pub(super) fn finish(&mut self, model: &'static ModelSpec) {
        let Some(fields) = &mut self.fields else {
            return;
        };
        let listed = |name: &str| self.expand.iter().any(|it| it.list == Some(name));
        let names = model.fields().iter().map(|field| field.name.as_str());
        let served = names.filter(|name| fields.contains(name) || listed(name));
        *fields = served.collect();
    }

    /// The parameters in their one spelling, each with `&` before it; nothing where all is as ever.
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        if let Some(fields) = &self.fields {
            text.push_str("&fields=");
            text.push_str(&fields.join(","));
        }
        for (index, expansion) in self.expand.iter().enumerate() {
            text.push_str(if index == 0 { "&expand=" } else { "," });
            text.push_str(&expansion.name);
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
