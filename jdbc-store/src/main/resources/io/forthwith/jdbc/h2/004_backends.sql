-- Nothing to add: H2 does not tell other sessions which sessions exist.
SELECT 1;
