"""What Python's users call, and the command line too: functions that train, and stored studies as objects."""
