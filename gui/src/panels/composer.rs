//! Where messages are written. What stands here is kept until it is sent and stored.

use egui::Ui;
use protocol::identity::AccountId;
use protocol::message::{Body, MessageRef};
use protocol::turn::Command;

use crate::ask::{Answer, Ticket};
use crate::context::Cx;
use crate::model::Model;

/// What a composer knows of itself.
#[derive(Clone, Debug, Default)]
pub struct ComposerState {
    /// What is being written.
    pub text: String,
    /// The message answered.
    pub reply_to: Option<MessageRef>,
    /// The own message being changed.
    pub editing: Option<MessageRef>,
    /// Whether the writing cursor is wanted here.
    pub wants_focus: bool,
    /// What was sent and not answered yet.
    sending: Option<Ticket>,
}

impl ComposerState {
    /// Answers a message.
    pub fn reply(&mut self, message: MessageRef) {
        self.reply_to = Some(message);
        self.wants_focus = true;
    }

    /// Changes an own message.
    pub fn edit(&mut self, _model: &Model, _account: AccountId, message: MessageRef) {
        self.editing = Some(message);
        self.wants_focus = true;
    }

    /// Something that was asked for ended.
    pub fn answered(&mut self, answer: &Answer) {
        if self.sending == Some(answer.ticket) {
            self.sending = None;
            if answer.result.is_ok() {
                self.text.clear();
                self.reply_to = None;
            }
        }
    }
}

/// Draws the composer.
pub fn composer_ui(ui: &mut Ui, cx: &Cx<'_>, account: AccountId, state: &mut ComposerState) {
    let field = ui.text_edit_singleline(&mut state.text);
    if field.lost_focus()
        && ui.input(|input| input.key_pressed(egui::Key::Enter))
        && let Ok(body) = Body::try_from(state.text.clone())
    {
        let send = Command::Send {
            to: account,
            body,
            reply_to: state.reply_to,
            key: None,
        };
        state.sending = Some(cx.command(send));
    }
}
