//! Connectors coming and going: from the watched folder to the registry, past the approval.
//!
//! A new version serves at once only if all it asks for lies within what was approved for its id; otherwise
//! it waits, compiled and ready, while the old one goes on. What happens is written to the store, so that the
//! API shows it and other processes need no wasmtime to know.

use portcullis_manifest::{Difference, Grants};
use portcullis_runtime::watch::{Folder, FolderEvent};
use portcullis_runtime::{Candidate, Loaded, Refusal, Registry, Runtime, inspect};
use portcullis_store::{NewConnectorVersion, NewRefusal, Store, StoreError};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often approvals given elsewhere are looked for.
const APPROVALS: Duration = Duration::from_millis(500);

/// How long to wait before what happened in the folder is told to the store again.
const AGAIN: Duration = Duration::from_secs(1);

/// How often the store may refuse it before the next is looked at.
const REFUSED: u32 = 5;

/// Loads what stands in a folder.
pub struct ConnectorFolder {
    runtime: Arc<Runtime>,
    registry: Arc<Registry>,
    store: Store,
    /// Approve everything: for a demo and for development.
    trust: bool,
    files: BTreeMap<PathBuf, Candidate>,
    /// Compiled and waiting for an approval, by digest.
    pending: HashMap<String, Arc<Loaded>>,
}

/// Why a version is not taken although its file is sound.
struct Unwanted {
    code: &'static str,
    detail: String,
}

impl ConnectorFolder {
    /// Loads into `registry`, and tells `store`.
    pub fn new(runtime: Arc<Runtime>, registry: Arc<Registry>, store: Store, trust: bool) -> Self {
        Self {
            runtime,
            registry,
            store,
            trust,
            files: BTreeMap::new(),
            pending: HashMap::new(),
        }
    }

