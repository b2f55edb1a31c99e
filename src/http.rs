//! The HTTP server's routes. Resolvers are in `graphql`; who may do what is in `access`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use poem::http::StatusCode;
use poem::middleware::AddData;
use poem::web::{Data, Redirect};
use poem::{
    Endpoint, EndpointExt as _, IntoEndpoint, IntoResponse, PathPattern, Request, Response, Route,
    get, handler, post,
};
use store::Store;

use crate::config::Config;
use crate::metrics::Metrics;
use crate::{api, console, files, graphiql, services};

/// So long figures from the database are waited for: whoever asks for `/metrics` gives up after ten
/// seconds.
const FIGURES_MAX: Duration = Duration::from_secs(2);

/// What the handlers share.
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) schema: graphql::Schema,
    pub(crate) metrics: Metrics,
    pub(crate) config: Config,
    pub(crate) services: Arc<connectors::Settings>,
}

/// Every route of the server.
pub(crate) fn routes(app: &Arc<App>) -> impl IntoEndpoint + use<> {
    let route = Route::new()
        .at("/healthz", get(healthz))
        .at("/readyz", get(readyz))
        .at("/metrics", get(metrics))
        .at("/graphql", post(api::query).get(api::subscribe))
        .at("/attachments", post(files::upload))
        .at("/attachments/:hash", get(files::download))
        .at("/tasks/:instance/:key", get(console::task))
        .at("/cases/:instance", get(console::case));
    let route = match app.config.development {
        true => route
            .at("/", get(start))
            .at("/graphiql", get(graphiql::page))
            .at("/graphiql/people", get(graphiql::people))
            .at("/graphiql/:name", get(graphiql::part)),
        false => route,
    };
    route.around(measured).with(AddData::new(Arc::clone(app)))
}

/// Whoever opens the address without a path wants to see something.
#[handler]
fn start() -> Redirect {
    Redirect::see_other("/graphiql")
}

/// The process runs.
#[handler]
fn healthz() -> &'static str {
    "ok\n"
}

/// The process can carry out commands.
#[handler]
async fn readyz(app: Data<&Arc<App>>) -> Response {
    match app.store.is_ready().await {
        Ok(()) => {
            // A service that cannot be called is no reason to send requests elsewhere.
            let missing = services::missing(&app.store, &app.services).await;
            let lines = missing.iter().map(|one| format!("missing: {one}\n"));
            format!("ready\n{}", lines.collect::<String>()).into_response()
        }
        Err(error) => {
            tracing::warn!(%error, "not ready");
            "the database does not answer\n"
                .with_status(StatusCode::SERVICE_UNAVAILABLE)
                .into_response()
        }
    }
}

#[handler]
async fn metrics(Data(app): Data<&Arc<App>>) -> Response {
    // A database that does not answer is no reason to tell nothing, nor to let who asks wait longer
    // than they do.
    let asked = async { tokio::join!(app.store.lag(), app.store.notices_failed_count()) };
    let (lag, notices_failed) = match tokio::time::timeout(FIGURES_MAX, asked).await {
        Ok((lag, notices_failed)) => (lag.ok(), notices_failed.ok()),
        Err(_) => (None, None),
    };
    match app.metrics.text(&app.store.figures(), lag, notices_failed) {
        Ok(text) => text.with_content_type("text/plain; version=0.0.4").into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Counts and logs each request by its route: a path or a query may hold what is personal.
async fn measured<E: Endpoint>(endpoint: Arc<E>, request: Request) -> poem::Result<Response> {
    let begun = Instant::now();
    let app = request.data::<Arc<App>>().cloned();
    let method = request.method().clone();
    let answer = endpoint.get_response(request).await;
    let route = answer.data::<PathPattern>().map_or("none", |pattern| &pattern.0).to_owned();
    let (status, took) = (answer.status().as_u16(), begun.elapsed());
    if let Some(app) = app {
        app.metrics.answered(&route, status, took);
    }
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(%method, route, status, ms, "answered");
    Ok(answer)
}
