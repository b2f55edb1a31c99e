//! Where new nodes and flows stand on the diagram that a file has: near what leads to them, and on
//! nothing that is there.

use std::collections::{BTreeMap, BTreeSet};

use super::patch::Patches;
use super::way::{crosses, way};
use crate::bpmn::export::{Draft, size};
use crate::bpmn::layout::{Bounds, Point};
use crate::bpmn::names::{BPMNDI, DC, DI};
use crate::bpmn::xml::{Id, Part, ROOT, Tree};

/// Between a new node and others.
const GAP: i32 = 40;
/// A free place is looked for so often.
const TRIES_MAX: i32 = 200;
/// Boundary events stand so far from each other.
const BOUNDARY_STEP: i32 = 50;
/// How far out on a diagram things are taken to be.
const FARTHEST: i32 = 100_000_000;

/// The part of a file's diagrams that shows one process.
pub(super) struct Diagram<'t> {
    tree: &'t Tree,
    /// None where the process is not drawn.
    plane: Option<Plane>,
    used: BTreeSet<String>,
}

struct Plane {
    element: Id,
    /// The prefixes of shapes, of bounds and of points, with their colons.
    prefixes: [String; 3],
    /// Where nodes are, by their places in the draft.
    bounds: BTreeMap<usize, Bounds>,
    /// The lines of flows that stay as they are, along an axis.
    lines: Vec<(Point, Point)>,
    /// What is new on it.
    parts: Vec<Part>,
    /// Edges with other ways.
    turned: Vec<(Id, Vec<Point>)>,
}

impl<'t> Diagram<'t> {
    /// Finds what is drawn of a draft that has the ids of the file, and of flows that `stay` as they
    /// are; none where the file has no name for what would have to be drawn.
    pub(super) fn new(
        tree: &'t Tree,
        draft: &Draft,
        stay: &BTreeSet<&str>,
        used: BTreeSet<String>,
    ) -> Option<Self> {
        let nodes: BTreeMap<&str, usize> =
            draft.nodes.iter().enumerate().map(|(at, node)| (node.id.as_str(), at)).collect();
        let mut found: Option<Plane> = None;
        for shape in tree.below(ROOT).filter(|one| tree.is(*one, BPMNDI, "BPMNShape")) {
            let node = tree.attribute(shape, "bpmnElement").and_then(|id| nodes.get(id));
            let (Some(node), Some(box_)) = (node, tree.child(shape, DC, "Bounds")) else {
                continue;
            };
            let plane = match &mut found {
                Some(plane) => plane,
                None => {
                    let prefixes = [
                        Patches::prefix_of(tree, shape),
                        Patches::prefix_of(tree, box_),
                        point_prefix(tree)?,
                    ];
                    let (element, bounds) = (tree.get(shape).parent?, BTreeMap::new());
                    let (parts, turned) = (Vec::new(), Vec::new());
                    let lines = lines(tree, stay);
                    found.insert(Plane { element, prefixes, bounds, lines, parts, turned })
                }
            };
            plane.bounds.extend(bounds(tree, box_).map(|bounds| (*node, bounds)));
        }
        Some(Self { tree, plane: found, used })
    }

    /// The edge of a flow.
    pub(super) fn edge_of(&self, flow: &str) -> Option<Id> {
        let tree = self.tree;
        let mut edges = tree.below(ROOT).filter(|one| tree.is(*one, BPMNDI, "BPMNEdge"));
        edges.find(|edge| !flow.is_empty() && tree.attribute(*edge, "bpmnElement") == Some(flow))
    }

    /// Draws a new node.
    pub(super) fn node(&mut self, draft: &Draft, at: usize) {
        let id = self.id_of(&draft.nodes[at].id);
        let Some(plane) = &mut self.plane else { return };
        let bounds = plane.place(draft, at);
        plane.bounds.insert(at, bounds);
        let [shape, boxes, _] = &plane.prefixes;
        let part = Part::new(format!("{shape}BPMNShape"))
            .with("id", id)
            .with("bpmnElement", draft.nodes[at].id.clone())
            .child(
                Part::new(format!("{boxes}Bounds"))
                    .with("x", bounds.x.to_string())
                    .with("y", bounds.y.to_string())
                    .with("width", bounds.width.to_string())
                    .with("height", bounds.height.to_string()),
            );
        plane.parts.push(part);
    }

    /// Draws a flow, be it one that has an edge already.
    pub(super) fn edge(&mut self, draft: &Draft, at: usize) {
        let flow = &draft.flows[at];
        let (edge, id) = (self.edge_of(&flow.id), self.id_of(&flow.id));
        let Some(plane) = &mut self.plane else { return };
        let ends = [flow.from, flow.to].map(|node| plane.bounds.get(&node).copied());
        let [Some(from), Some(to)] = ends else { return };
        let is_boundary = draft.nodes[flow.from].host.is_some();
        let way = way(from, to, is_boundary, &plane.beside(draft, flow.from));
        if let Some(edge) = edge {
            plane.turned.push((edge, way));
            return;
        }
        let mut part = Part::new(format!("{}BPMNEdge", plane.prefixes[0]))
            .with("id", id)
            .with("bpmnElement", flow.id.clone());
        part.children.extend(points(&plane.prefixes[2], &way));
        plane.parts.push(part);
    }

    fn id_of(&mut self, drawn: &str) -> String {
        crate::bpmn::import::unique(&mut self.used, &format!("{drawn}_di"))
    }

