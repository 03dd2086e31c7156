//! The faults, and what each of them does.

use std::hint::black_box;

use portcullis_sdk::serde_json::{Value, json};
use portcullis_sdk::{Context, Error, Page, PageRequest, Request, Response, Result, Span};

/// Which fault this component has; what stands behind the equal sign is written over.
static FAULT: [u8; 48] = *b"portcullis-fault=none...........................";
/// Where the word begins.
const WORD: usize = 17;
/// Written where it breaks the limit of a cursor, in characters.
const LONG_CURSOR: usize = 5_000;
/// More than the manifest asks for, in bytes.
const TOO_MUCH_MEMORY: usize = 200 << 20;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// What is wrong with the component.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Fault { $($(#[$doc])* $name,)* }

        impl Fault {
            /// Whether this component has it.
            pub(crate) fn is_here(self) -> bool {
                let word = match self { $(Self::$name => $word,)* };
                let bytes = &black_box(&FAULT)[WORD..];
                bytes.starts_with(word.as_bytes()) && bytes.get(word.len()) == Some(&b'.')
            }
        }
    };
}

faults! {
    /// Validation does not look at the status.
    TakesAnyKey = "takes-any-key",
    /// Probes count one record too many.
    MiscountsInProbes = "miscounts-in-probes",
    /// Probes send a PUT.
    Writes = "writes",
    /// The first page of residents is the last.
    StopsEarly = "stops-early",
    /// Each page begins with the last row of the one before.
    RepeatsARow = "repeats-a-row",
    /// A payload says when it was made.
    TellsTheTime = "tells-the-time",
    /// Cursors of five thousand characters.
    LongCursors = "long-cursors",
    /// A page of properties holds a batch of residents.
    BringsMore = "brings-more",
    /// An incremental run begins at its own start.
    ForgetsChanges = "forgets-changes",
    /// No watermark is left where the manifest promises one.
    LeavesNoWatermark = "leaves-no-watermark",
    /// Every watermark is expired.
    ExpiresWatermarks = "expires-watermarks",
    /// The limit of a minute is not named.
    DrawsFromOneLimit = "draws-from-one-limit",
    /// A 429 is worth another try, at once.
    IgnoresTooMany = "ignores-too-many",
    /// A 401 is a lack of permission.
    MistakesUnauthorised = "mistakes-unauthorised",
    /// A 503 is an empty page.
    MistakesOutage = "mistakes-outage",
    /// What cannot be read is an empty page.
    TakesAnythingForAnEnd = "takes-anything-for-an-end",
    /// A number where the schema has a text.
    BreaksTheSchema = "breaks-the-schema",
    /// A status that is not known ends the call.
    KnowsAllWords = "knows-all-words",
    /// Originals nobody asked for.
    FillsOriginals = "fills-originals",
    /// The tax number stands in the name.
    TellsTaxNumbers = "tells-tax-numbers",
    /// A scope that the manifest does not declare.
    ScopesKeys = "scopes-keys",
    /// Ids of properties are written in another way than the properties' own.
    BreaksReferences = "breaks-references",
    /// Extras are an error.
    RefusesExtras = "refuses-extras",
    /// An incremental run takes more memory than it may.
    WantsMemory = "wants-memory",
    /// A long header of the vendor's goes into the cursor, without its spaces.
    KeepsHeaders = "keeps-headers",
    /// Each pull tells a stranger.
    CallsHome = "calls-home",
}

/// What is done before the page is asked for.
pub(crate) fn before(ctx: &Context<'_>, wanted: &PageRequest) -> Result<()> {
    if Fault::RefusesExtras.is_here() && !wanted.extras.is_empty() {
        return Err(Error::fail("an extra that nobody knows"));
    }
    if Fault::CallsHome.is_here() {
        drop(Request::get("https://numbers.faulty.example/pull").send(ctx));
    }
    if Fault::ExpiresWatermarks.is_here() && matches!(wanted.span, Span::Since(_)) {
        return Err(Error::watermark_expired("too long ago"));
    }
    if Fault::WantsMemory.is_here() && matches!(wanted.span, Span::Since(_)) {
        black_box(vec![1_u8; TOO_MUCH_MEMORY]);
    }
    Ok(())
}

/// What becomes of a status, where that is the fault.
pub(crate) fn status(response: &Response) -> Option<Result<Page>> {
    match response.status {
        401 if Fault::MistakesUnauthorised.is_here() => {
            Some(Err(Error::forbidden("there is no right to it")))
        }
        429 if Fault::IgnoresTooMany.is_here() => Some(Err(Error::retry("once more"))),
        503 if Fault::MistakesOutage.is_here() => Some(Ok(Page::end(None))),
        _ => None,
    }
}

/// The cursor behind a page.
pub(crate) fn cursor(next: u64, response: &Response) -> String {
    if Fault::LongCursors.is_here() {
        return format!("{next:0>LONG_CURSOR$}");
    }
    if Fault::KeepsHeaders.is_here() {
        let long = response
            .headers
            .iter()
            .find(|(name, value)| name.starts_with("x-") && value.len() > 40);
        if let Some((_, value)) = long {
            let kept: String = value.split_whitespace().collect();
            return format!("{next}.{kept}");
        }
    }
    next.to_string()
}

/// What is wrong with a payload.
pub(crate) fn payload(ctx: &Context<'_>, payload: &mut Value, row: &Value) {
    let text = |name: &str| payload.get(name).and_then(Value::as_str);
    if Fault::TellsTheTime.is_here() && text("name").is_some() {
        payload["name"] = json!(format!("at {}", ctx.now()));
        return;
    }
    if Fault::BreaksTheSchema.is_here() && text("last_name").is_some() {
        payload["last_name"] = json!(7);
        return;
    }
    if Fault::TellsTaxNumbers.is_here()
        && let (Some(name), Some(number)) =
            (text("last_name"), row.get("TaxId").and_then(Value::as_str))
    {
        payload["last_name"] = json!(format!("{name} {number}"));
        return;
    }
    if Fault::BreaksReferences.is_here()
        && let Some(id) = text("x_property_id")
    {
        payload["x_property_id"] = json!(format!("P-{id}"));
    }
}
