"""What may be set of a study: how an option is stated, and the options that a study keeps."""
