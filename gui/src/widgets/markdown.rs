//! Text of messages, read as Markdown into plain values: what is drawn is decided here, away from any window.
//!
//! The text is a stranger's. HTML is text. Pictures are links and never fetched. What is no web page's address is no
//! link. Characters that steer the line are removed after entities were read, not only before. Nesting is bounded.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::text::{clean, links};

/// Quotes and lists inside one another; deeper ones stand beside each other.
const DEPTH_MAX: usize = 6;

/// How a piece of a paragraph looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Bold.
    pub strong: bool,
    /// Italic.
    pub slanted: bool,
    /// Struck through.
    pub struck: bool,
    /// Code within a line.
    pub code: bool,
}

/// A piece of a paragraph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// What it says.
    pub text: String,
    /// How it looks.
    pub look: Look,
    /// Where it leads.
    pub link: Option<String>,
}

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Lines of text.
    Paragraph(Vec<Span>),
    /// A line that heads what follows: 1 is the greatest.
    Heading(u8, Vec<Span>),
    /// Code, as it is.
    Code(String),
    /// A line across.
    Rule,
}

/// A block of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: Kind,
    /// Quotes that it stands in.
    pub quotes: u8,
    /// Lists that it stands in.
    pub indent: u8,
    /// What stands before the first block of an item: "•", "3.".
    pub mark: Option<String>,
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doc {
    /// Its blocks.
    pub blocks: Vec<Block>,
    /// Whether it is nothing but a few emoji, which are drawn large.
    pub is_emoji: bool,
}

/// Reads a message.
#[must_use]
pub fn read(body: &str) -> Doc {
    let text = clean::message(body);
    if is_emoji(&text) {
        return Doc {
            blocks: vec![plain(text.trim())],
            is_emoji: true,
        };
    }
    let mut reader = Reader::default();
    for event in Parser::new_ext(&text, Options::ENABLE_STRIKETHROUGH) {
        reader.event(event);
    }
    reader.finish_text();
    // What Markdown hides altogether (definitions of links) is shown as it was written.
    if reader.blocks.is_empty() {
        reader.blocks.push(plain(text.trim()));
    }
    Doc {
        blocks: reader.blocks,
        is_emoji: false,
    }
}

/// The beginning of a message in one line, as it is read and not as it is written: for lists and quotes.
#[must_use]
pub fn line(body: &str) -> String {
    /// Letters that are read; more never fit into a line.
    const LETTERS_MAX: usize = 200;
    let body: String = body.chars().take(LETTERS_MAX).collect();
    let mut said = String::new();
    for block in &read(&body).blocks {
        if let Some(mark) = &block.mark {
            said.push_str(mark);
            said.push(' ');
        }
        match &block.kind {
            Kind::Paragraph(spans) | Kind::Heading(_, spans) => {
                for span in spans {
                    said.push_str(&span.text);
                }
            }
            Kind::Code(code) => said.push_str(code),
            Kind::Rule => {}
        }
        said.push(' ');
    }
    let said = clean::line(&said);
    if said.is_empty() {
        // Nothing but lines across.
        return clean::line(&body);
    }
    said
}

fn plain(text: &str) -> Block {
    let span = Span {
        text: text.to_owned(),
        ..Span::default()
    };
    Block {
        kind: Kind::Paragraph(vec![span]),
        quotes: 0,
        indent: 0,
        mark: None,
    }
}

