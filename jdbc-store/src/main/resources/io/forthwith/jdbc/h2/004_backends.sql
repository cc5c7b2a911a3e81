-- H2 does not say which sessions there are: nothing to add.
SELECT 1;
