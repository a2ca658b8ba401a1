//! Drawings of draw.io that we write: whatever stands in a model stays inside its attribute.

use std::collections::BTreeSet;

use roxmltree::Document;
use vauban_export::interchange::{Format, Original, export};

use crate::hostile::world;

/// The cells of a page: id, parent, ends.
fn sound(page: roxmltree::Node<'_, '_>) {
    let mut seen = BTreeSet::new();
    for node in page.descendants().filter(|node| node.has_tag_name("mxCell")) {
        let wrapper = node.parent_element().filter(|it| it.has_tag_name("object"));
        let id = wrapper.and_then(|it| it.attribute("id")).or_else(|| node.attribute("id")).unwrap();
        if let Some(parent) = node.attribute("parent") {
            assert!(seen.contains(parent), "`{id}` comes before its parent `{parent}`");
        }
        for end in ["source", "target"].iter().filter_map(|key| node.attribute(*key)) {
            assert!(seen.contains(end), "`{id}` comes before its end `{end}`");
        }
        assert!(seen.insert(id.to_owned()), "`{id}` twice on one page");
    }
}

#[test]
fn a_hostile_model_gives_a_sound_drawing() {
    let world = world();
    let exported = export(Format::DrawIo, &world.report(), None);
    let text = String::from_utf8(exported.bytes).unwrap();
    let document = Document::parse(&text).unwrap();
    let pages: Vec<_> = document.descendants().filter(|node| node.has_tag_name("diagram")).collect();
    assert_eq!(pages.len(), 3, "the model, its data, its attack tree");
    pages.into_iter().for_each(sound);
    assert!(!text.contains("<script"), "{text}");
    let labels = document.descendants().filter_map(|node| node.attribute("label"));
    for label in labels {
        assert!(!label.contains('<'), "the tool reads labels as HTML: {label}");
    }
    let again = export(Format::DrawIo, &world.report(), None);
    assert_eq!(again.bytes, text.into_bytes(), "the same model gives the same bytes");
}

#[test]
fn what_is_no_drawing_is_told_and_written_anew() {
    let world = world();
    for (text, reason) in
        [("<a/>", "no drawing"), ("<", "broken"), ("<mxfile><diagram>x</diagram></mxfile>", "unpacked")]
    {
        let exported = export(Format::DrawIo, &world.report(), Some(Original { text, bytes: &[] }));
        assert!(exported.remarks[0].contains(reason), "{:?}", exported.remarks);
        assert!(exported.bytes.starts_with(b"<mxfile host=\"vauban\""));
    }
}

#[test]
fn only_our_part_of_a_drawing_is_changed() {
    let mut world = world();
    world.model.components[0].element.extras.push(("drawio:id".into(), "n1".into()));
    world.model.components[0].element.name = "New & <name>".into();
    world.model.components[1].element.extras.push(("drawio:id".into(), "n2".into()));
    let text = "<mxGraphModel dx='1'>\n  <root><mxCell id=\"0\"/><!-- mine -->\n\
        <mxCell id=\"n1\"  value=\"Old\" style=\"ellipse\" vertex=\"1\" parent=\"0\"><mxGeometry x=\"3\"/></mxCell>\n\
        <UserObject label='' id='n2' team=\"Blue\" tooltip='keep' vauban_id='old'><mxCell style='x' vertex='1'/></UserObject>\n\
        <lx-other/></root></mxGraphModel>\n";
    let exported = export(Format::DrawIo, &world.report(), Some(Original { text, bytes: &[] }));
    let written = String::from_utf8(exported.bytes).unwrap();
    let document = Document::parse(&written).unwrap();
    let by_id = |id: &str| document.descendants().find(|node| node.attribute("id") == Some(id)).unwrap();
    let first = by_id("n1");
    assert_eq!(first.attribute("label"), Some("New &amp; &lt;name&gt;"));
    let inner = first.first_element_child().unwrap();
    assert_eq!((inner.attribute("style"), inner.attribute("value")), (Some("ellipse"), None));
    let second = by_id("n2");
    assert_eq!((second.attribute("team"), second.attribute("tooltip")), (Some("Blue"), Some("keep")));
    assert_eq!((second.attribute("label"), second.attribute("vauban_id")), (Some(""), Some("store")));
    for kept in [
        "<mxGraphModel dx='1'>\n  <root>",
        "<!-- mine -->",
        "<mxGeometry x=\"3\"/>",
        "<lx-other/></root></mxGraphModel>\n",
    ] {
        assert!(written.contains(kept), "{kept}: {written}");
    }
    // The flows and boundaries that are not in the drawing are told by whoever reads it again and compares.
    assert!(exported.losses.is_empty(), "{:?}", exported.losses);
}
