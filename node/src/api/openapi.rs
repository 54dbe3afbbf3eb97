//! The OpenAPI document, generated from the handlers and the model.

use axum::Json;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::routes::{
    self, attachments, channels, communities, community, contacts, conversations, forks, icon,
    marked, members, messages, notes, reading, reports, settings,
};
use super::{events, metrics, model, problem};

/// The document.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "LesCopains node",
        description = "The local API of a node. Loopback only; the bearer token is in the profile's \
            api.token. A 2xx answer says that what was asked is durable. Errors are RFC 9457 \
            problem documents."
    ),
    paths(
        routes::me, routes::change_me, routes::health, routes::dial,
        routes::confirm_words,
        contacts::nearby, contacts::contacts, contacts::request, contacts::contact,
        contacts::remove, contacts::accept, contacts::verify, contacts::block, contacts::unblock,
        messages::messages, messages::send, messages::edit, messages::delete, messages::react,
        messages::unreact, attachments::attachment, conversations::conversations, conversations::conversation,
        conversations::mark_read, conversations::typing, settings::settings,
        settings::change_settings, settings::set_presence, events::events,
        metrics::metrics, notes::notes, notes::draft, notes::petname,
        communities::communities, communities::found, communities::gather, communities::join, communities::show,
        communities::leave, communities::change, icon::icon, communities::nickname, communities::audit,
        community::invite, community::end_invite, community::make_channel,
        community::change_channel, community::delete_channel, community::make_role,
        community::change_role, community::delete_role, members::assign, members::unassign,
        members::kick, members::ban, members::timeout, members::unban, members::confirm,
        members::transfer, members::accept, channels::messages, channels::send, channels::edit,
        channels::delete, channels::react, channels::unreact, channels::pin, channels::thread,
        channels::redact, marked::pins, marked::thread, reports::report, reports::reports, reports::resolve, forks::fork,
        reading::unread, reading::mark_read,
    ),
    components(schemas(model::Happening, problem::Problem)),
    modifiers(&BearerToken),
    security(("token" = []))
)]
pub struct Document;

/// Says how requests prove themselves.
struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("token", scheme);
    }
}

/// Serves the document.
pub(super) async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}
