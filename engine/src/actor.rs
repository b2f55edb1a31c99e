//! Who gives a command. How a person signs in is not known here; what they hold is.

use serde::{Deserialize, Serialize};

use crate::ids::{InstanceId, PersonId, RoleName, UnitId};

/// A role that a person holds, everywhere or for one unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The role.
    pub role: RoleName,
    /// The unit it is held for; none means everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
}

impl Grant {
    /// Whether whoever has it is addressed by a principal.
    pub fn is(&self, principal: &Principal) -> bool {
        match principal {
            Principal::Person(_) => false,
            Principal::Role(role) => self.role == *role,
            Principal::RoleIn(role, unit) => {
                self.role == *role && self.unit.as_ref().is_none_or(|held| held == unit)
            }
        }
    }
}

/// Who gives a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Actor {
    /// A person who is signed in, with everything they hold at that moment.
    Person {
        /// The person.
        id: PersonId,
        /// The unit they belong to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<UnitId>,
        /// The roles they hold.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        grants: Vec<Grant>,
    },
    /// Anybody on the public portal, not signed in.
    Public,
    /// Mandate itself: a clock that ran out.
    System,
    /// Another case.
    Case {
        /// That case.
        id: InstanceId,
    },
}

impl Actor {
    /// The person, where it is one.
    pub fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Person { id, .. } => Some(id),
            Self::Public | Self::System | Self::Case { .. } => None,
        }
    }

    /// Whether the actor is addressed by a principal.
    pub fn is(&self, principal: &Principal) -> bool {
        let Self::Person { id, grants, .. } = self else { return false };
        match principal {
            Principal::Person(person) => person == id,
            Principal::Role(_) | Principal::RoleIn(..) => {
                grants.iter().any(|grant| grant.is(principal))
            }
        }
    }

    /// Whether the actor holds a role, for whatever unit.
    pub fn holds(&self, role: &RoleName) -> bool {
        self.is(&Principal::Role(role.clone()))
    }
}

/// Whom a task or a notice is for. Written `person:li`, `role:dataBureau`, `role:operator@acme`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// One person.
    Person(PersonId),
    /// Everybody who holds a role.
    Role(RoleName),
    /// Everybody who holds a role for a unit.
    RoleIn(RoleName, UnitId),
}

impl Principal {
    /// The role, where it is one.
    pub const fn role(&self) -> Option<&RoleName> {
        match self {
            Self::Person(_) => None,
            Self::Role(role) | Self::RoleIn(role, _) => Some(role),
        }
    }

    /// Those who hold a role, for a unit where one is given.
    pub fn of(role: &RoleName, unit: Option<&str>) -> Self {
        match unit {
            Some(unit) => Self::RoleIn(role.clone(), unit.into()),
            None => Self::Role(role.clone()),
        }
    }
}

impl std::fmt::Display for Principal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Person(id) => write!(f, "person:{id}"),
            Self::Role(role) => write!(f, "role:{role}"),
            Self::RoleIn(role, unit) => write!(f, "role:{role}@{unit}"),
        }
    }
}

impl std::str::FromStr for Principal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("person", id)) => Ok(Self::Person(id.into())),
            Some(("role", role)) => Ok(match role.split_once('@') {
                Some((role, unit)) => Self::RoleIn(role.into(), unit.into()),
                None => Self::Role(role.into()),
            }),
            _ => Err(format!("expected `person:…` or `role:…`, found `{text}`")),
        }
    }
}

impl Serialize for Principal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Principal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Member {
    /// Whom they report to: the field `manager` of the directory.
    pub fn manager(&self) -> Option<&str> {
        self.fields.get("manager").and_then(serde_json::Value::as_str)
    }

    /// The same person as a member of a role, by what they hold of it.
    #[must_use]
    pub fn holding<'g>(
        mut self,
        role: &RoleName,
        grants: impl IntoIterator<Item = &'g Grant>,
    ) -> Self {
        let grants = grants.into_iter().filter(|grant| grant.role == *role);
        let units: Option<Vec<UnitId>> = grants.map(|grant| grant.unit.clone()).collect();
        self.held_for = Some(units.unwrap_or_default());
        self
    }

    /// Whether they hold the role, as whose member they are told, for a unit.
    pub fn holds_for(&self, unit: &str) -> bool {
        match &self.held_for {
            Some(units) => units.is_empty() || units.iter().any(|held| held.as_str() == unit),
            None => self.unit.as_ref().is_some_and(|own| own.as_str() == unit),
        }
    }
}

/// A member of a role, as the directory has them when a step asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Member {
    /// The person.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// The unit they belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// What else is known of them, such as their fields of expertise.
    #[serde(default)]
    pub fields: serde_json::Map<String, serde_json::Value>,
    /// The units for which they hold the role as whose member they are told, none of them where they hold
    /// it everywhere; not said in what was kept before that was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_for: Option<Vec<UnitId>>,
}

/// A unit, as the directory has it when a step asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// The unit.
    pub id: UnitId,
    /// The unit it belongs to.
    pub parent: Option<UnitId>,
    /// Its unified social credit code (统一社会信用代码, GB 32100-2015).
    pub uscc: Option<String>,
    /// What kind of unit it is, in words of the pack.
    pub kind: Option<String>,
    /// What else is known of it.
    pub fields: serde_json::Map<String, serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::{Actor, Grant, Principal};

    #[test]
    fn a_principal_reads_as_it_writes() {
        for text in ["person:li", "role:dataBureau", "role:operator@acme"] {
            let principal: Principal = text.parse().expect("it is well formed");
            assert_eq!(principal.to_string(), text);
        }
        assert!("li".parse::<Principal>().is_err());
    }

    #[test]
    fn a_role_held_for_one_unit_does_not_reach_another() {
        let grant = Grant { role: "operator".into(), unit: Some("acme".into()) };
        let actor = Actor::Person { id: "wu".into(), unit: None, grants: vec![grant] };
        for (principal, expected) in [
            ("role:operator", true),
            ("role:operator@acme", true),
            ("role:operator@other", false),
            ("role:dataBureau", false),
            ("person:wu", true),
        ] {
            let principal = principal.parse().expect("it is well formed");
            assert_eq!(actor.is(&principal), expected, "{principal}");
        }
    }
}
