/// Declares the kinds of causes as one table: the name, and what it means.
macro_rules! kinds {
    ($($name:ident $id:literal $means:literal;)*) => {
        /// How a walk ended, without the particulars of a [`Cause`](super::Cause).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum CauseKind {
            $(#[doc = concat!("`", $id, "`: ", $means, ".")] $name,)*
        }

        impl CauseKind {
            /// Every kind, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name that stands in reports and rules.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What it means.
            pub const fn means(self) -> &'static str {
                match self { $(Self::$name => $means,)* }
            }

            /// The kind of this name.
            pub fn named(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.id() == id)
            }
        }
    };
}

kinds! {
    Silence "silence" "nothing came within the time allowed for the awaited message";
    Refused "refused" "a TCP reset answered our SYN, and no ICMP message explains it";
    Reset "reset" "a TCP reset ended the established connection";
    Closed "closed" "the other side closed (FIN or close_notify) where its next message was due";
    Unreachable "unreachable" "an ICMP message or our own host's routing said that the target cannot be reached";
    Declined "declined" "the other side understood and said no in its own protocol";
    Garbled "garbled" "the bytes are not the message that was due, or a value stands where it may not";
    Local "local" "our own side could not go on";
}
