CALL regress.remove();
SET client_min_messages = warning;
DROP EXTENSION cdc_fdw CASCADE;
DROP SCHEMA regress CASCADE;
