-- What each worker says of its roles: {"role": error or null}. A row lives for as long as its worker does.
CREATE TABLE worker_health (
    worker text PRIMARY KEY,
    roles jsonb NOT NULL,
    reported_at timestamptz NOT NULL DEFAULT now()
);

-- Written by whoever wants to know whether the database takes writes.
CREATE TABLE write_probe (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    written_at timestamptz NOT NULL DEFAULT now()
);
