//! Ways of flows along right angles: forward through the gaps between layers, backward around the
//! bottom of the scope.

use super::layers::Placed;
use super::{Bounds, GAP_X, Item, Line, Point};

/// Below the lowest item, and between two ways back.
const CHANNEL: i32 = 20;
/// Lines in one gap are moved apart, so many of them.
const TRACKS: i32 = 8;

/// Routes the flows of a scope; gives the scope's height.
pub(super) fn route(
    placed: &Placed,
    own: &[usize],
    items: &[Item],
    lines: &[Line],
    bounds: &[Bounds],
    ways: &mut [Vec<Point>],
) -> i32 {
    let members = placed.layer.keys();
    let mut bottom = members.map(|at| bounds[*at].bottom()).max().unwrap_or(0);
    bottom = placed.passes.values().flatten().fold(bottom, |bottom, y| bottom.max(*y));
    let boundary = own.iter().any(|line| items[lines[*line].from].host.is_some());
    if boundary {
        bottom += 2 * CHANNEL;
    }
    for (number, line) in own.iter().enumerate() {
        let Line { from, to } = lines[*line];
        let (Some(first), Some(last)) = (layer(placed, items, from), layer(placed, items, to))
        else {
            ways[*line] = vec![bounds[from].middle(), bounds[to].middle()];
            continue;
        };
        let track = i32::try_from(number).unwrap_or(0) % TRACKS * (GAP_X / 2 / TRACKS);
        let mut way = leave(items, bounds, from, track);
        match placed.passes.get(line) {
            Some(passes) => forward(&mut way, placed, first, passes, track),
            None => {
                bottom += CHANNEL;
                let right = placed.columns[first].1 + GAP_X / 4 + track;
                let left = placed.columns[last].0 - GAP_X / 4 - track / 2;
                turn(&mut way, right);
                way.push((right, bottom));
                way.push((left, bottom));
            }
        }
        enter(&mut way, bounds[to]);
        ways[*line] = tidy(way);
    }
    bottom
}

fn layer(placed: &Placed, items: &[Item], at: usize) -> Option<usize> {
    placed.layer.get(&items[at].host.unwrap_or(at)).copied()
}

/// The first points: out of the right side, or out of the bottom of a boundary event.
fn leave(items: &[Item], bounds: &[Bounds], from: usize, track: i32) -> Vec<Point> {
    let own = bounds[from];
    match items[from].host {
        None => vec![(own.right(), own.middle().1)],
        Some(_) => {
            let (x, _) = own.middle();
            vec![(x, own.bottom()), (x, own.bottom() + 8 + track / 2)]
        }
    }
}

/// Goes right through the gaps, passing each layer between at its height.
fn forward(way: &mut Vec<Point>, placed: &Placed, first: usize, passes: &[i32], track: i32) {
    for (step, y) in passes.iter().enumerate() {
        turn(way, placed.columns[first + step].1 + GAP_X / 4 + track);
        let (x, _) = way[way.len() - 1];
        way.push((x, *y));
        way.push((placed.columns[first + step + 1].1, *y));
    }
    turn(way, placed.columns[first + passes.len()].1 + GAP_X / 4 + track);
}

/// Goes on at the same height to a column.
fn turn(way: &mut Vec<Point>, x: i32) {
    let (_, y) = way[way.len() - 1];
    way.push((x, y));
}

/// The last points: into the left side.
fn enter(way: &mut Vec<Point>, to: Bounds) {
    let (x, _) = way[way.len() - 1];
    let middle = to.middle().1;
    way.push((x, middle));
    way.push((to.x, middle));
}

/// Without points that lie on a straight line between others.
fn tidy(way: Vec<Point>) -> Vec<Point> {
    let mut tidied: Vec<Point> = Vec::with_capacity(way.len());
    for point in way {
        if tidied.last() == Some(&point) {
            continue;
        }
        while tidied.len() >= 2 {
            let (a, b) = (tidied[tidied.len() - 2], tidied[tidied.len() - 1]);
            let straight = (a.0 == b.0 && b.0 == point.0) || (a.1 == b.1 && b.1 == point.1);
            if !straight {
                break;
            }
            tidied.pop();
        }
        tidied.push(point);
    }
    if tidied.len() == 1 {
        tidied.push(tidied[0]);
    }
    tidied
}