#[derive(Debug, Default)]
struct Reader {
    blocks: Vec<Block>,
    spans: Vec<Span>,
    look: Look,
    link: Option<String>,
    /// A target that is no link: shown after the text that hid it.
    refused: Option<String>,
    code: Option<String>,
    heading: Option<u8>,
    quotes: usize,
    /// Next number of each list around us; `None` for lists without.
    lists: Vec<Option<u64>>,
    mark: Option<String>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(code) | Event::InlineMath(code) | Event::DisplayMath(code) => {
                let around = self.look;
                self.look.code = true;
                self.text(&code);
                self.look = around;
            }
            Event::Html(html) | Event::InlineHtml(html) => self.text(&html),
            Event::SoftBreak | Event::HardBreak => self.push("\n"),
            Event::Rule => {
                self.finish_text();
                self.block(Kind::Rule);
            }
            Event::FootnoteReference(name) => self.text(&name),
            Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Strong => self.look.strong = true,
            Tag::Emphasis => self.look.slanted = true,
            Tag::Strikethrough => self.look.struck = true,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => self.start_link(&dest_url),
            Tag::CodeBlock(kind) => {
                self.finish_text();
                self.code = Some(String::new());
                // An info string is no text; nothing is lost with it.
                let (CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) = kind;
            }
            Tag::Heading { level, .. } => {
                self.finish_text();
                self.heading = Some(match level {
                    HeadingLevel::H1 => 1,
                    HeadingLevel::H2 => 2,
                    _ => 3,
                });
            }
            Tag::BlockQuote(_) => {
                self.finish_text();
                self.quotes += 1;
            }
            Tag::List(first) => {
                self.finish_text();
                self.lists.push(first);
            }
            Tag::Item => {
                self.finish_text();
                self.mark = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let mark = format!("{number}.");
                        *number = number.saturating_add(1);
                        mark
                    }
                    _ => "•".to_owned(),
                });
            }
            _ => self.finish_text(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong => self.look.strong = false,
            TagEnd::Emphasis => self.look.slanted = false,
            TagEnd::Strikethrough => self.look.struck = false,
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::CodeBlock => {
                if let Some(code) = self.code.take() {
                    self.block(Kind::Code(code.trim_end_matches('\n').to_owned()));
                }
            }
            TagEnd::Heading(_) => {
                self.finish_text();
                self.heading = None;
            }
            TagEnd::BlockQuote(_) => {
                self.finish_text();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::List(_) => {
                self.finish_text();
                self.lists.pop();
            }
            TagEnd::Item => {
                self.finish_text();
                // An empty item is still one.
                if self.mark.is_some() {
                    self.block(Kind::Paragraph(Vec::new()));
                }
            }
            _ => self.finish_text(),
        }
    }

    /// A picture inside a link leads where the link does.
    fn start_link(&mut self, target: &str) {
        if self.link.is_some() {
            return;
        }
        let target = clean::line(target);
        if links::is_link(&target) {
            self.link = Some(target);
        } else {
            self.refused = Some(target);
        }
    }

    fn end_link(&mut self) {
        if let Some(target) = self.link.take() {
            let hidden =
                !matches!(self.spans.last(), Some(span) if span.link.as_ref() == Some(&target));
            if hidden {
                // A link without text is its own.
                self.span(target.clone(), Some(target));
            } else if let Some(host) = self.other_host(&target) {
                self.span(format!(" ({host})"), None);
            }
        } else if let Some(target) = self.refused.take() {
            self.span(format!(" ({target})"), None);
        }
    }

    /// The true host of a link whose text names another one.
    fn other_host(&self, target: &str) -> Option<String> {
        let text: String = self
            .spans
            .iter()
            .filter(|span| span.link.as_deref() == Some(target))
            .map(|span| span.text.as_str())
            .collect();
        let found = links::examine(target, Some(&text)).ok()?;
        let disguised = found
            .doubts
            .iter()
            .any(|doubt| matches!(doubt, links::Doubt::Says(_)));
        disguised.then_some(found.host)
    }

    fn text(&mut self, text: &str) {
        // Once more: entities such as `&#8238;` are only characters by now.
        self.push(&clean::message(text));
    }

    fn push(&mut self, text: &str) {
        if let Some(code) = &mut self.code {
            code.push_str(text);
            return;
        }
        self.span(text.to_owned(), self.link.clone());
    }

    fn span(&mut self, text: String, link: Option<String>) {
        match self.spans.last_mut() {
            Some(last) if last.look == self.look && last.link == link => last.text.push_str(&text),
            _ => self.spans.push(Span {
                text,
                look: self.look,
                link,
            }),
        }
    }

    fn finish_text(&mut self) {
        let spans = std::mem::take(&mut self.spans);
        let mut found = Vec::with_capacity(spans.len());
        for span in spans {
            linkify(span, &mut found);
        }
        if let Some(last) = found.last_mut() {
            last.text.truncate(last.text.trim_end().len());
        }
        if found.iter().all(|span| span.text.is_empty()) {
            return;
        }
        let kind = match self.heading {
            Some(level) => Kind::Heading(level, found),
            None => Kind::Paragraph(found),
        };
        self.block(kind);
    }

    fn block(&mut self, kind: Kind) {
        let bounded = |depth: usize| u8::try_from(depth.min(DEPTH_MAX)).unwrap_or(0);
        self.blocks.push(Block {
            kind,
            quotes: bounded(self.quotes),
            indent: bounded(self.lists.len()),
            mark: self.mark.take(),
        });
    }
}

