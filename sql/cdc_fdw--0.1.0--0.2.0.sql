\echo Use "ALTER EXTENSION cdc_fdw UPDATE TO '0.2.0'" to load this file. \quit
