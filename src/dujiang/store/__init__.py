"""SQL and sealed files: the control store, zone folders under their own keys, and SQL over sealed Parquet."""
