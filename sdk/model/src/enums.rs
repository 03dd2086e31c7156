//! The closed sets behind the `*_normalized` fields.

/// A closed set whose members are written in capitals; every set has `OTHER`.
macro_rules! wire_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$member_meta:meta])* $member:ident = $wire:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$member_meta])* #[serde(rename = $wire)] $member,)*
        }

        impl $name {
            /// Every member as it is written.
            pub const NAMES: &'static [&'static str] = &[$($wire),*];

            /// The member as it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$member => $wire,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

wire_enum! {
    /// What a property is used for.
    PropertyType {
        /// A house or a single condominium.
        SingleFamily = "SINGLE_FAMILY",
        /// Several dwellings under one roof or on one lot.
        MultiFamily = "MULTI_FAMILY",
        /// Let to students, often by the bed.
        StudentHousing = "STUDENT_HOUSING",
        /// Let for short stays.
        Vacation = "VACATION",
        /// Offices, shops, storage, parking.
        Commercial = "COMMERCIAL",
        /// Anything else.
        Other = "OTHER",
    }
}

wire_enum! {
    /// Where a lease stands.
    LeaseStatus {
        /// In force.
        Active = "ACTIVE",
        /// Over.
        Inactive = "INACTIVE",
        /// Agreed, not begun.
        Pending = "PENDING",
        /// Ended by eviction. An eviction that is only pending is `is_eviction_pending`.
        Evicted = "EVICTED",
        /// Anything else.
        Other = "OTHER",
    }
}

wire_enum! {
    /// How long a lease binds.
    LeaseTerm {
        /// Until a fixed date.
        Fixed = "FIXED",
        /// Renewed each month.
        MonthToMonth = "MONTH_TO_MONTH",
        /// Until either side ends it.
        AtWill = "AT_WILL",
        /// Anything else.
        Other = "OTHER",
    }
}

wire_enum! {
    /// The part that a resident has in a lease.
    ResidentType {
        /// The leaseholder whom the vendor names first.
        Primary = "PRIMARY",
        /// Another leaseholder or occupant.
        Secondary = "SECONDARY",
        /// Answers for the rent without living there.
        Guarantor = "GUARANTOR",
        /// The vendor makes no difference, or one of its own.
        Other = "OTHER",
    }
}

wire_enum! {
    /// Where a resident stands, by the newest lease.
    ResidentStatus {
        /// Lives there.
        Current = "CURRENT",
        /// Will move in.
        Future = "FUTURE",
        /// Has moved out.
        Past = "PAST",
        /// Anything else.
        Other = "OTHER",
    }
}

wire_enum! {
    /// How an application, or an applicant's part in it, was decided.
    ApplicationStatus {
        /// Accepted.
        Approved = "APPROVED",
        /// Refused.
        Denied = "DENIED",
        /// Withdrawn.
        Canceled = "CANCELED",
        /// Not decided yet.
        Pending = "PENDING",
        /// Anything else.
        Other = "OTHER",
    }
}

wire_enum! {
    /// The part that a person has in an application.
    ApplicantType {
        /// The one who applies.
        Primary = "PRIMARY",
        /// Applies together with the primary applicant.
        CoApplicant = "CO_APPLICANT",
        /// Will live there without signing.
        Occupant = "OCCUPANT",
        /// Answers for the rent without living there.
        Guarantor = "GUARANTOR",
        /// Anything else.
        Other = "OTHER",
    }
}

wire_enum! {
    /// Where a phone rings.
    PhoneType {
        /// A fax machine.
        Fax = "FAX",
        /// At home.
        Home = "HOME",
        /// In the pocket.
        Mobile = "MOBILE",
        /// At work.
        Work = "WORK",
        /// Anything else.
        Other = "OTHER",
    }
}

wire_enum! {
    /// Where an applicant's income comes from.
    IncomeType {
        /// Wages or salary.
        Employment = "EMPLOYMENT",
        /// A business of one's own.
        SelfEmployment = "SELF_EMPLOYMENT",
        /// A pension.
        Retirement = "RETIREMENT",
        /// Public assistance or a housing voucher.
        Assistance = "ASSISTANCE",
        /// Support or alimony.
        Support = "SUPPORT",
        /// A loan or grant for students.
        StudentAid = "STUDENT_AID",
        /// Interest, dividends, rent.
        Investment = "INVESTMENT",
        /// Anything else.
        Other = "OTHER",
    }
}

wire_enum! {
    /// What an entry of a lease's ledger does.
    TransactionKind {
        /// Something is owed.
        Charge = "CHARGE",
        /// Money came in.
        Payment = "PAYMENT",
        /// What is owed was lowered without money.
        Credit = "CREDIT",
        /// Money went back.
        Refund = "REFUND",
        /// An earlier entry was taken back, or a taken-back one restored.
        Reversal = "REVERSAL",
        /// A deposit was taken or applied.
        Deposit = "DEPOSIT",
        /// Anything else.
        Other = "OTHER",
    }
}

wire_enum! {
    /// How somebody paid.
    PaymentMethod {
        /// Notes and coins.
        Cash = "CASH",
        /// A cheque of the payer's or of a bank's.
        Check = "CHECK",
        /// A money order.
        MoneyOrder = "MONEY_ORDER",
        /// A credit or debit card.
        Card = "CARD",
        /// A transfer from a bank account.
        BankTransfer = "BANK_TRANSFER",
        /// Anything else.
        Other = "OTHER",
    }
}

wire_enum! {
    /// How often a charge comes round.
    ChargeFrequency {
        /// Once.
        OneTime = "ONE_TIME",
        /// Each day.
        Daily = "DAILY",
        /// Each week.
        Weekly = "WEEKLY",
        /// Every second week.
        Biweekly = "BIWEEKLY",
        /// Each month.
        Monthly = "MONTHLY",
        /// Each quarter.
        Quarterly = "QUARTERLY",
        /// Each year.
        Yearly = "YEARLY",
        /// Anything else.
        Other = "OTHER",
    }
}

wire_enum! {
    /// What a service request is at the vendor's.
    RequestKind {
        /// What a resident asked for.
        Request = "REQUEST",
        /// What somebody was told to do about it.
        WorkOrder = "WORK_ORDER",
        /// Anything else.
        Other = "OTHER",
    }
}

wire_enum! {
    /// Where a service request stands.
    RequestStatus {
        /// Nobody has begun.
        Open = "OPEN",
        /// Somebody has.
        InProgress = "IN_PROGRESS",
        /// Put off.
        OnHold = "ON_HOLD",
        /// Done.
        Completed = "COMPLETED",
        /// Will not be done.
        Canceled = "CANCELED",
        /// Anything else.
        Other = "OTHER",
    }
}

wire_enum! {
    /// How urgent a service request is.
    RequestPriority {
        /// It can wait.
        Low = "LOW",
        /// In its turn.
        Normal = "NORMAL",
        /// Before others.
        High = "HIGH",
        /// Anything else.
        Other = "OTHER",
    }
}
