//! The order of an examination.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use portcullis_manifest::{Manifest, Model};
use portcullis_runtime::CallError;
use portcullis_runtime::contract::sync::Partition;
use portcullis_runtime::contract::types::RecordKey;
use portcullis_runtime::contract::{Reaction, Span, Verdict};
use serde_json::{Map, Value};

use crate::alter;
use crate::bench::{Bench, Holder};
use crate::clause::{Clause, Report};
use crate::examiner::Examiner;
use crate::incremental::LARGE;
use crate::manners::WAIT_SECONDS;
use crate::pass::{Pass, Reading};
use crate::payload::Payloads;
use crate::wire::Mode;

/// Records of a small page: few, so that a small vendor has pages.
const SMALL: u32 = 7;
/// Over so many parents a partitioned model is read.
const MOST_PARENTS: usize = 8;
/// Over so many of them the costlier questions are asked.
const ASKED_PARENTS: usize = 2;
/// A sensitive value is looked for from this length on: a shorter one stands in other texts by chance.
const SENSITIVE_LENGTH: usize = 8;

/// How an examination ended.
#[derive(Debug)]
pub enum Examined {
    /// The vendor refuses the credentials, in these words; nothing was judged.
    Refused(String),
    /// The credentials could not be validated for another reason: its code and a sentence.
    Failed(&'static str, String),
    /// It was carried out.
    Done(Report),
}

/// Examines one component. `models` are those to read, with what they need; none means all.
pub async fn examine(bench: &dyn Bench, models: &[String]) -> Examined {
    let mut examiner = Examiner::new(bench);
    if let Err(error) = examiner.validate(Holder::Customer).await.result {
        let refused = matches!(&error, CallError::Guest(guest) if matches!(guest.reaction, Reaction::Unauthenticated));
        return if refused {
            Examined::Refused(error.to_string())
        } else {
            Examined::Failed(error.code(), error.to_string())
        };
    }
    let wanted = wanted(bench.manifest(), models);
    let mut course = Course {
        manifest: bench.manifest(),
        payloads: Payloads::of(bench.manifest()),
        wanted,
        verdicts: BTreeMap::new(),
        passes: Vec::new(),
        unread: BTreeSet::new(),
    };
    course.stranger(&mut examiner).await;
    course.probe(&mut examiner).await;
    course.read(&mut examiner).await;
    course.judge(&mut examiner);
    course.ask(&mut examiner).await;
    let all_readable = course.unread.is_empty() && models.is_empty();
    let report = examiner.finish(all_readable);
    // The gateway heeds the 429 of the wire too: a log-out after this must not wait for it.
    tokio::time::sleep(Duration::from_secs(WAIT_SECONDS) + Duration::from_millis(200)).await;
    Examined::Done(report)
}

/// The models that are asked for, with their leads and parents, in an order in which parents come first.
fn wanted(manifest: &Manifest, named: &[String]) -> Vec<Model> {
    let mut names: BTreeSet<&str> = named.iter().map(String::as_str).collect();
    if names.is_empty() {
        names.extend(manifest.models.iter().map(|model| model.name.as_str()));
    }
    loop {
        let before = names.len();
        for model in &manifest.models {
            if names.contains(model.name.as_str()) {
                names.extend(model.with.as_deref());
                names.extend(
                    model
                        .partitioned_by
                        .iter()
                        .map(|parent| parent.model.as_str()),
                );
            }
        }
        if names.len() == before {
            break;
        }
    }
    let mut models: Vec<Model> = manifest
        .models
        .iter()
        .filter(|model| model.supported && names.contains(model.name.as_str()))
        .cloned()
        .collect();
    models.sort_by_key(|model| depth(manifest, model));
    models
}

/// How many parents stand above a model. A manifest has no circle of them.
fn depth(manifest: &Manifest, model: &Model) -> usize {
    let parent = model.partitioned_by.as_ref().or_else(|| {
        let lead = model.with.as_deref().and_then(|lead| manifest.model(lead));
        lead.and_then(|lead| lead.partitioned_by.as_ref())
    });
    match parent.and_then(|parent| manifest.model(&parent.model)) {
        Some(parent) => 1 + depth(manifest, parent),
        None => 0,
    }
}

/// One examination under way.
struct Course<'m> {
    manifest: &'m Manifest,
    payloads: Payloads,
    wanted: Vec<Model>,
    /// What the probes said, by model.
    verdicts: BTreeMap<String, Verdict>,
    /// Passes in small pages, with originals.
    passes: Vec<Pass>,
    /// Models that were not read, or not as a whole.
    unread: BTreeSet<String>,
}

