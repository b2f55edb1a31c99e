//! The way of a flow that is put into a drawn diagram: along right angles, and around what stands
//! there where one of a few plain ways does that.

use std::cmp::{max, min};

use crate::bpmn::layout::{Bounds, Point};

/// From what a way goes around.
const APART: i32 = 20;
/// A way is looked for beside so many nodes.
const BESIDE_MAX: usize = 200;

/// A way between two nodes: a plain one where it crosses none of `others`, which may have the two
/// among them, else the shortest of those that cross the fewest.
pub(super) fn way(from: Bounds, to: Bounds, is_boundary: bool, others: &[Bounds]) -> Vec<Point> {
    let plain = plain(from, to, is_boundary);
    if crossings(&plain, others) == 0 {
        return plain;
    }
    let mut ways = vec![plain];
    ways.extend(corners(from, to));
    for other in others.iter().chain([&from, &to]).take(BESIDE_MAX) {
        ways.extend(rows(from, to, [other.y - APART, other.bottom() + APART]));
        ways.extend(columns(from, to, [other.x - APART, other.right() + APART]));
    }
    let best = ways.into_iter().min_by_key(|way| (crossings(way, others), length(way)));
    best.unwrap_or_default()
}

/// How often a way leads through something.
fn crossings(way: &[Point], others: &[Bounds]) -> usize {
    let through =
        |line: &[Point]| others.iter().filter(|it| crosses(line[0], line[1], **it)).count();
    way.windows(2).map(through).sum()
}

/// Whether a line along an axis goes through the inside of something.
pub(super) fn crosses(one: Point, other: Point, box_: Bounds) -> bool {
    max(one.0, other.0) > box_.x
        && min(one.0, other.0) < box_.right()
        && max(one.1, other.1) > box_.y
        && min(one.1, other.1) < box_.bottom()
}

fn length(way: &[Point]) -> u32 {
    way.windows(2).map(|line| line[0].0.abs_diff(line[1].0) + line[0].1.abs_diff(line[1].1)).sum()
}

/// To the right, and back below both.
fn plain(from: Bounds, to: Bounds, is_boundary: bool) -> Vec<Point> {
    let ((from_x, from_y), (to_x, to_y)) = (from.middle(), to.middle());
    if is_boundary && to.y > from.bottom() {
        return vec![(from_x, from.bottom()), (from_x, to_y), (to.x, to_y)];
    }
    if to.x < from.right() {
        let below = max(from.bottom(), to.bottom()) + APART;
        return vec![(from_x, from.bottom()), (from_x, below), (to_x, below), (to_x, to.bottom())];
    }
    if from_y == to_y {
        return vec![(from.right(), from_y), (to.x, to_y)];
    }
    let between = i32::midpoint(from.right(), to.x);
    vec![(from.right(), from_y), (between, from_y), (between, to_y), (to.x, to_y)]
}

/// Where a way meets the left or right side of something, seen from some x.
fn side(box_: Bounds, x: i32) -> Option<Point> {
    let y = box_.middle().1;
    let right = (x > box_.right()).then_some((box_.right(), y));
    right.or_else(|| (x < box_.x).then_some((box_.x, y)))
}

/// Where a way meets the top or bottom of something, seen from some y.
fn rim(box_: Bounds, y: i32) -> Option<Point> {
    let x = box_.middle().0;
    let bottom = (y > box_.bottom()).then_some((x, box_.bottom()));
    bottom.or_else(|| (y < box_.y).then_some((x, box_.y)))
}

/// Ways with one bend.
fn corners(from: Bounds, to: Bounds) -> impl Iterator<Item = Vec<Point>> {
    let ((from_x, from_y), (to_x, to_y)) = (from.middle(), to.middle());
    let first_down = rim(from, to_y).zip(side(to, from_x));
    let first_across = side(from, to_x).zip(rim(to, from_y));
    let first_down = first_down.map(|(start, end)| vec![start, (from_x, to_y), end]);
    let first_across = first_across.map(|(start, end)| vec![start, (to_x, from_y), end]);
    first_down.into_iter().chain(first_across)
}

/// Ways out and in at the top or bottom, across at some y.
fn rows(from: Bounds, to: Bounds, ys: [i32; 2]) -> impl Iterator<Item = Vec<Point>> {
    ys.into_iter().filter_map(move |y| {
        let (start, end) = (rim(from, y)?, rim(to, y)?);
        Some(vec![start, (start.0, y), (end.0, y), end])
    })
}

/// Ways out and in at the sides, up or down at some x.
fn columns(from: Bounds, to: Bounds, xs: [i32; 2]) -> impl Iterator<Item = Vec<Point>> {
    xs.into_iter().filter_map(move |x| {
        let (start, end) = (side(from, x)?, side(to, x)?);
        Some(vec![start, (x, start.1), (x, end.1), end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn task(x: i32, y: i32) -> Bounds {
        Bounds { x, y, width: 100, height: 80 }
    }

    fn runs(from: Bounds, to: Bounds, others: &[Bounds]) -> Vec<Point> {
        let mut all = others.to_vec();
        all.extend([from, to]);
        let way = way(from, to, false, &all);
        assert_eq!(crossings(&way, &all), 0, "{way:?}");
        for line in way.windows(2) {
            assert!(line[0].0 == line[1].0 || line[0].1 == line[1].1, "{way:?}");
        }
        way
    }

    #[test]
    fn ways_are_plain_where_nothing_is_between() {
        assert_eq!(runs(task(0, 0), task(200, 0), &[]), [(100, 40), (200, 40)]);
        assert_eq!(
            runs(task(0, 0), task(200, 100), &[]),
            [(100, 40), (150, 40), (150, 140), (200, 140)]
        );
        // Back, below both.
        assert_eq!(
            runs(task(200, 0), task(0, 0), &[]),
            [(250, 80), (250, 100), (50, 100), (50, 80)]
        );
    }

    #[test]
    fn ways_go_around_what_stands_between() {
        let (from, to) = (task(0, 0), task(400, 0));
        runs(from, to, &[task(200, 0)]);
        // Nothing but a way around everything.
        runs(from, to, &[task(200, 0), task(0, 100), task(400, 100), task(200, 100)]);
        // A bend that does not hit what stands half way.
        runs(from, task(400, 200), &[task(200, 60)]);
        // Back to what stands above another: not through that other.
        let way = runs(task(300, 100), task(0, 0), &[task(0, 100)]);
        assert_eq!(way, [(300, 140), (120, 140), (120, 40), (100, 40)]);
    }

    #[test]
    fn a_boundary_event_does_not_go_through_its_host() {
        let (host, event) = (task(0, 0), Bounds { x: 60, y: 62, width: 36, height: 36 });
        for to in [task(200, 200), task(200, 0), task(-300, 0), task(-300, 300)] {
            let way = way(event, to, true, &[host, to]);
            assert_eq!(crossings(&way, &[host, to]), 0, "{way:?}");
        }
    }
}