    /// Puts what was drawn into the file.
    pub(super) fn finish(self, patches: &mut Patches<'_>) {
        let (tree, Some(plane)) = (self.tree, self.plane) else { return };
        for (edge, way) in &plane.turned {
            let old: Vec<Id> = tree.children(*edge, DI, "waypoint").collect();
            let mut new: String = points(&plane.prefixes[2], way).map(|part| text(&part)).collect();
            for point in old {
                patches.replace(tree.get(point).whole, std::mem::take(&mut new));
            }
        }
        let all: Vec<String> = plane.parts.iter().map(text).collect();
        if !all.is_empty() {
            patches.inside(plane.element, all.join("\n") + "\n");
        }
    }
}

impl Plane {
    /// A place for a node: behind what leads to it, else before what it leads to; a boundary event
    /// on the edge of its host.
    fn place(&self, draft: &Draft, at: usize) -> Bounds {
        let node = &draft.nodes[at];
        let (width, height) = size(node.row.class);
        let near = |at: usize| self.bounds.get(&at).copied();
        if let Some((host, bounds)) = node.host.and_then(|host| Some((host, near(host)?))) {
            let beside = |other: &&usize| draft.nodes[**other].host == Some(host);
            let number = self.bounds.keys().filter(beside).count();
            let step = BOUNDARY_STEP * i32::try_from(number).unwrap_or(0);
            let (x, y) = (bounds.right() - width - step, bounds.bottom() - height / 2);
            return Bounds { x, y, width, height };
        }
        let before = draft.flows.iter().filter(|flow| flow.to == at).find_map(|it| near(it.from));
        let after = draft.flows.iter().filter(|flow| flow.from == at).find_map(|it| near(it.to));
        let (x, middle) = match (before, after) {
            (Some(before), _) => (before.right() + GAP, before.middle().1),
            (None, Some(after)) => (after.x - GAP - width, after.middle().1),
            (None, None) => (0, 0),
        };
        let mut place = Bounds { x, y: middle - height / 2, width, height };
        let others = self.beside(draft, at);
        for _ in 0..TRIES_MAX {
            let is_on = |line: &(Point, Point)| crosses(line.0, line.1, place);
            if !others.iter().any(|other| touch(place, *other)) && !self.lines.iter().any(is_on) {
                break;
            }
            place.y += GAP;
        }
        place
    }

    /// What stands there but for the scopes that a node is in.
    fn beside(&self, draft: &Draft, node: usize) -> Vec<Bounds> {
        let around: BTreeSet<usize> =
            std::iter::successors(draft.nodes[node].scope, |scope| draft.nodes[*scope].scope)
                .collect();
        let others = self.bounds.iter().filter(|(other, _)| !around.contains(other));
        others.map(|(_, bounds)| *bounds).collect()
    }
}

/// Whether two stand on or too near each other.
fn touch(one: Bounds, other: Bounds) -> bool {
    let apart = one.right() + GAP / 2 <= other.x
        || other.right() + GAP / 2 <= one.x
        || one.bottom() + GAP / 2 <= other.y
        || other.bottom() + GAP / 2 <= one.y;
    !apart
}

fn points<'w>(prefix: &'w str, way: &'w [Point]) -> impl Iterator<Item = Part> + 'w {
    way.iter().map(move |(x, y)| {
        Part::new(format!("{prefix}waypoint")).with("x", x.to_string()).with("y", y.to_string())
    })
}

fn text(part: &Part) -> String {
    let mut text = String::new();
    part.write(&mut text, 0);
    text.trim_end().to_owned()
}

fn bounds(tree: &Tree, element: Id) -> Option<Bounds> {
    let number = |local| number(tree, element, local);
    let (x, y) = (number("x")?, number("y")?);
    Some(Bounds { x, y, width: number("width")?, height: number("height")? })
}

fn number(tree: &Tree, element: Id, local: &str) -> Option<i32> {
    let text = tree.attribute(element, local)?;
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let number: i32 = whole.trim().parse().ok()?;
    Some(number.clamp(-FARTHEST, FARTHEST))
}

/// The lines of some flows that go along an axis.
fn lines(tree: &Tree, flows: &BTreeSet<&str>) -> Vec<(Point, Point)> {
    let mut lines = Vec::new();
    for edge in tree.below(ROOT).filter(|one| tree.is(*one, BPMNDI, "BPMNEdge")) {
        if tree.attribute(edge, "bpmnElement").is_none_or(|flow| !flows.contains(flow)) {
            continue;
        }
        let point = |one| Some((number(tree, one, "x")?, number(tree, one, "y")?));
        let points: Vec<Point> = tree.children(edge, DI, "waypoint").filter_map(point).collect();
        let pairs = points.windows(2).map(|pair| (pair[0], pair[1]));
        lines.extend(pairs.filter(|(one, other)| one.0 == other.0 || one.1 == other.1));
    }
    lines
}

/// The prefix of points: as the file's edges have it, else as the file declares it.
fn point_prefix(tree: &Tree) -> Option<String> {
    let point = tree.below(ROOT).find(|one| tree.is(*one, DI, "waypoint"));
    let used = point.map(|point| Patches::prefix_of(tree, point));
    used.or_else(|| {
        let declared = tree.prefixes.iter().find(|(_, space)| **space == *DI);
        declared.map(|(prefix, _)| format!("{prefix}:"))
    })
}