impl Course<'_> {
    /// Calls with credentials that the vendor does not know.
    async fn stranger(&mut self, examiner: &mut Examiner<'_>) {
        examiner.bench.wire().set(Mode::Untaped);
        let result = examiner.validate(Holder::Stranger).await.result;
        let refused = matches!(&result, Err(CallError::Guest(error)) if matches!(error.reaction, Reaction::Unauthenticated));
        examiner
            .sheet
            .check(Clause::CredentialsRefused, refused, || {
                let code = result.as_ref().err().map_or("good", CallError::code);
                format!("validate: wrong credentials are {code}")
            });
        let root = |model: &&Model| model.partitioned_by.is_none() && model.with.is_none();
        if let Some(model) = self.wanted.iter().find(root) {
            let verdict = examiner.probe(Holder::Stranger, &model.name, None).await;
            let readable = matches!(
                verdict.result,
                Ok(Verdict::Granted(_) | Verdict::Partial(_) | Verdict::Empty)
            );
            examiner
                .sheet
                .check(Clause::CredentialsRefused, !readable, || {
                    format!(
                        "the probe of {} finds it readable with wrong credentials",
                        model.name
                    )
                });
            let reading = self.reading(model, None, SMALL, false);
            let request = reading.request(None);
            let what = format!("{} with wrong credentials", model.name);
            let page = examiner.pull(&what, Holder::Stranger, &request).await;
            examiner
                .sheet
                .check(Clause::CredentialsRefused, page.result.is_err(), || {
                    format!("{what}: a page comes")
                });
        }
        examiner.bench.wire().set(Mode::Live);
    }

    async fn probe(&mut self, examiner: &mut Examiner<'_>) {
        for model in &self.wanted {
            if model.with.is_some() && !model.probe {
                continue;
            }
            let partition = match &model.partitioned_by {
                None => None,
                Some(parent) => match self.verdicts.get(&parent.model).and_then(sample) {
                    Some(sample) => Some(sample),
                    None => {
                        self.judge_unprobed(model, &parent.model, examiner);
                        continue;
                    }
                },
            };
            let result = examiner
                .probe(Holder::Customer, &model.name, partition)
                .await
                .result;
            match result {
                Ok(verdict) => {
                    examiner.sheet.holds(Clause::AccessProbed);
                    self.verdicts.insert(model.name.clone(), verdict);
                }
                Err(error) => examiner.sheet.check(Clause::AccessProbed, false, || {
                    format!("the probe of {}: {error} ({})", model.name, error.code())
                }),
            }
        }
    }

    /// A model without a record of its parent's to try with. Where the parent has none, that is no fault of the
    /// connector's; where it has some, its probe must tell one.
    fn judge_unprobed(&self, model: &Model, parent: &str, examiner: &mut Examiner<'_>) {
        let has_records = match self.verdicts.get(parent) {
            Some(Verdict::Granted(finding) | Verdict::Partial(finding)) => finding.count != Some(0),
            _ => false,
        };
        let name = &model.name;
        examiner
            .sheet
            .check(Clause::AccessProbed, !has_records, || {
                format!("{name} cannot be probed: the probe of {parent} tells no sample")
            });
    }

    /// Reads every readable model in small pages.
    async fn read(&mut self, examiner: &mut Examiner<'_>) {
        for model in self.wanted.clone() {
            if model.with.is_some() {
                continue;
            }
            let readable = matches!(
                self.verdicts.get(&model.name),
                Some(Verdict::Granted(_) | Verdict::Partial(_) | Verdict::Empty)
            );
            let mut whole = readable;
            if readable {
                let (partitions, all) = self.partitions(&model);
                whole = all;
                for partition in partitions {
                    let reading = self.reading(&model, partition, SMALL, true);
                    let pass = examiner.read(reading).await;
                    whole &= pass.is_whole();
                    examiner.judge_pass(&pass);
                    self.passes.push(pass);
                }
            }
            if !whole {
                let companions = self.companions(&model);
                self.unread.extend(companions);
                self.unread.insert(model.name.clone());
            }
        }
    }

    fn companions(&self, lead: &Model) -> Vec<String> {
        let with = |model: &&Model| model.with.as_deref() == Some(lead.name.as_str());
        let companions = self.wanted.iter().filter(with);
        companions.map(|model| model.name.clone()).collect()
    }

    fn reading(
        &self,
        model: &Model,
        partition: Option<Partition>,
        target: u32,
        originals: bool,
    ) -> Reading {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Reading {
            model: model.name.clone(),
            companions: self.companions(model),
            partition,
            span: Span::Full,
            started_at: i64::try_from(now.as_millis()).unwrap_or(i64::MAX),
            target,
            originals,
        }
    }

    /// The parents over which a model is read, and whether those are all that were seen.
    fn partitions(&self, model: &Model) -> (Vec<Option<Partition>>, bool) {
        let Some(parent) = &model.partitioned_by else {
            return (vec![None], true);
        };
        let passes = self.passes.iter();
        let batches = passes.flat_map(Pass::batches);
        let parents: Vec<Partition> = batches
            .filter(|batch| batch.model == parent.model)
            .flat_map(|batch| &batch.upserts)
            .map(|upsert| Partition {
                key: upsert.key.clone(),
                fields: fields(&upsert.payload, &parent.fields),
            })
            .collect();
        let all = parents.len() <= MOST_PARENTS && !self.unread.contains(&parent.model);
        (
            parents.into_iter().take(MOST_PARENTS).map(Some).collect(),
            all,
        )
    }

    /// Judges what was read.
    fn judge(&self, examiner: &mut Examiner<'_>) {
        let sensitive = self.sensitive(examiner);
        let mut records: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for pass in &self.passes {
            self.payloads.judge(pass, &sensitive, &mut examiner.sheet);
            for ((model, (_, id)), payload) in pass.records() {
                records
                    .entry(model.to_owned())
                    .or_default()
                    .push(payload.to_owned());
                ids.entry(model.to_owned()).or_default().insert(id);
            }
        }
        ids.retain(|model, _| !self.unread.contains(model));
        self.payloads
            .judge_references(&records, &ids, &mut examiner.sheet);
        for (model, verdict) in &self.verdicts {
            self.judge_verdict(model, verdict, &ids, &records, examiner);
        }
    }

    /// Whether what a probe told of a model is so.
    fn judge_verdict(
        &self,
        model: &str,
        verdict: &Verdict,
        ids: &BTreeMap<String, BTreeSet<String>>,
        records: &BTreeMap<String, Vec<String>>,
        examiner: &mut Examiner<'_>,
    ) {
        let (Verdict::Granted(finding) | Verdict::Partial(finding)) = verdict else {
            return;
        };
        if let Some(key) = &finding.sample {
            self.payloads.judge_key(model, key, &mut examiner.sheet);
        }
        // What was not read as a whole may hold what the probe saw.
        if self.unread.contains(model) {
            return;
        }
        let found = ids.get(model);
        if let Some(key) = &finding.sample {
            let known = found.is_some_and(|ids| ids.contains(&key.external_id));
            examiner.sheet.check(Clause::AccessProbed, known, || {
                format!(
                    "the probe of {model} saw {}, which no page brings",
                    key.external_id
                )
            });
        }
        let partitioned = self
            .wanted
            .iter()
            .any(|one| one.name == model && one.partitioned_by.is_some());
        if let (Some(count), false) = (finding.count, partitioned) {
            let came = records.get(model).map_or(0, Vec::len) as u64;
            examiner
                .sheet
                .check(Clause::AccessProbed, count == came, || {
                    format!("the probe of {model} counts {count}, and {came} come")
                });
        }
    }

    /// What the vendor sent that nobody may read.
    fn sensitive(&self, examiner: &Examiner<'_>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for answer in examiner.bench.wire().all_answers() {
            for (name, value) in alter::texts(&answer) {
                let telling = value.len() >= SENSITIVE_LENGTH
                    && value.bytes().any(|byte| byte.is_ascii_digit());
                if telling && Payloads::is_sensitive(&name) {
                    found.insert(value);
                }
            }
        }
        found
    }

    /// The questions that need further calls.
    async fn ask(&self, examiner: &mut Examiner<'_>) {
        let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
        let mut examples = Vec::new();
        for pass in &self.passes {
            let times = asked.entry(&pass.reading.model).or_default();
            *times += 1;
            if *times > ASKED_PARENTS {
                continue;
            }
            let Some(model) = self.manifest.model(&pass.reading.model) else {
                continue;
            };
            examiner.ask_again(pass).await;
            examiner.ask_for_lead_alone(pass).await;
            let large = examiner
                .read(Reading {
                    target: LARGE,
                    originals: false,
                    ..pass.reading.clone()
                })
                .await;
            examiner.judge_sizes(pass, &large);
            self.payloads
                .judge(&large, &BTreeSet::new(), &mut examiner.sheet);
            examiner.since(pass, model.incremental).await;
            if *times == 1 {
                examples.push(pass);
            }
        }
        let mut led = BTreeSet::new();
        for pass in &self.passes {
            if pass.pages.len() > 1 && led.insert(&pass.reading.model) {
                examiner.led_astray(pass).await;
            }
        }
        for pass in &examples {
            examiner.unknown_words(pass, &self.payloads).await;
            examiner.echoes(pass, &self.payloads).await;
            examiner.failures(pass).await;
        }
        if let Some(pass) = examples.iter().find(|pass| !pass.pages.is_empty()) {
            examiner
                .unauthorised(pass, self.manifest.session.is_some())
                .await;
        }
        // Last: the gateway itself heeds what a 429 says.
        for pass in &examples {
            examiner.too_many(pass).await;
        }
    }
}

fn sample(verdict: &Verdict) -> Option<RecordKey> {
    match verdict {
        Verdict::Granted(finding) | Verdict::Partial(finding) => finding.sample.clone(),
        _ => None,
    }
}

/// The fields of a parent that the manifest asks for.
fn fields(payload: &str, names: &[String]) -> String {
    let document: Map<String, Value> = serde_json::from_str(payload).unwrap_or_default();
    let kept: Map<String, Value> = document
        .into_iter()
        .filter(|(name, _)| names.contains(name))
        .collect();
    Value::Object(kept).to_string()
}
