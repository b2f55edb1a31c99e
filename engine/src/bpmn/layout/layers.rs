//! Layers of one scope: each item right of what leads to it, long flows through invisible items in
//! the layers between, the order within a layer such that flows cross little.

use std::collections::BTreeMap;

use super::{Bounds, GAP_X, GAP_Y, Item, Line};

/// Invisible items of one scope; flows beyond that go around.
const DUMMIES_MAX: usize = 20_000;
/// How often the order of layers is improved.
const SWEEPS: usize = 6;

/// A vertex: an item or an invisible one.
#[derive(Debug, Clone)]
struct Vertex {
    item: Option<usize>,
    layer: usize,
    before: Vec<usize>,
    after: Vec<usize>,
    y: i32,
    height: i32,
}

/// A scope with its layers.
#[derive(Debug, Default)]
pub(super) struct Placed {
    /// Left and right of each layer.
    pub(super) columns: Vec<(i32, i32)>,
    /// The layer of each item.
    pub(super) layer: BTreeMap<usize, usize>,
    /// For each flow that goes right: the heights at which it passes the layers between.
    pub(super) passes: BTreeMap<usize, Vec<i32>>,
    pub(super) has_back: bool,
}

/// Places the members of a scope.
pub(super) fn place(
    members: &[usize],
    own: &[usize],
    items: &[Item],
    lines: &[Line],
    bounds: &mut [Bounds],
) -> Placed {
    let host = |at: usize| items[at].host.unwrap_or(at);
    let edges: Vec<(usize, usize, usize)> =
        own.iter().map(|line| (*line, host(lines[*line].from), host(lines[*line].to))).collect();
    let layer = layers(members, &edges);
    let mut vertices: Vec<Vertex> = Vec::new();
    let mut vertex_of = BTreeMap::new();
    for member in members {
        vertex_of.insert(*member, vertices.len());
        let height = items[*member].height;
        vertices.push(vertex(Some(*member), layer[member], height));
    }
    let mut chains: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut has_back = false;
    for (line, from, to) in &edges {
        let (Some(start), Some(end)) = (vertex_of.get(from), vertex_of.get(to)) else { continue };
        let (first, last) = (vertices[*start].layer, vertices[*end].layer);
        let too_many = vertices.len() + last.saturating_sub(first) > members.len() + DUMMIES_MAX;
        if last <= first || too_many {
            has_back = true;
            continue;
        }
        let mut chain = Vec::new();
        let mut previous = *start;
        for between in first + 1..last {
            let dummy = vertices.len();
            vertices.push(vertex(None, between, 0));
            join(&mut vertices, previous, dummy);
            chain.push(dummy);
            previous = dummy;
        }
        join(&mut vertices, previous, *end);
        chains.insert(*line, chain);
    }
    let mut order = initial_order(&vertices);
    for sweep in 0..SWEEPS {
        improve(&mut order, &vertices, sweep % 2 == 0);
    }
    heights(&order, &mut vertices);
    let columns = columns(&order, &vertices, items, bounds);
    let passes = chains
        .into_iter()
        .map(|(line, chain)| (line, chain.iter().map(|one| vertices[*one].y).collect()))
        .collect();
    Placed { columns, layer, passes, has_back }
}

fn vertex(item: Option<usize>, layer: usize, height: i32) -> Vertex {
    Vertex { item, layer, before: Vec::new(), after: Vec::new(), y: 0, height }
}

fn join(vertices: &mut [Vertex], from: usize, to: usize) {
    vertices[from].after.push(to);
    vertices[to].before.push(from);
}

/// The layer of each member: one more than the highest of those that lead to it, loops left out.
fn layers(members: &[usize], edges: &[(usize, usize, usize)]) -> BTreeMap<usize, usize> {
    let mut follows: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (_, from, to) in edges {
        follows.entry(*from).or_default().push(*to);
    }
    let order = topological(members, &follows);
    let position: BTreeMap<usize, usize> =
        order.iter().enumerate().map(|(position, at)| (*at, position)).collect();
    let mut layer: BTreeMap<usize, usize> = members.iter().map(|at| (*at, 0)).collect();
    for at in &order {
        let own = layer[at];
        for next in follows.get(at).into_iter().flatten() {
            if position.get(next) > position.get(at) {
                let there = layer.entry(*next).or_default();
                *there = (*there).max(own + 1);
            }
        }
    }
    layer
}