    /// Watches `folder` until `stop`. Cancels `loaded` when what lay there at first is loaded or refused.
    pub async fn watch(
        mut self,
        mut folder: Folder,
        loaded: CancellationToken,
        stop: CancellationToken,
    ) {
        let mut approvals = tokio::time::interval(APPROVALS);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                event = folder.next() => self.settle(event, &stop).await,
                _ = approvals.tick() => {
                    if let Err(error) = self.activate_approved().await {
                        tracing::warn!(error = %error, "approvals of connectors could not be looked for");
                    }
                }
            }
            if folder.is_settled() {
                loaded.cancel();
            }
        }
    }

    /// Handles what happened, again and again until the store knows of it: the folder tells it once. What the store
    /// refuses time and again holds up no other file.
    async fn settle(&mut self, event: FolderEvent, stop: &CancellationToken) {
        let mut refused = 0;
        while let Err(error) = self.handle(event.clone()).await {
            let is_away = matches!(error, StoreError::Unavailable(_));
            tracing::error!(error = %error, "the state of the connectors could not be stored");
            refused += u32::from(!is_away);
            if refused == REFUSED {
                return;
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    }

    async fn handle(&mut self, event: FolderEvent) -> Result<(), StoreError> {
        match event {
            FolderEvent::Complete { path, bytes } => match inspect(bytes) {
                Ok(candidate) => self.consider(path, candidate).await,
                Err(refusal) => self.refuse(&path, "", refusal).await,
            },
            FolderEvent::Refused { path, refusal } => self.refuse(&path, "", refusal).await,
            FolderEvent::Removed { path } => self.removed(&path).await,
        }
    }

    async fn consider(&mut self, path: PathBuf, candidate: Candidate) -> Result<(), StoreError> {
        let id = candidate.manifest.id.clone();
        let serving = self.registry.get(&id);
        let same = serving
            .as_ref()
            .is_some_and(|it| it.candidate.digest == candidate.digest);
        if let (Some(serving), false) = (&serving, same)
            && let Some(unwanted) = self.unwanted(serving, &candidate, &path)
        {
            tracing::warn!(file = %path.display(), code = unwanted.code, "connector refused");
            return self
                .store
                .refuse_connector(NewRefusal {
                    file: file_name(&path),
                    digest: candidate.digest.clone(),
                    connector_id: Some(id),
                    vendor: Some(candidate.manifest.vendor.clone()),
                    code: unwanted.code.to_owned(),
                    detail: unwanted.detail,
                })
                .await;
        }
        let loaded = match serving {
            Some(serving) if same => serving,
            _ => match self.runtime.load(candidate.clone()).await {
                Ok(loaded) => loaded,
                Err(refusal) => return self.refuse(&path, &candidate.digest, refusal).await,
            },
        };
        self.store.clear_refusal(&file_name(&path)).await?;
        let grants = Grants::of(&candidate.manifest, &candidate.imports);
        let row = row(&path, &candidate, &grants);
        let difference = self.difference(&id, &grants).await?;
        match difference {
            None => {
                self.store.upsert_active_connector(row).await?;
                self.publish(loaded);
            }
            Some(difference) if self.trust => {
                if !difference.is_empty() {
                    tracing::warn!(connector = %id, "approved without asking, since connectors are trusted");
                }
                self.store
                    .trust_connector(row, json(&difference), "--trust-connectors")
                    .await?;
                self.publish(loaded);
            }
            Some(difference) => {
                tracing::warn!(connector = %id, version = %loaded.manifest().version, "connector waits for approval");
                self.pending.insert(row.digest.clone(), loaded);
                self.store
                    .upsert_pending_connector(row, json(&difference))
                    .await?;
            }
        }
        // Last, so that another try finds things as this one did.
        self.files.insert(path, candidate);
        Ok(())
    }

    /// What is wanted beyond the approval; none if nothing is. A first install wants everything.
    async fn difference(
        &self,
        id: &str,
        wanted: &Grants,
    ) -> Result<Option<Vec<Difference>>, StoreError> {
        let Some(approval) = self.store.connector_approval(id).await? else {
            return Ok(Some(Grants::default().difference(wanted)));
        };
        // An approval of an older shape cannot be compared, so it is asked for again.
        let approved: Grants = serde_json::from_value(approval.grants).unwrap_or_default();
        let difference = approved.difference(wanted);
        Ok((!difference.is_empty()).then_some(difference))
    }

    fn unwanted(&self, serving: &Loaded, candidate: &Candidate, path: &Path) -> Option<Unwanted> {
        let (old, new) = (serving.manifest(), &candidate.manifest);
        // A file that was replaced may step back: its old version is no longer there to prefer.
        let replaced = self
            .files
            .get(path)
            .is_some_and(|it| it.digest == serving.candidate.digest);
        if new.version < old.version && !(replaced && self.trust) {
            return Some(Unwanted {
                code: "version_lower",
                detail: format!(
                    "version {} is lower than {}, which is loaded; remove the higher one first if this is meant",
                    new.version, old.version
                ),
            });
        }
        if new.version == old.version && !self.trust {
            return Some(Unwanted {
                code: "version_reused",
                detail: format!(
                    "version {} is loaded with other bytes; a change needs a new version",
                    new.version
                ),
            });
        }
        if new.state_format < old.state_format {
            return Some(Unwanted {
                code: "state_format_lower",
                detail: format!(
                    "its cursors have format {}, the loaded version's have {}",
                    new.state_format, old.state_format
                ),
            });
        }
        None
    }

    async fn refuse(
        &mut self,
        path: &Path,
        digest: &str,
        refusal: Refusal,
    ) -> Result<(), StoreError> {
        tracing::warn!(
            file = %path.display(),
            code = refusal.code(),
            detail = %refusal.detail,
            "connector refused"
        );
        self.store
            .refuse_connector(NewRefusal {
                file: file_name(path),
                digest: digest.to_owned(),
                // A broken file has no manifest to say whose it is, but it may stand where a good one stood.
                connector_id: refusal
                    .connector_id
                    .clone()
                    .or_else(|| Some(self.files.get(path)?.manifest.id.clone())),
                vendor: refusal
                    .vendor
                    .clone()
                    .or_else(|| Some(self.files.get(path)?.manifest.vendor.clone())),
                code: refusal.code().to_owned(),
                detail: refusal.detail,
            })
            .await
    }

    async fn removed(&mut self, path: &Path) -> Result<(), StoreError> {
        self.store.mark_connector_removed(&file_name(path)).await?;
        let Some(gone) = self.files.get(path).cloned() else {
            return Ok(());
        };
        let id = &gone.manifest.id;
        self.pending.remove(&gone.digest);
        let serving = self.registry.get(id);
        if serving.is_none_or(|serving| serving.candidate.digest == gone.digest) {
            self.registry.remove(id);
            tracing::info!(connector = %id, version = %gone.manifest.version, "connector removed");
            // Another file may hold an older version of the same connector.
            let next = self
                .files
                .iter()
                .filter(|(other, candidate)| *other != path && candidate.manifest.id == *id)
                .max_by(|(_, a), (_, b)| a.manifest.version.cmp(&b.manifest.version))
                .map(|(path, candidate)| (path.clone(), candidate.clone()));
            if let Some((path, candidate)) = next {
                self.consider(path, candidate).await?;
            }
        }
        // Last, so that a store that fails above is asked all of it again.
        self.files.remove(path);
        Ok(())
    }

    async fn activate_approved(&mut self) -> Result<(), StoreError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        for row in self.store.list_connectors().await? {
            if row.status == portcullis_store::ConnectorStatus::Active
                && let Some(loaded) = self.pending.remove(&row.digest)
            {
                self.publish(loaded);
            }
        }
        Ok(())
    }

    fn publish(&self, loaded: Arc<Loaded>) {
        let manifest = loaded.manifest();
        tracing::info!(
            connector = %manifest.id,
            version = %manifest.version,
            digest = %loaded.candidate.digest,
            "connector serves"
        );
        self.registry.publish(loaded);
    }
}

fn row(path: &Path, candidate: &Candidate, grants: &Grants) -> NewConnectorVersion {
    let manifest = &candidate.manifest;
    NewConnectorVersion {
        connector_id: manifest.id.clone(),
        digest: candidate.digest.clone(),
        version: manifest.version.to_string(),
        vendor: manifest.vendor.clone(),
        name: manifest.name.clone(),
        manifest: json(manifest),
        imports: json(&candidate.imports),
        grants: json(grants),
        file: file_name(path),
    }
}

fn json(value: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
