//! One field: its type and what may be done with it.

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
            Kind::Boolean | Kind::Day | Kind::Moment => 0,
            Kind::Number(..) | Kind::Int(_) | Kind::Currency(..) => 0,
        }
    }

    pub fn numeric(&self) -> bool {
        matches!(self, Kind::Number(..) | Kind::Int(_) | Kind::Currency(..))
    }

    /// Whether it holds what people wrote, not one of a few values.
    pub fn prose(&self) -> bool {
        let chosen = matches!(self, Kind::Picklist(..) | Kind::MultiPicklist(..) | Kind::Id | Kind::Reference(_));
        self.textual() && !chosen
    }

    /// Whether its values are written in quotes.
    pub fn textual(&self) -> bool {
        !self.numeric() && !matches!(self, Kind::Boolean | Kind::Day | Kind::Moment)
    }

    /// Long text can be neither filtered nor sorted (sheet 4.1); a comment's body can (sheet 10.2).
    fn long(&self) -> bool {
        matches!(self, Kind::Area(n) if *n > 255) || matches!(self, Kind::Html(_))
    }
}

/// One field of an object.
#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    /// Where it stands among the fields of its object.
    pub position: u16,
    pub kind: Kind,
    pub createable: bool,
    pub updateable: bool,
    pub required: bool,
    pub filterable: bool,
    pub defaulted: bool,
    pub auto_number: bool,
    pub restricted: bool,
    /// `PC-{000000}`, or nothing.
    pub number_format: &'static str,
    pub external_id: bool,
    pub unique: bool,
    /// Whether values that differ in case only are different.
    pub case_sensitive: bool,
    pub id_lookup: bool,
    pub indexed: bool,
    /// How the object pointed at is reached in a query: `Contact` for `ContactId`.
    pub relationship: Option<&'static str>,
    /// How the object pointed at reaches its children: `CaseComments` for `CaseComment.ParentId`.
    pub children: Option<&'static str>,
    /// Read from the record that another field points at: `ContactEmail` is `ContactId`'s `Email`.
    pub mirrors: Option<(&'static str, &'static str)>,
    label: Option<&'static str>,
}

impl Field {
    pub fn new(name: &'static str, kind: Kind) -> Field {
        Field {
            name,
            position: 0,
            kind,
            createable: true,
            updateable: true,
            required: false,
            filterable: !kind.long(),
            defaulted: matches!(kind, Kind::Boolean),
            auto_number: false,
            restricted: false,
            number_format: "",
            external_id: false,
            unique: false,
            case_sensitive: false,
            id_lookup: false,
            indexed: matches!(kind, Kind::Reference(_)),
            relationship: None,
            children: None,
            mirrors: None,
            label: None,
        }
    }

    pub fn reference(name: &'static str, relationship: &'static str, targets: &'static [&'static str]) -> Field {
        Field { relationship: Some(relationship), ..Field::new(name, Kind::Reference(targets)) }
    }

    /// A field that the platform sets.
    pub fn kept(name: &'static str, kind: Kind) -> Field {
        Field::new(name, kind).read_only()
    }

    pub fn read_only(self) -> Field {
        Field { createable: false, updateable: false, ..self }
    }

    pub fn fixed(self) -> Field {
        Field { updateable: false, ..self }
    }

    pub fn required(self) -> Field {
        Field { required: true, ..self }
    }

    pub fn defaulted(self) -> Field {
        Field { defaulted: true, ..self }
    }

    pub fn looked_up(self) -> Field {
        Field { id_lookup: true, indexed: true, ..self }
    }

    pub fn unique(self) -> Field {
        Field { unique: true, ..self.looked_up() }
    }

    pub fn external_id(self) -> Field {
        Field { external_id: true, ..self.unique() }
    }

    /// A key that several records may have.
    pub fn not_unique(self) -> Field {
        Field { unique: false, ..self }
    }

    /// Whether its unique values may differ in case only.
    pub fn case_sensitive(self, yes: bool) -> Field {
        Field { case_sensitive: yes, ..self }
    }

    /// One that rules look records up by.
    pub fn indexed(self) -> Field {
        Field { indexed: true, ..self }
    }

    /// Every record has one of a few values: an index over it would be large and spare nothing.
    pub fn unindexed(self) -> Field {
        Field { indexed: false, ..self }
    }

    /// Whether a picklist takes the values of its list only.
    pub fn restricted(self, yes: bool) -> Field {
        Field { restricted: yes, ..self }
    }

    pub fn auto_number(self) -> Field {
        Field { auto_number: true, defaulted: true, ..self.looked_up().read_only() }
    }

    /// How its numbers are written: `PC-{000000}`.
    pub fn numbered(self, format: &'static str) -> Field {
        Field { number_format: format, ..self }
    }

    pub fn children(self, name: &'static str) -> Field {
        Field { children: Some(name), ..self }
    }

    pub fn mirrors(self, pointer: &'static str, field: &'static str) -> Field {
        Field { mirrors: Some((pointer, field)), ..self.read_only() }
    }

    pub fn labelled(self, label: &'static str) -> Field {
        Field { label: Some(label), ..self }
    }

    /// Whether GROUP BY may name it.
    pub fn groupable(&self) -> bool {
        let plain = self.filterable && !matches!(self.kind, Kind::Bytes(_) | Kind::MultiPicklist(..));
        plain && !self.kind.numeric() && self.kind != Kind::Moment || matches!(self.kind, Kind::Int(_))
    }

    /// Whether MIN and MAX may name it.
    pub fn aggregatable(&self) -> bool {
        let plain = self.filterable && !matches!(self.kind, Kind::Bytes(_) | Kind::MultiPicklist(..));
        plain && self.kind != Kind::Boolean
    }

    pub fn custom(&self) -> bool {
        self.name.ends_with("__c")
    }

    /// The label that people see: words apart, without the `Id` of references.
    pub fn label(&self) -> String {
        if let Some(label) = self.label {
            return label.into();
        }
        if self.custom() {
            return self.name.trim_end_matches("__c").replace('_', " ");
        }
        let name = self.name.trim_end_matches("Id");
        let name = if name.is_empty() || self.relationship.is_some() { self.name } else { name };
        let mut label = String::new();
        for c in name.chars() {
            if c.is_ascii_uppercase() && label.ends_with(|before: char| before.is_ascii_lowercase()) {
                label.push(' ');
            }
            label.push(c);
        }
        label.replace(" Id", " ID")
    }
}
