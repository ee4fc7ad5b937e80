"""How figures look: colours, fonts, labels, and what their points say."""
