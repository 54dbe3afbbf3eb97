//! What a stranger's text may do to the window: nothing but be read.

use super::*;

fn spans(body: &str) -> Vec<Span> {
    let doc = read(body);
    let spans = doc.blocks.into_iter().flat_map(|block| match block.kind {
        Kind::Paragraph(spans) | Kind::Heading(_, spans) => spans,
        Kind::Code(_) | Kind::Rule => Vec::new(),
    });
    spans.collect()
}

/// All that is shown, and where its links lead.
fn shown(body: &str) -> (String, Vec<String>) {
    let spans = spans(body);
    let text = spans.iter().map(|span| span.text.as_str()).collect();
    (
        text,
        spans.into_iter().filter_map(|span| span.link).collect(),
    )
}

#[test]
fn markdown_of_strangers_is_safe() {
    // HTML is text.
    let (text, links) = shown("<script>alert(1)</script> and <b onclick=\"x\">bold</b>");
    assert!(text.contains("<script>alert(1)</script>") && text.contains("onclick"));
    assert!(links.is_empty());
    let (text, _) = shown("<div>\n<img src=file:///etc/passwd>\n</div>");
    assert!(text.contains("<img src=file:///etc/passwd>"));
    // Pictures are links; local ones not even that, and what they hide is shown.
    assert_eq!(
        shown("![cat](https://a.example/cat.png)"),
        (
            "cat".to_owned(),
            vec!["https://a.example/cat.png".to_owned()]
        )
    );
    assert_eq!(
        shown("![x](file:///etc/passwd)"),
        ("x (file:///etc/passwd)".to_owned(), vec![])
    );
    assert_eq!(
        shown("[click](javascript:alert(1))"),
        ("click (javascript:alert(1))".to_owned(), vec![])
    );
    assert!(
        shown("<javascript:alert(1)> [a][b]\n\n[b]: data:text/html,x")
            .1
            .is_empty()
    );
    // Entities do not bring back what was cleaned away.
    let (text, _) = shown("photo&#8238;gpj.exe &#x202e; &#7;");
    assert!(!text.contains(['\u{202e}', '\u{7}']), "{text:?}");
}

#[test]
fn a_link_that_says_another_place_says_where_it_goes() {
    let (text, links) = shown("[https://bank.example](https://evil.example/x)");
    assert_eq!(text, "https://bank.example (evil.example)");
    assert_eq!(links, ["https://evil.example/x"]);
    assert_eq!(shown("[here](https://evil.example/)").0, "here");
    assert_eq!(shown("[](https://a.example/)").0, "https://a.example/");
}

#[test]
fn nothing_that_was_written_is_hidden() {
    assert_eq!(shown("[x]: https://a.example").0, "[x]: https://a.example");
    assert_eq!(shown("one\ntwo").0, "one\ntwo");
    assert!(!read("-\n-").blocks.is_empty());
}

#[test]
fn addresses_in_text_become_links_without_the_sentence_around_them() {
    for (body, link) in [
        ("see https://a.example/x.", "https://a.example/x"),
        ("(https://a.example/w_(b))", "https://a.example/w_(b)"),
        ("«https://a.example»", "https://a.example"),
        (
            "https://a.example/a_b_c?x=1&y=2",
            "https://a.example/a_b_c?x=1&y=2",
        ),
        ("lescopains:c/1/abc, add me", "lescopains:c/1/abc"),
        ("**https://a.example/**", "https://a.example/"),
    ] {
        assert_eq!(shown(body).1, [link], "{body}");
    }
    for body in [
        "`https://a.example`",
        "xhttps://a.example",
        "https://",
        "http:/a.b",
    ] {
        assert!(shown(body).1.is_empty(), "{body}");
    }
}

#[test]
fn looks_lists_quotes_and_code_are_read() {
    let looks: Vec<_> = spans("a **b** *c* ~~d~~ `e`")
        .into_iter()
        .map(|span| span.look)
        .collect();
    assert!(looks.iter().any(|look| look.strong) && looks.iter().any(|look| look.slanted));
    assert!(looks.iter().any(|look| look.struck) && looks.iter().any(|look| look.code));
    let list = read("3. x\n4. y\n   - z").blocks;
    let marks: Vec<_> = list
        .iter()
        .map(|block| (block.mark.as_deref(), block.indent))
        .collect();
    assert_eq!(marks, [(Some("3."), 1), (Some("4."), 1), (Some("•"), 2)]);
    assert_eq!(
        read("> a\n>> b")
            .blocks
            .iter()
            .map(|block| block.quotes)
            .collect::<Vec<_>>(),
        [1, 2]
    );
    let code = read("```rust\nlet a = 1;\n\n```").blocks;
    assert_eq!(code[0].kind, Kind::Code("let a = 1;".to_owned()));
}

#[test]
fn emoji_alone_are_large_and_few() {
    for yes in ["👍", "❤️ 🎉", "👩\u{200d}🚀", "🇫🇷", "  😀\n"] {
        assert!(read(yes).is_emoji, "{yes}");
    }
    for no in ["👍 ok", "1", "", "a", "😀😀😀😀😀😀😀😀😀", "❤"] {
        assert!(!read(no).is_emoji, "{no}");
    }
}

#[test]
fn towers_of_quotes_and_lists_are_read_in_bounded_depth_and_time() {
    let begun = std::time::Instant::now();
    for body in [
        "> ".repeat(2_000),
        "> ".repeat(2_000) + "x",
        "- ".repeat(2_000) + "x",
        "[".repeat(4_000),
        "*a ".repeat(1_300),
        "![".repeat(2_000) + &"](x)".repeat(500),
        "`".repeat(4_000),
        "https://a.example/".repeat(220),
    ] {
        let doc = read(&body);
        let deep = |block: &Block| usize::from(block.quotes.max(block.indent)) > DEPTH_MAX;
        assert!(!doc.blocks.iter().any(deep));
    }
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}

#[test]
fn a_line_of_a_list_reads_as_the_message_does() {
    assert_eq!(
        line("we leave on **Saturday**\nat _eight_"),
        "we leave on Saturday at eight"
    );
    assert_eq!(line("# plan\n- tent\n- stove"), "plan • tent • stove");
    assert_eq!(line("---"), "---");
    assert_eq!(line(&"é".repeat(5_000)).chars().count(), 200);
}
