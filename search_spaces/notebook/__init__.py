"""What the notebook claims of its CNN and its LSTM, and the rules that judge it from their trials."""
