"""Who trains: each module runs workers somewhere and passes their epochs and outcomes on."""
