//! The diagram of a draft: shapes and edges where `layout` puts them.

use super::draft::{Draft, DraftNode};
use crate::bpmn::layout::{Bounds, Item, Laid, Line, lay_out};
use crate::bpmn::table::Class;
use crate::bpmn::xml::Part;

/// A diagram of one process.
pub(super) fn diagram(draft: &Draft) -> Part {
    // A node that was put in stands behind its scope's others, never before its scope.
    let items: Vec<Item> = draft.nodes.iter().map(item).collect();
    let lines: Vec<Line> =
        draft.flows.iter().map(|flow| Line { from: flow.from, to: flow.to }).collect();
    let Laid { bounds, ways } = lay_out(&items, &lines);
    let mut plane = Part::new("bpmndi:BPMNPlane")
        .with("id", format!("{}_plane", draft.id))
        .with("bpmnElement", draft.id.clone());
    for (node, bounds) in draft.nodes.iter().zip(&bounds) {
        plane.children.push(shape(node, *bounds));
    }
    for (flow, way) in draft.flows.iter().zip(ways) {
        let mut edge = Part::new("bpmndi:BPMNEdge")
            .with("id", format!("{}_di", flow.id))
            .with("bpmnElement", flow.id.clone());
        edge.children.extend(way.into_iter().map(|(x, y)| {
            Part::new("di:waypoint").with("x", x.to_string()).with("y", y.to_string())
        }));
        plane.children.push(edge);
    }
    Part::new("bpmndi:BPMNDiagram").with("id", format!("{}_diagram", draft.id)).child(plane)
}

fn item(node: &DraftNode) -> Item {
    let (width, height) = size(node.row.class);
    let holds = node.row.class == Class::Scope;
    Item { width, height, scope: node.scope, host: node.host, holds }
}

/// The sizes that bpmn-js draws.
pub(in crate::bpmn) const fn size(class: Class) -> (i32, i32) {
    match class {
        Class::Start | Class::End | Class::Catch | Class::Throw | Class::Boundary => (36, 36),
        Class::Gateway => (50, 50),
        Class::Task => (100, 80),
        Class::Scope => (200, 140),
    }
}

fn shape(node: &DraftNode, bounds: Bounds) -> Part {
    let mut part = Part::new("bpmndi:BPMNShape")
        .with("id", format!("{}_di", node.id))
        .with("bpmnElement", node.id.clone());
    if node.row.class == Class::Scope {
        part = part.with("isExpanded", "true");
    }
    if node.row.tag == "exclusiveGateway" {
        part = part.with("isMarkerVisible", "true");
    }
    part.child(
        Part::new("dc:Bounds")
            .with("x", bounds.x.to_string())
            .with("y", bounds.y.to_string())
            .with("width", bounds.width.to_string())
            .with("height", bounds.height.to_string()),
    )
}
