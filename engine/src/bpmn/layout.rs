//! Where everything stands on a diagram: a layered layout from left to right. Each scope is laid
//! out by itself (`layers`), the innermost first, and flows go along right angles (`route`). The
//! same input gives the same diagram.

mod layers;
mod route;

/// Something on the diagram.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Item {
    pub(super) width: i32,
    pub(super) height: i32,
    /// The scope it is in; it stands before what is in it.
    pub(super) scope: Option<usize>,
    /// The activity on whose edge it stands.
    pub(super) host: Option<usize>,
    /// Whether it holds others.
    pub(super) holds: bool,
}

/// A flow between two items of one scope.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) from: usize,
    pub(super) to: usize,
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bounds {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

impl Bounds {
    pub(super) const fn right(self) -> i32 {
        self.x + self.width
    }

    pub(super) const fn bottom(self) -> i32 {
        self.y + self.height
    }

    pub(super) const fn middle(self) -> (i32, i32) {
        (self.x + self.width / 2, self.y + self.height / 2)
    }
}

/// A point.
pub(super) type Point = (i32, i32);

/// A diagram.
#[derive(Debug)]
pub(super) struct Laid {
    pub(super) bounds: Vec<Bounds>,
    pub(super) ways: Vec<Vec<Point>>,
}

/// Between two layers.
const GAP_X: i32 = 60;
/// Between two items of a layer.
const GAP_Y: i32 = 60;
/// Inside a sub-process, around what it holds.
const PADDING: i32 = 40;
/// From one boundary event to the next.
const BOUNDARY_STEP: i32 = 50;
/// A diagram's upper left corner.
const ORIGIN: i32 = 160;

/// Lays everything out.
pub(super) fn lay_out(items: &[Item], lines: &[Line]) -> Laid {
    let mut items = items.to_vec();
    widen_hosts(&mut items);
    let mut bounds: Vec<Bounds> = vec![Bounds::default(); items.len()];
    let mut ways: Vec<Vec<Point>> = vec![Vec::new(); lines.len()];
    let mut scopes: Vec<Option<usize>> = vec![None];
    scopes.extend((0..items.len()).filter(|at| items[*at].holds).map(Some));
    for scope in scopes.iter().rev().copied() {
        let size = scope_layout(scope, &items, lines, &mut bounds, &mut ways);
        if let Some(own) = scope {
            items[own].width = items[own].width.max(size.0 + 2 * PADDING);
            items[own].height = items[own].height.max(size.1 + 2 * PADDING);
        }
    }
    to_absolute(&items, lines, &mut bounds, &mut ways);
    Laid { bounds, ways }
}

/// A host must be as wide as its boundary events need.
fn widen_hosts(items: &mut [Item]) {
    let hosts: Vec<usize> = items.iter().filter_map(|item| item.host).collect();
    for host in hosts.iter().copied() {
        let count = hosts.iter().filter(|one| **one == host).count();
        let needed = i32::try_from(count).unwrap_or(1) * BOUNDARY_STEP + 10;
        items[host].width = items[host].width.max(needed);
    }
}

/// Lays out one scope from (0, 0) on; gives its size.
fn scope_layout(
    scope: Option<usize>,
    items: &[Item],
    lines: &[Line],
    bounds: &mut [Bounds],
    ways: &mut [Vec<Point>],
) -> (i32, i32) {
    let members: Vec<usize> = (0..items.len())
        .filter(|at| items[*at].scope == scope && items[*at].host.is_none())
        .collect();
    let own: Vec<usize> =
        (0..lines.len()).filter(|at| items[lines[*at].from].scope == scope).collect();
    let placed = layers::place(&members, &own, items, lines, bounds);
    boundary_events(scope, items, bounds);
    let bottom = route::route(&placed, &own, items, lines, bounds, ways);
    let right = members.iter().map(|at| bounds[*at].right()).max().unwrap_or(0);
    let gap = if placed.has_back { GAP_X / 2 } else { 0 };
    (right + gap, bottom)
}

/// Puts boundary events on the lower edge of their hosts, half outside.
fn boundary_events(scope: Option<usize>, items: &[Item], bounds: &mut [Bounds]) {
    let mut placed: Vec<(usize, i32)> = Vec::new();
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item.scope == scope) {
        let Some(host) = item.host else { continue };
        let number = placed.iter().filter(|(one, _)| *one == host).count();
        placed.push((host, 0));
        let on = bounds[host];
        bounds[at] = Bounds {
            x: on.x + 10 + i32::try_from(number).unwrap_or(0) * BOUNDARY_STEP,
            y: on.bottom() - item.height / 2,
            width: item.width,
            height: item.height,
        };
    }
}

