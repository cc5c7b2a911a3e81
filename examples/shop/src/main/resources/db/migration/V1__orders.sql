CREATE TABLE customer_order (
  id        UUID PRIMARY KEY,
  customer  VARCHAR(200) NOT NULL,
  cents     INTEGER NOT NULL,
  confirmed BOOLEAN DEFAULT FALSE NOT NULL
);
