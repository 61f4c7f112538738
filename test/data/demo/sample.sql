-- The sample log of a small shop as tables, in a database of its own, sample.
CREATE DATABASE sample TEMPLATE template0 ENCODING 'UTF8';
\connect sample
CREATE EXTENSION cdc_fdw;
CREATE SERVER shop_log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://@FOLDER@');
IMPORT FOREIGN SCHEMA shop FROM SERVER shop_log INTO public OPTIONS (asof_column 'as_of');
-- the key that no file tells, as IMPORT says how
ALTER FOREIGN TABLE favorites ALTER person_id OPTIONS (ADD key 'true'), ALTER item_id OPTIONS (ADD key 'true');