/// Moves what is in a scope to where the scope stands. A scope comes before what is in it.
fn to_absolute(items: &[Item], lines: &[Line], bounds: &mut [Bounds], ways: &mut [Vec<Point>]) {
    let mut origin = vec![(0, 0); items.len()];
    for at in 0..items.len() {
        let (x, y) = match items[at].scope {
            None => (ORIGIN, ORIGIN / 2),
            Some(scope) => (bounds[scope].x + PADDING, bounds[scope].y + PADDING),
        };
        origin[at] = (x, y);
        bounds[at].x += x;
        bounds[at].y += y;
    }
    for (line, way) in lines.iter().zip(ways.iter_mut()) {
        let (x, y) = origin[line.from];
        for point in way {
            *point = (point.0 + x, point.1 + y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Bounds, Item, Line, lay_out};

    fn task() -> Item {
        Item { width: 100, height: 80, ..Item::default() }
    }

    fn overlap(a: Bounds, b: Bounds) -> bool {
        a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
    }

    /// Lays out and checks that nothing overlaps and every way begins and ends at its items.
    fn check(items: &[Item], lines: &[(usize, usize)]) -> Vec<Bounds> {
        let lines: Vec<Line> =
            lines.iter().map(|(from, to)| Line { from: *from, to: *to }).collect();
        let laid = lay_out(items, &lines);
        for a in 0..items.len() {
            for b in a + 1..items.len() {
                let side_by_side = items[a].scope == items[b].scope
                    && items[a].host.is_none()
                    && items[b].host.is_none();
                let (one, other) = (laid.bounds[a], laid.bounds[b]);
                assert!(!side_by_side || !overlap(one, other), "{a} {one:?} {b} {other:?}");
            }
        }
        for (line, way) in lines.iter().zip(&laid.ways) {
            assert!(way.len() >= 2, "{line:?}");
            let at_edge = |point: (i32, i32), bounds: Bounds| {
                point.0 >= bounds.x
                    && point.0 <= bounds.right()
                    && point.1 >= bounds.y
                    && point.1 <= bounds.bottom()
            };
            assert!(at_edge(way[0], laid.bounds[line.from]), "{line:?} {way:?}");
            assert!(at_edge(way[way.len() - 1], laid.bounds[line.to]), "{line:?} {way:?}");
            for pair in way.windows(2) {
                assert!(pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1, "{line:?} {way:?}");
            }
        }
        laid.bounds
    }

    #[test]
    fn a_sequence_goes_from_left_to_right_on_one_line() {
        let bounds = check(&[task(), task(), task()], &[(0, 1), (1, 2)]);
        assert!(bounds[0].right() < bounds[1].x && bounds[1].right() < bounds[2].x);
        assert!(bounds.iter().all(|one| one.y == bounds[0].y));
    }

    #[test]
    fn branches_stand_above_each_other_and_loops_go_back() {
        let items = [task(); 6];
        check(&items, &[(0, 1), (0, 2), (1, 3), (2, 3), (3, 0), (3, 3), (0, 4), (4, 5), (0, 3)]);
    }

    #[test]
    fn a_scope_holds_what_is_in_it() {
        let mut items = [task(); 5];
        items[1].holds = true;
        items[2].scope = Some(1);
        items[3].scope = Some(1);
        items[4].host = Some(1);
        let bounds = check(&items, &[(0, 1), (2, 3), (4, 0)]);
        for inner in [2, 3] {
            assert!(bounds[inner].x > bounds[1].x && bounds[inner].right() < bounds[1].right());
            assert!(bounds[inner].y > bounds[1].y && bounds[inner].bottom() < bounds[1].bottom());
        }
    }
}
