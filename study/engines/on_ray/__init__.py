"""Workers on a Ray cluster: actors that Ray places, which hold a trial's generator and are stepped epoch by epoch."""
