use std::fs;

use super::*;

/// A module with one custom section: whole, and easy to cut.
fn whole(padding: usize) -> Vec<u8> {
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    let section = wasm_encoder::CustomSection {
        name: "pad".into(),
        data: vec![7; padding].into(),
    };
    bytes.push(0);
    wasm_encoder::Encode::encode(&section, &mut bytes);
    bytes
}

struct Look {
    folder: Folder,
    dir: tempfile::TempDir,
    start: Instant,
}

impl Look {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("tempdir");
        Self {
            folder: Folder::new(dir.path()),
            dir,
            start: Instant::now(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A file that was written an hour ago, or just now however long the test has been held up.
    fn write(&self, name: &str, bytes: &[u8], old: bool) -> PathBuf {
        let hour = Duration::from_secs(3600);
        let now = SystemTime::now();
        let path = self.path(name);
        fs::write(&path, bytes).expect("write");
        let file = fs::File::options().append(true).open(&path).expect("open");
        file.set_modified(if old { now - hour } else { now + hour })
            .expect("modified");
        path
    }

    /// Looks at the folder as if so much time had passed since the start.
    async fn at(&mut self, millis: u64) -> Vec<FolderEvent> {
        let found = list(self.dir.path()).expect("list");
        self.folder
            .observe(&found, self.start + Duration::from_millis(millis))
            .await;
        self.folder.pending.drain(..).collect()
    }
}

#[tokio::test]
async fn whole_file_is_reported_once_after_standing_still() {
    let mut look = Look::new();
    let path = look.write("a.wasm", &whole(100), false);
    fs::write(look.path(".hidden.wasm"), whole(1)).expect("write");
    fs::write(look.path("notes.txt"), "no").expect("write");
    assert_eq!(look.at(0).await, []);
    assert_eq!(look.at(700).await, []);
    let bytes = Arc::from(whole(100));
    assert_eq!(
        look.at(800).await,
        [FolderEvent::Complete {
            path: path.clone(),
            bytes
        }]
    );
    assert_eq!(look.at(60_000).await, []);

    // Replaced by a rename, as a careful copy does it.
    fs::write(look.path("b.tmp"), whole(50)).expect("write");
    fs::rename(look.path("b.tmp"), &path).expect("rename");
    assert_eq!(look.at(61_000).await, []);
    let bytes = Arc::from(whole(50));
    assert_eq!(
        look.at(62_000).await,
        [FolderEvent::Complete {
            path: path.clone(),
            bytes
        }]
    );

    fs::remove_file(&path).expect("remove");
    assert_eq!(look.at(63_000).await, [FolderEvent::Removed { path }]);
}

#[tokio::test]
async fn at_a_start_what_is_old_need_not_stand_still_first() {
    let mut look = Look::new();
    let old = look.write("old.wasm", &whole(1), true);
    let new = look.write("new.wasm", &whole(2), false);
    let complete = |path: &PathBuf, padding| FolderEvent::Complete {
        path: path.clone(),
        bytes: Arc::from(whole(padding)),
    };
    assert!(!look.folder.is_settled());
    assert_eq!(look.at(0).await, [complete(&old, 1)]);
    assert!(!look.folder.is_settled(), "one may still be written to");
    assert_eq!(look.at(800).await, [complete(&new, 2)]);
    assert!(look.folder.is_settled());
    // A file that comes later stands still first, however old it says it is.
    let later = look.write("later.wasm", &whole(3), true);
    assert_eq!(look.at(900).await, []);
    assert_eq!(look.at(1700).await, [complete(&later, 3)]);
}

#[tokio::test]
async fn copy_in_progress_is_neither_loaded_nor_refused() {
    let mut look = Look::new();
    let path = look.path("slow.wasm");
    let all = whole(1000);
    fs::write(&path, &all[..500]).expect("write");
    look.at(0).await;
    // A copy that stalls for twenty seconds is still a copy.
    assert_eq!(look.at(20_000).await, []);
    fs::write(&path, &all).expect("write");
    assert_eq!(look.at(20_100).await, []);
    let bytes = Arc::from(all);
    assert_eq!(
        look.at(21_000).await,
        [FolderEvent::Complete { path, bytes }]
    );
}

#[tokio::test]
async fn file_that_stays_broken_is_refused_once() {
    let mut look = Look::new();
    let path = look.path("cut.wasm");
    fs::write(&path, &whole(1000)[..500]).expect("write");
    look.at(0).await;
    assert_eq!(look.at(29_000).await, []);
    let events = look.at(30_000).await;
    let [
        FolderEvent::Refused {
            path: refused,
            refusal,
        },
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!((refused, refusal.code()), (&path, "not_a_component"));
    assert_eq!(look.at(90_000).await, []);
}

#[tokio::test]
async fn folder_that_appears_later_is_found() {
    let dir = tempfile::tempdir().expect("tempdir");
    let later = dir.path().join("later");
    let mut folder = Folder::new(&later);
    fs::create_dir(&later).expect("create");
    fs::write(later.join("a.wasm"), whole(10)).expect("write");
    let event = tokio::time::timeout(Duration::from_secs(20), folder.next()).await;
    assert!(
        matches!(event, Ok(FolderEvent::Complete { .. })),
        "{event:?}"
    );
}
