"""The models: each module has a frozen `Params` dataclass and `build(params, data)`."""
