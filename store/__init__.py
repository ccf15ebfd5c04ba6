"""The record: tables, queries, blobs, migrations. The only room with SQL."""
