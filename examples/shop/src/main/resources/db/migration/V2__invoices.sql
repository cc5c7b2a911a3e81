CREATE TABLE invoice (
  order_id UUID PRIMARY KEY,
  cents    INTEGER NOT NULL
);
