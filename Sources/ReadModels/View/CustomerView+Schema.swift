import Events
import GRDB

extension CustomerView {
    /// The tables whose content follows from the log alone; `checksum` covers them.
    ///
    /// Each is filled from one topic only, and within it an account has one order: so the content does not depend on how the
    /// reading of topics interleaved.
    static let contentTables = [
        "accounts", "persons", "subscriptions", "identifiers", "plans", "suspensions", "unbilled", "periods", "invoices", "invoice_lines",
        "activity", "account_progress", "balances", "ordered", "carried_out", "clock",
    ]

    static func migrator(namespace: Namespace) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 customers") { db in
            try db.execute(sql: customerTables)
        }
        migrator.registerMigration("1 billing") { db in
            try db.execute(sql: billingTables)
        }
        migrator.registerMigration("1 bookkeeping") { db in
            try db.execute(sql: bookkeepingTables)
            try db.execute(sql: "INSERT INTO meta VALUES ('version', ?), ('namespace', ?)", arguments: [String(version), namespace.prefix])
        }
        migrator.registerMigration("1 suspensions") { db in
            try db.execute(sql: suspensionTable)
        }
        migrator.registerMigration("1 wide quantities") { db in
            for table in ["unbilled", "invoice_lines"] {
                for sum in ["quantity", "counted", "allowance"] {
                    try db.execute(sql: "ALTER TABLE \(table) ADD COLUMN wide_\(sum) TEXT NOT NULL DEFAULT ''")
                }
            }
        }
        migrator.registerMigration("3 orders") { db in
            try db.execute(sql: orderTables)
        }
        return migrator
    }

    /// Top-ups and purchases: `ordered` from customers.events, `carried_out` from usage.rated; what is dated ahead stands in the first alone until its time.
    /// `clock` from the ticks in usage.rated. Kinds are those of `CustomerSummary.Ahead`.
    private static let orderTables = """
        CREATE TABLE ordered (
            account TEXT NOT NULL, from_ms INTEGER NOT NULL, kind INTEGER NOT NULL, subscription TEXT NOT NULL, what TEXT NOT NULL, amount_nanos TEXT NOT NULL,
            count INTEGER NOT NULL, PRIMARY KEY (account, from_ms, kind, subscription, what, amount_nanos)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE carried_out (
            account TEXT NOT NULL, from_ms INTEGER NOT NULL, kind INTEGER NOT NULL, subscription TEXT NOT NULL, what TEXT NOT NULL, amount_nanos TEXT NOT NULL,
            count INTEGER NOT NULL, PRIMARY KEY (account, from_ms, kind, subscription, what, amount_nanos)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE clock (id INTEGER NOT NULL PRIMARY KEY, time_ms INTEGER NOT NULL) STRICT;
        """

    /// From usage.rated.
    private static let suspensionTable = """
        CREATE TABLE suspensions (
            account TEXT NOT NULL, subscription TEXT NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER, barring INTEGER NOT NULL, reason TEXT NOT NULL,
            PRIMARY KEY (account, subscription, from_ms)
        ) STRICT, WITHOUT ROWID;
        """

    /// From customers.events; `plans` from usage.rated, which alone says which orders took effect.
    private static let customerTables = """
        CREATE TABLE accounts (
            account TEXT NOT NULL PRIMARY KEY, currency TEXT NOT NULL, time_zone TEXT NOT NULL, bill_cycle_day INTEGER NOT NULL,
            issuer TEXT NOT NULL, tax_category TEXT NOT NULL, from_ms INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE persons (
            account TEXT NOT NULL PRIMARY KEY, key_id TEXT NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL, address TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE subscriptions (
            account TEXT NOT NULL, subscription TEXT NOT NULL, offering TEXT NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER,
            PRIMARY KEY (account, subscription)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE identifiers (
            account TEXT NOT NULL, subscription TEXT NOT NULL, identifier TEXT NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER,
            PRIMARY KEY (account, subscription, identifier, from_ms)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX identifiers_by_identifier ON identifiers (identifier);
        CREATE TABLE plans (
            account TEXT NOT NULL, subscription TEXT NOT NULL, from_ms INTEGER NOT NULL, offering TEXT NOT NULL,
            PRIMARY KEY (account, subscription, from_ms)
        ) STRICT, WITHOUT ROWID;
        """

    /// A quantity that needs more than 64 bits stands in full in a column of its own (`WideNumber`), which a migration adds.
    ///
    /// `unbilled` and `balances` from usage.rated, `periods` from billing.periods, `invoices` from billing.invoices.
    private static let billingTables = """
        CREATE TABLE unbilled (
            account TEXT NOT NULL, period_start_ms INTEGER NOT NULL, subscription TEXT NOT NULL, kind INTEGER NOT NULL,
            offering TEXT NOT NULL, price TEXT NOT NULL, zone TEXT NOT NULL, type TEXT NOT NULL, unit INTEGER NOT NULL,
            own_period_start_ms INTEGER NOT NULL, own_period_end_ms INTEGER NOT NULL,
            count INTEGER NOT NULL, quantity_micros INTEGER NOT NULL, counted_micros INTEGER NOT NULL,
            allowance_micros INTEGER NOT NULL, amount_nanos TEXT NOT NULL, discount_nanos TEXT NOT NULL,
            PRIMARY KEY (account, period_start_ms, subscription, kind, offering, price, zone, type, unit, own_period_start_ms)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE periods (
            account TEXT NOT NULL, period_start_ms INTEGER NOT NULL, period_end_ms INTEGER NOT NULL, closed_at_ms INTEGER NOT NULL,
            currency TEXT NOT NULL, total_nanos TEXT NOT NULL, line_count INTEGER NOT NULL, usage_count INTEGER NOT NULL,
            is_paid INTEGER NOT NULL,
            PRIMARY KEY (account, period_start_ms)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE balances (account TEXT NOT NULL PRIMARY KEY, amount_nanos TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE invoices (
            account TEXT NOT NULL, period_start_ms INTEGER NOT NULL, period_end_ms INTEGER NOT NULL, number TEXT NOT NULL,
            issuer TEXT NOT NULL, series TEXT NOT NULL, issue_date TEXT NOT NULL, period_first_day TEXT NOT NULL,
            period_last_day TEXT NOT NULL, currency TEXT NOT NULL, net_nanos TEXT NOT NULL, rounding_nanos TEXT NOT NULL,
            tax_category TEXT NOT NULL, tax_percent_micros INTEGER NOT NULL, taxable_nanos TEXT NOT NULL, tax_nanos TEXT NOT NULL,
            total_nanos TEXT NOT NULL, line_count INTEGER NOT NULL, chunk_count INTEGER NOT NULL,
            usage_count INTEGER NOT NULL, usage_digest BLOB NOT NULL, seal_partition INTEGER NOT NULL,
            seal_first_offset INTEGER NOT NULL, seal_end_offset INTEGER NOT NULL,
            PRIMARY KEY (account, period_start_ms)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX invoices_by_number ON invoices (number);
        CREATE INDEX invoices_by_date ON invoices (issue_date);
        CREATE TABLE invoice_lines (
            account TEXT NOT NULL, period_start_ms INTEGER NOT NULL, chunk INTEGER NOT NULL, line INTEGER NOT NULL,
            kind INTEGER NOT NULL, subscription TEXT NOT NULL, offering TEXT NOT NULL, price TEXT NOT NULL, zone TEXT NOT NULL,
            type TEXT NOT NULL, unit INTEGER NOT NULL, count INTEGER NOT NULL, quantity_micros INTEGER NOT NULL,
            counted_micros INTEGER NOT NULL, allowance_micros INTEGER NOT NULL, amount_nanos TEXT NOT NULL, discount_nanos TEXT NOT NULL,
            own_period_start_ms INTEGER NOT NULL, own_period_end_ms INTEGER NOT NULL,
            PRIMARY KEY (account, period_start_ms, chunk, line)
        ) STRICT, WITHOUT ROWID;
        """

    /// `activity` keeps the last entries an account and topic in a ring of slots, so that a new one overwrites the oldest; no number
    /// of another party is in it. `account_progress` says how many there were, and up to when periods have ended.
    private static let bookkeepingTables = """
        CREATE TABLE activity (
            account TEXT NOT NULL, source INTEGER NOT NULL, slot INTEGER NOT NULL, at_ms INTEGER, kind TEXT NOT NULL,
            subscription TEXT NOT NULL, what TEXT NOT NULL, price TEXT NOT NULL, zone TEXT NOT NULL,
            quantity_micros INTEGER, unit INTEGER, amount_nanos TEXT,
            PRIMARY KEY (account, source, slot)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE account_progress (
            account TEXT NOT NULL, source INTEGER NOT NULL, activity_count INTEGER NOT NULL, ended_until_ms INTEGER,
            PRIMARY KEY (account, source)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE offsets (
            topic TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL, PRIMARY KEY (topic, partition)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        """
}
