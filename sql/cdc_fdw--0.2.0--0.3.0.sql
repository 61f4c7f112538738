\echo Use "ALTER EXTENSION cdc_fdw UPDATE TO '0.3.0'" to load this file. \quit
