//! Doing once what is asked twice: a caller's key stands for one request, and the first one's answer for all of them.
//!
//! What was begun is never begun again. A request whose process died under way is answered with that, since nobody
//! knows how far it came; whoever sent it looks, and decides.

use std::time::Duration;

use portcullis_store::{HeldRequest, IdempotentRequest, TakenRequest};
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::error::ServiceError;
use crate::principal::Principal;

/// For how long a key stands for its request: a day is longer than any client goes on trying.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// For how long a request is held without a sign of life.
const HELD: Duration = Duration::from_secs(30);
/// How often a sign of life is given: two may be lost.
pub const SIGN_OF_LIFE_EVERY: Duration = Duration::from_secs(10);
/// Rows that are forgotten at a time.
const SWEPT: u32 = 1_000;

/// A request that came with a key. All of it is hashed, and none of it is kept.
#[derive(Debug, Clone, Copy)]
pub struct KeyedRequest<'a> {
    /// The caller's key.
    pub key: &'a str,
    /// Its method.
    pub method: &'a str,
    /// Its path, in its one spelling.
    pub path: &'a str,
    /// Its query, as it was sent.
    pub query: &'a str,
    /// Its body.
    pub body: &'a [u8],
    /// The integration that the path names, if it names one.
    pub integration_id: Option<&'a str>,
}

/// An answer that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// Its status.
    pub status: u16,
    /// Those of its headers that belong to it and not to its delivery.
    pub headers: Vec<(String, String)>,
    /// Id of the request that it was made for.
    pub request_id: String,
    /// Its body.
    #[serde(skip)]
    pub body: Vec<u8>,
}

/// A request that is to be done now. It must be answered or let go.
#[derive(Debug, Clone)]
pub struct FirstRequest {
    held: HeldRequest,
    bound: [String; 3],
}

/// What a key stands for.
#[derive(Debug, Clone)]
pub enum Keyed {
    /// Nothing so far.
    First(FirstRequest),
    /// This request, and this was its answer.
    Answered(KeptAnswer),
    /// Another request.
    Other,
    /// This request, which is under way.
    UnderWay,
    /// This request, whose process died under way.
    Unknown,
}

impl KeptAnswer {
    fn sealed_form(&self) -> Result<Vec<u8>, ServiceError> {
        // JSON has no line breaks of its own, so the first one ends it.
        let mut form = serde_json::to_vec(self).map_err(ServiceError::internal)?;
        form.push(b'\n');
        form.extend_from_slice(&self.body);
        Ok(form)
    }

    fn from_sealed_form(form: &[u8]) -> Option<Self> {
        let end = form.iter().position(|byte| *byte == b'\n')?;
        let (head, body) = form.split_at(end);
        let mut answer: Self = serde_json::from_slice(head).ok()?;
        answer.body = body[1..].to_vec();
        Some(answer)
    }
}

impl Service {
    /// What a caller's key stands for, and the right to do it where it stands for nothing yet.
    ///
    /// # Errors
    ///
    /// The database's: then nothing may be done.
    pub async fn keyed_request(
        &self,
        principal: &Principal,
        asked: KeyedRequest<'_>,
    ) -> Result<Keyed, ServiceError> {
        let whose = [principal.account_id.as_str(), principal.key_id.as_str()];
        let name = self.requests.name(&whose, asked.key.as_bytes());
        let what = [
            principal.account_id.as_str(),
            asked.method,
            asked.path,
            asked.query,
        ];
        let request = IdempotentRequest {
            account_id: principal.account_id.clone(),
            api_key_id: principal.key_id.clone(),
            name: name.to_vec(),
            request: self.requests.name(&what, asked.body).to_vec(),
            integration_id: asked.integration_id.map(str::to_owned),
        };
        let bound = [
            principal.account_id.clone(),
            principal.key_id.clone(),
            data_encoding::HEXLOWER.encode(&name),
        ];
        let (held, kept) = (HELD.as_secs_f64(), KEPT.as_secs_f64());
        Ok(match self.store.take_request(&request, held, kept).await? {
            TakenRequest::First(held) => Keyed::First(FirstRequest { held, bound }),
            TakenRequest::Answered(sealed) => {
                let form = self
                    .requests
                    .open_bytes(&bound.each_ref().map(String::as_str), &sealed);
                let answer = form.as_deref().and_then(KeptAnswer::from_sealed_form);
                Keyed::Answered(answer.ok_or_else(|| {
                    ServiceError::internal("a kept answer does not open, or does not read")
                })?)
            }
            TakenRequest::Other => Keyed::Other,
            TakenRequest::UnderWay => Keyed::UnderWay,
            TakenRequest::Unknown => Keyed::Unknown,
        })
    }

    /// Says that a request is still under way.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn hold_request(&self, first: &FirstRequest) -> Result<(), ServiceError> {
        let held = self
            .background
            .hold_request(&first.held, HELD.as_secs_f64());
        Ok(held.await?)
    }

    /// Keeps a request's answer, sealed: it may hold a secret. `integration_id` is what it turned out to be about.
    ///
    /// # Errors
    ///
    /// The database's: until the answer is kept, nobody is told what became of the request.
    pub async fn keep_answer(
        &self,
        first: &FirstRequest,
        answer: &KeptAnswer,
        integration_id: Option<&str>,
    ) -> Result<(), ServiceError> {
        let bound = first.bound.each_ref().map(String::as_str);
        let sealed = self.requests.seal_bytes(&bound, &answer.sealed_form()?);
        let kept = self
            .store
            .answer_request(&first.held, &sealed, integration_id);
        Ok(kept.await?)
    }

    /// Frees the key of a request of which nothing was done.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn let_request_go(&self, first: &FirstRequest) -> Result<(), ServiceError> {
        Ok(self.store.let_request_go(&first.held).await?)
    }

    /// Forgets requests whose day is over; says how many.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn sweep_requests(&self) -> Result<u64, ServiceError> {
        let mut swept = 0;
        loop {
            let now = self.background.sweep_requests(i64::from(SWEPT)).await?;
            swept += now;
            if now < u64::from(SWEPT) {
                return Ok(swept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_back_as_it_was_kept() {
        for body in [&b""[..], b"{\"a\":\n1}", &[0xff, b'\n', 0]] {
            let answer = KeptAnswer {
                status: 201,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                request_id: "req_1".to_owned(),
                body: body.to_vec(),
            };
            let form = answer.sealed_form().unwrap();
            assert_eq!(KeptAnswer::from_sealed_form(&form), Some(answer));
        }
        assert_eq!(KeptAnswer::from_sealed_form(b"{}"), None);
    }
}
