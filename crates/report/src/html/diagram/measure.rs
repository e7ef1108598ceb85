//! Sizes and directions. The layout works in two abstract axes, along the flows and across them; only here is it known
//! which of them is horizontal.

/// A point or size on the page, in pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Point {
    pub(crate) x: i32,
    pub(crate) y: i32,
}

/// A rectangle on the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rect {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) w: i32,
    pub(crate) h: i32,
}

impl Rect {
    pub(crate) const fn right(self) -> i32 {
        self.x + self.w
    }

    pub(crate) const fn bottom(self) -> i32 {
        self.y + self.h
    }

    /// Whether the two share any area.
    pub(crate) const fn overlaps(self, other: Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Whether the other lies wholly inside.
    #[cfg(test)]
    pub(crate) const fn holds(self, other: Self) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && self.right() >= other.right()
            && self.bottom() >= other.bottom()
    }
}

/// A stretch along the flows and one across them: a box before it is known which way flows run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) along: i32,
    pub(crate) across: i32,
    pub(crate) length: i32,
    pub(crate) breadth: i32,
}

impl Span {
    pub(crate) const fn middle(self) -> i32 {
        self.across + self.breadth / 2
    }
}

/// Which way flows run on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Right,
    Down,
}

impl Direction {
    pub(crate) const fn point(self, along: i32, across: i32) -> Point {
        match self {
            Self::Right => Point { x: along, y: across },
            Self::Down => Point { x: across, y: along },
        }
    }

    pub(crate) const fn rect(self, span: Span) -> Rect {
        let Span { along, across, length, breadth } = span;
        match self {
            Self::Right => Rect { x: along, y: across, w: length, h: breadth },
            Self::Down => Rect { x: across, y: along, w: breadth, h: length },
        }
    }

    /// The distances to keep in this direction. A boundary has its name at its top, wherever flows run.
    pub(crate) const fn measures(self) -> Measures {
        match self {
            Self::Right => Measures {
                length: NODE_WIDTH,
                breadth: NODE_HEIGHT,
                gap: 60,
                between: 26,
                lead: 16,
                trail: 16,
                head: HEADER,
                foot: 16,
            },
            Self::Down => Measures {
                length: NODE_HEIGHT,
                breadth: NODE_WIDTH,
                gap: 52,
                between: 30,
                lead: HEADER,
                trail: 16,
                head: 16,
                foot: 16,
            },
        }
    }
}

/// The distances to keep.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measures {
    /// Of a node, along.
    pub(crate) length: i32,
    /// Of a node, across.
    pub(crate) breadth: i32,
    /// Between two columns, apart from the padding of boundaries.
    pub(crate) gap: i32,
    /// Between two things in one column.
    pub(crate) between: i32,
    /// Padding of a boundary along: before and after.
    pub(crate) lead: i32,
    pub(crate) trail: i32,
    /// Padding of a boundary across: before and after.
    pub(crate) head: i32,
    pub(crate) foot: i32,
}

pub(crate) const NODE_WIDTH: i32 = 172;
pub(crate) const NODE_HEIGHT: i32 = 56;
/// Room for the name of a boundary.
pub(crate) const HEADER: i32 = 34;
/// Free space around the drawing.
pub(crate) const MARGIN: i32 = 12;
