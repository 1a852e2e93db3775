//! Number and duration of requests by path, method and status.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::Metrics;

/// Route label of requests that reached no route: refused, redirected or not found.
const NO_ROUTE: &str = "none";

/// Status of a request whose client left before the answer, as in nginx' logs.
const CLIENT_LEFT: u16 = 499;

/// Methods that have a label of their own; callers may invent others.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Bucket bounds of durations, in seconds. `/health` stays below 0.05, proxies give up at 60, and a
/// day of recordings may take an hour.
const SECONDS: [f64; 13] =
    [0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 300.0, 900.0, 3600.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    route: String,
    method: &'static str,
    status: u16,
}

/// Number and duration of requests.
#[derive(Debug, Clone)]
pub(super) struct Requests {
    count: Family<Labels, Counter>,
    duration: Family<Labels, Histogram, fn() -> Histogram>,
}

impl Requests {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Requests answered; status 499 is a client that left before the answer";
        registry.register("http_requests", help, self.count.clone());
        let help = "Time from a request's headers to those of its answer";
        let duration = self.duration.clone();
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, duration);
    }
}

impl Default for Requests {
    fn default() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(SECONDS);
        Self { count: Family::default(), duration: Family::new_with_constructor(histogram) }
    }
}

/// Slot in which [`note_route`] leaves the route of a request for [`measure`].
#[derive(Debug, Clone, Default)]
struct Route(Arc<OnceLock<MatchedPath>>);

/// Counts a request, including one whose client leaves.
pub(crate) async fn measure(
    State(metrics): State<Arc<Metrics>>,
    mut request: Request,
    next: Next,
) -> Response {
    let route = Route::default();
    request.extensions_mut().insert(route.clone());
    let mut end = RequestEnd {
        requests: metrics.requests.clone(),
        method: known(request.method()),
        started: Instant::now(),
        route,
        status: CLIENT_LEFT,
    };
    let response = next.run(request).await;
    end.status = response.status().as_u16();
    response
}

/// Stores the route of a request, which only layers inside the router can see.
pub(crate) async fn note_route(request: Request, next: Next) -> Response {
    let extensions = request.extensions();
    if let (Some(route), Some(path)) = (extensions.get::<Route>(), extensions.get::<MatchedPath>())
    {
        // A request has only one route.
        let _ = route.0.set(path.clone());
    }
    next.run(request).await
}

/// Counts a request when dropped, answered or not.
struct RequestEnd {
    requests: Requests,
    method: &'static str,
    started: Instant,
    route: Route,
    status: u16,
}

impl Drop for RequestEnd {
    fn drop(&mut self) {
        let route = self.route.0.get().map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
        let labels = Labels { route, method: self.method, status: self.status };
        self.requests.count.get_or_create(&labels).inc();
        let seconds = self.started.elapsed().as_secs_f64();
        self.requests.duration.get_or_create(&labels).observe(seconds);
    }
}

fn known(method: &Method) -> &'static str {
    METHODS.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}
