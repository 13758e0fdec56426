//! Codes whose unknown values survive.

/// Declares a code: a newtype with named constants, so that a value that nobody has named yet is kept and printed as
/// it came, e.g. `FailureCode 0x4d`.
macro_rules! open_enum {
    (
        $(#[$about:meta])*
        $name:ident: $repr:ty {
            $($(#[$doc:meta])* $constant:ident = $value:literal, $text:literal;)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub $repr);

        impl $name {
            $(
                $(#[$doc])*
                pub const $constant: Self = Self($value);
            )*

            /// Every value that has a name, in order.
            pub const KNOWN: &'static [Self] = &[$(Self::$constant),*];

            /// The value's name, by the specification; `None` when it has none.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($text),)*
                    _ => None,
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "{} {:#04x}", stringify!($name), self.0),
                }
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, "{self}")
            }
        }
    };
}

/// Declares a set of bits: a newtype with named bits, of which the unnamed survive.
macro_rules! open_bits {
    (
        $(#[$about:meta])*
        $name:ident: $repr:ty {
            $($(#[$doc:meta])* $constant:ident = $value:literal, $text:literal;)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $name(pub $repr);

        impl $name {
            $(
                $(#[$doc])*
                pub const $constant: Self = Self($value);
            )*

            /// Whether every bit of `other` is set here.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// The bits of both.
            #[must_use]
            pub const fn with(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// These bits, with those of `other` set exactly when what they announce is there.
            #[must_use]
            pub const fn saying(self, other: Self, there: bool) -> Self {
                Self(if there { self.0 | other.0 } else { self.0 & !other.0 })
            }

            /// The names of the bits that are set, or the name of having none; bits without a name stand as one number
            /// at the end. No bits at all
            /// are told by the name of 0, where it has one.
            pub fn names(self) -> Vec<String> {
                let known = [$((Self::$constant, $text)),*];
                let mut names: Vec<String> = known
                    .iter()
                    .filter(|(bit, _)| (bit.0 == 0) == (self.0 == 0) && self.contains(*bit))
                    .map(|(_, name)| (*name).to_owned())
                    .collect();
                let rest = known.iter().fold(self.0, |rest, (bit, _)| rest & !bit.0);
                if rest != 0 {
                    names.push(format!("{rest:#x}"));
                }
                names
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.names().join("+"))
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

pub(crate) use {open_bits, open_enum};
