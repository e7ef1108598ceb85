//! What stands between `object_store` and the network: a bound on every answer, and for a file on a web server its exact
//! address. It looks into no answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService, ReqwestConnector,
};
use object_store::{ClientOptions, HeaderMap, HeaderValue};
use url::Url;

/// The most of one answer that is read: a page of a listing, or a part of an object.
const MOST_READ: usize = 32 * 1024 * 1024;
/// The most of an answer that says why there is no other.
const MOST_EXCUSE: usize = 256 * 1024;

/// Makes clients that are guarded.
#[derive(Debug, Default)]
pub(crate) struct Guarded {
    /// The one address that everything goes to. `object_store` would take it apart, and lose its query.
    pub(crate) exact: Option<Url>,
}

impl HttpConnector for Guarded {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Guard { client, exact: self.exact.clone() }))
    }
}

#[derive(Debug)]
struct Guard {
    client: HttpClient,
    exact: Option<Url>,
}

#[async_trait::async_trait]
impl HttpService for Guard {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if let Some(exact) = &self.exact {
            let exact = exact.as_str().parse();
            *request.uri_mut() = exact.map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        }
        let (parts, body) = self.client.execute(request).await?.into_parts();
        let body = if parts.status.is_success() {
            limited(body, MOST_READ)
        } else if self.exact.is_none() {
            limited(body, MOST_EXCUSE)
        } else {
            // The page that a web server shows to people.
            HttpResponseBody::from(Bytes::new())
        };
        Ok(HttpResponse::from_parts(parts, body))
    }
}

fn limited(body: HttpResponseBody, most: usize) -> HttpResponseBody {
    HttpResponseBody::new(Limited::new(body, most).map_err(|error| match error.downcast::<HttpError>() {
        Ok(error) => *error,
        Err(error) => HttpError::new_boxed(HttpErrorKind::Unknown, error),
    }))
}

/// Takes user and password out of an address and makes them a header, as browsers do.
pub(crate) fn authorisation(url: &mut Url) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if !url.username().is_empty() || url.password().is_some() {
        let decoded = |text: &str| object_store::path::Path::from_url_path(text).map(String::from);
        let (user, password) = (decoded(url.username()), decoded(url.password().unwrap_or_default()));
        let plain = format!("{}:{}", user.unwrap_or_default(), password.unwrap_or_default());
        if let Ok(mut value) = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(plain))) {
            value.set_sensitive(true);
            headers.insert("authorization", value);
        }
    }
    // An http address always takes these.
    let _ = (url.set_username(""), url.set_password(None));
    headers
}
