//! What a field holds.

/// A picklist value, and whether it is the default.
pub type Choice = (&'static str, bool);

/// What a field holds; lengths are in characters unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Id,
    Text(usize),
    /// Plain text that is counted in bytes (sheet 10.2).
    Bytes(usize),
    Area(usize),
    Html(usize),
    /// The bytes of a file, in base64.
    Base64,
    Url(usize),
    Email(usize),
    Phone(usize),
    Picklist(usize, &'static [Choice]),
    /// Several values of a list, a semicolon between them.
    MultiPicklist(usize, &'static [Choice]),
    Reference(&'static [&'static str]),
    Boolean,
    Day,
    Moment,
    /// Digits in all, digits behind the point.
    Number(usize, usize),
    /// A whole number that the platform keeps itself.
    Int(usize),
    /// Digits in all, digits behind the point.
    Currency(usize, usize),
}

impl Kind {
    /// The objects that a reference may point at.
    pub fn targets(&self) -> &'static [&'static str] {
        match self {
            Kind::Reference(targets) => targets,
            _ => &[],
        }
    }

    /// The most that a text may be long; 0 for what is not text.
    pub fn length(&self) -> usize {
        match *self {
            Kind::Text(n) | Kind::Bytes(n) | Kind::Area(n) | Kind::Html(n) | Kind::Url(n) => n,
            Kind::Email(n) | Kind::Phone(n) | Kind::Picklist(n, _) | Kind::MultiPicklist(n, _) => n,
            Kind::Id | Kind::Reference(_) => 18,
            Kind::Boolean | Kind::Day | Kind::Moment | Kind::Base64 => 0,
            Kind::Number(..) | Kind::Int(_) | Kind::Currency(..) => 0,
        }
    }

    pub fn numeric(&self) -> bool {
        matches!(self, Kind::Number(..) | Kind::Int(_) | Kind::Currency(..))
    }

    /// Whether it holds what people wrote, not one of a few values.
    pub fn prose(&self) -> bool {
        let chosen = matches!(self, Kind::Picklist(..) | Kind::MultiPicklist(..) | Kind::Id | Kind::Reference(_));
        self.textual() && !chosen && *self != Kind::Base64
    }

    /// Whether its values are written in quotes.
    pub fn textual(&self) -> bool {
        !self.numeric() && !matches!(self, Kind::Boolean | Kind::Day | Kind::Moment)
    }

    /// Long text can be neither filtered nor sorted (sheet 4.1); a comment's body can (sheet 10.2).
    pub fn long(&self) -> bool {
        matches!(self, Kind::Area(n) if *n > 255) || matches!(self, Kind::Html(_) | Kind::Base64)
    }
}