/// Members such that flows go from earlier to later ones, but for loops.
fn topological(members: &[usize], follows: &BTreeMap<usize, Vec<usize>>) -> Vec<usize> {
    let mut seen: BTreeMap<usize, bool> = members.iter().map(|at| (*at, false)).collect();
    let mut finished = Vec::with_capacity(members.len());
    for root in members {
        if std::mem::replace(seen.entry(*root).or_default(), true) {
            continue;
        }
        let mut stack = vec![(*root, 0)];
        while let Some((at, tried)) = stack.pop() {
            match follows.get(&at).and_then(|next| next.get(tried)) {
                None => finished.push(at),
                Some(next) => {
                    stack.push((at, tried + 1));
                    if seen.get(next) == Some(&false) {
                        seen.insert(*next, true);
                        stack.push((*next, 0));
                    }
                }
            }
        }
    }
    finished.reverse();
    finished
}

fn initial_order(vertices: &[Vertex]) -> Vec<Vec<usize>> {
    let last = vertices.iter().map(|one| one.layer).max().unwrap_or(0);
    let mut order = vec![Vec::new(); last + 1];
    for (at, vertex) in vertices.iter().enumerate() {
        order[vertex.layer].push(at);
    }
    order
}

/// Sorts each layer by the middle of its neighbours in the layer before or after.
fn improve(order: &mut [Vec<usize>], vertices: &[Vertex], forwards: bool) {
    let mut position: Vec<usize> = vec![0; vertices.len()];
    for layer in order.iter() {
        for (at, vertex) in layer.iter().enumerate() {
            position[*vertex] = at;
        }
    }
    let count = order.len();
    for step in 1..count {
        let layer = if forwards { step } else { count - 1 - step };
        let mut weighed: Vec<(i64, usize)> = order[layer]
            .iter()
            .map(|at| {
                let vertex = &vertices[*at];
                let near = if forwards { &vertex.before } else { &vertex.after };
                let sum: usize = near.iter().map(|one| position[*one]).sum();
                let weight = match near.len() {
                    0 => position[*at] * 1000,
                    many => sum * 1000 / many,
                };
                (i64::try_from(weight).unwrap_or(i64::MAX), *at)
            })
            .collect();
        weighed.sort_by_key(|(weight, _)| *weight);
        order[layer] = weighed.into_iter().map(|(_, at)| at).collect();
        for (at, vertex) in order[layer].iter().enumerate() {
            position[*vertex] = at;
        }
    }
}

/// Middles: each where those that lead to it are, moved down until nothing overlaps.
fn heights(order: &[Vec<usize>], vertices: &mut [Vertex]) {
    for layer in order {
        let mut free = i32::MIN / 2;
        for at in layer {
            let before = &vertices[*at].before;
            let count = i32::try_from(before.len()).unwrap_or(1);
            let wanted = match count {
                0 => 0,
                _ => before.iter().map(|one| vertices[*one].y).sum::<i32>() / count,
            };
            let half = vertices[*at].height / 2;
            let y = wanted.max(free.saturating_add(half));
            vertices[*at].y = y;
            let gap = if vertices[*at].item.is_some() { GAP_Y } else { GAP_Y / 2 };
            free = y + half + gap;
        }
    }
    let top = vertices.iter().map(|one| one.y - one.height / 2).min().unwrap_or(0);
    for vertex in vertices {
        vertex.y -= top;
    }
}

fn columns(
    order: &[Vec<usize>],
    vertices: &[Vertex],
    items: &[Item],
    bounds: &mut [Bounds],
) -> Vec<(i32, i32)> {
    let mut columns = Vec::with_capacity(order.len());
    let mut x = 0;
    for layer in order {
        let members = layer.iter().filter_map(|at| Some((vertices[*at].item?, vertices[*at].y)));
        let width = members.clone().map(|(item, _)| items[item].width).max().unwrap_or(0);
        for (item, y) in members {
            let Item { width: own, height, .. } = items[item];
            let left = x + (width - own) / 2;
            bounds[item] = Bounds { x: left, y: y - height / 2, width: own, height };
        }
        columns.push((x, x + width));
        x += width + GAP_X;
    }
    columns
}