/// Finds addresses that stand in plain text.
fn linkify(span: Span, out: &mut Vec<Span>) {
    if span.look.code || span.link.is_some() {
        out.push(span);
        return;
    }
    let mut rest = span.text.as_str();
    while let Some((start, end)) = next_address(rest) {
        let (before, from) = rest.split_at(start);
        let (address, after) = from.split_at(end - start);
        if !before.is_empty() {
            out.push(Span {
                text: before.to_owned(),
                ..span.clone()
            });
        }
        out.push(Span {
            text: address.to_owned(),
            link: Some(address.to_owned()),
            ..span.clone()
        });
        rest = after;
    }
    if !rest.is_empty() {
        out.push(Span {
            text: rest.to_owned(),
            ..span.clone()
        });
    }
}

/// Where the next address of a text begins and ends.
fn next_address(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(rest) = text.get(from..) {
        let start = ["https://", "http://", "lescopains:c/"]
            .into_iter()
            .filter_map(|head| rest.find(head))
            .min()?
            + from;
        let begins = text
            .get(..start)
            .and_then(|before| before.chars().next_back())
            .is_none_or(|before| !before.is_alphanumeric());
        let tail = text.get(start..).unwrap_or_default();
        let length = tail
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '«' | '»' | '`'))
            .unwrap_or(tail.len());
        let end = start + trimmed(tail.get(..length).unwrap_or_default()).len();
        if begins && text.get(start..end).is_some_and(links::is_link) {
            return Some((start, end));
        }
        from = start + 1;
        while !text.is_char_boundary(from) {
            from += 1;
        }
    }
    None
}

/// An address without the punctuation of the sentence that it ends.
fn trimmed(mut address: &str) -> &str {
    loop {
        let Some(last) = address.chars().next_back() else {
            return address;
        };
        let closes = |open: char| address.matches(last).count() > address.matches(open).count();
        let surplus = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '…' | '*' | '_' | '~' => true,
            ')' => closes('('),
            ']' => closes('['),
            '}' => closes('{'),
            _ => false,
        };
        if !surplus {
            return address;
        }
        address = address.strip_suffix(last).unwrap_or_default();
    }
}

/// Whether a text is nothing but a few emoji.
#[must_use]
pub fn is_emoji(text: &str) -> bool {
    use unicode_segmentation::UnicodeSegmentation as _;
    let text = text.trim();
    let mut count = 0;
    for grapheme in text.graphemes(true) {
        if grapheme == " " {
            continue;
        }
        count += 1;
        if count > 8 || !is_one_emoji(grapheme) {
            return false;
        }
    }
    count > 0
}

fn is_one_emoji(grapheme: &str) -> bool {
    let shown_as_one = grapheme.contains('\u{fe0f}');
    grapheme.chars().next().is_some_and(|first| {
        matches!(first, '\u{1f000}'..='\u{1faff}' | '\u{231a}'..='\u{231b}' | '\u{23e9}'..='\u{23f3}'
            | '\u{2614}'..='\u{2615}' | '\u{26a1}' | '\u{26bd}'..='\u{26be}' | '\u{2705}' | '\u{270a}'..='\u{270b}'
            | '\u{2728}' | '\u{274c}' | '\u{2753}'..='\u{2757}' | '\u{2b50}' | '\u{2b55}')
            || shown_as_one
    })
}

#[cfg(test)]
mod tests;
