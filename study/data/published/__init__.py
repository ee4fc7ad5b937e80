"""Data sets that have a name here: those that are downloaded, and the digits that come with scikit-learn."""
